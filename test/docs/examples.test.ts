/**
 * Every example runs: the `@example` blocks of the sources and the `ts` blocks of the pages. A page's
 * blocks run as one program, in order, so that a later block may use what an earlier one defined. An
 * example in a source may leave out the imports of Heirloom's own names, of `E`, `pipe` and `assert`.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import * as heirloom from "heirloom";
import * as onnx from "heirloom/onnx";
import * as tfjs from "heirloom/tfjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scratch = join(root, "test/docs/.examples");

const filesUnder = (folder: string, extension: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(root, folder, name))
    .sort();

const sourceExamples = (text: string): readonly string[] =>
  [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([block]) => {
    const [, ...examples] = block
      .replace(/^\/\*\*|\*\/$/g, "")
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""))
      .join("\n")
      .split("@example");
    return examples.map((example) => example.split(/^@\w+/m)[0]!.trim());
  });

const pageExamples = (text: string): readonly string[] => {
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code!);
  return blocks.length === 0 ? [] : [blocks.join("\n")];
};

const examples = [
  ...filesUnder("src", ".ts").map((file) => [file, sourceExamples] as const),
  ...[join(root, "README.md"), ...filesUnder("docs", ".md")].map(
    (file) => [file, pageExamples] as const,
  ),
].flatMap(([file, extract]) =>
  extract(readFileSync(file, "utf8")).map((code, i) => ({
    name: `${relative(root, file)} #${i + 1}`,
    code,
  })),
);

const familiar: Readonly<Record<string, string>> = {
  assert: 'import * as assert from "node:assert";',
  E: 'import * as E from "fp-ts/lib/Either.js";',
  pipe: 'import { pipe } from "fp-ts/lib/function.js";',
  ...Object.fromEntries(
    Object.keys(onnx).map((name) => [name, `import { ${name} } from "heirloom/onnx";`]),
  ),
  ...Object.fromEntries(
    Object.keys(tfjs).map((name) => [name, `import { ${name} } from "heirloom/tfjs";`]),
  ),
  ...Object.fromEntries(
    Object.keys(heirloom).map((name) => [name, `import { ${name} } from "heirloom";`]),
  ),
};

/** The imports that an example takes for granted. */
const importsOf = (code: string): string => {
  const imported = [...code.matchAll(/^import[\s\S]*?from "/gm)].join(" ");
  const body = code.replace(/^import[\s\S]*?from ".*/gm, "").replace(/"[^"]*"|\/\/.*$/gm, "");
  return Object.entries(familiar)
    .filter(
      ([name]) =>
        new RegExp(`(?<![.\\w$])${name}\\b(?!:)`).test(body) &&
        !new RegExp(`(const|let|function) ${name}\\b`).test(body) &&
        !new RegExp(`\\b${name}\\b`).test(imported),
    )
    .map(([, statement]) => `${statement}\n`)
    .join("");
};

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("examples", () => {
  mkdirSync(scratch, { recursive: true });
  test("there are some", () => expect(examples.length).toBeGreaterThan(0));
  test.each(examples)("$name", async ({ name, code }) => {
    const file = join(scratch, `${name.replace(/\W+/g, "-")}.ts`);
    writeFileSync(file, `${importsOf(code)}${code}\n`);
    await import(pathToFileURL(file).href);
  });
});
