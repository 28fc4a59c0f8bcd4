/** What the compiler displays where a technique does not apply, word for word. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const file = join(root, "test/inherit/snippet.ts");

const options = (): ts.CompilerOptions => {
  const read = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const parsed = ts.parseJsonConfigFileContent({ ...read.config, include: [] }, ts.sys, root);
  return { ...parsed.options, noEmit: true };
};

/** The diagnostics of a program of one file that exists in memory only. */
const displayed = (code: string): readonly string[] => {
  const compilerOptions = options();
  const host = ts.createCompilerHost(compilerOptions);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, code, ts.ScriptTarget.ES2022)
      : getSourceFile.call(host, name, ...rest);
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.readFile = (name) => (name === file ? code : readFile.call(host, name));
  host.getCurrentDirectory = () => dirname(join(root, "package.json"));
  const program = ts.createProgram([file], compilerOptions, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
};

const snippet = `
import type { Network, Shape } from "heirloom";
import { applyTechnique, connectionPruning, gatePermutation, magnitudePruning } from "heirloom/inherit";
declare const cnn: Network<"GCNN", Shape, Shape>;
declare const projected: Network<"Projected", Shape, Shape>;
applyTechnique(magnitudePruning)(projected);
applyTechnique(gatePermutation)(cnn);
applyTechnique(gatePermutation)(projected);
applyTechnique(connectionPruning)(cnn);
`;

describe("what the compiler displays", () => {
  it("is the sentence, for the two calls that do not apply and for no other", () => {
    const messages = displayed(snippet);
    expect(messages).toHaveLength(2);
    expect(messages[0]).toContain(
      '"gate permutation needs homogeneous inputs, which Projected networks do not provide"',
    );
    expect(messages[1]).toContain(
      '"connection pruning needs one scalar per connection, which GCNN networks do not provide"',
    );
    expect(messages[0]!.length).toBeLessThan(600);
  });
});
