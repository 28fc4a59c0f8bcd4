/**
 * Node.js loads no TypeScript into a thread. The tests run from the sources without a build, so the one file
 * that a thread runs is stripped of its types when something asks where it lies.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import type { Plugin } from "vitest/config";

const source = fileURLToPath(new URL("../src/compile/onnx/worker.ts", import.meta.url));
/** Below `node_modules`, where the worker finds its packages. */
const folder = fileURLToPath(new URL("../node_modules/.cache/heirloom", import.meta.url));

const compile = (): string => {
  const { outputText } = ts.transpileModule(readFileSync(source, "utf8"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const name = createHash("sha256").update(outputText).digest("hex").slice(0, 16);
  const file = join(folder, `worker-${name}.mjs`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, outputText);
  return pathToFileURL(file).href;
};

/** Replaces `src/compile/onnx/workerFile.ts`. */
export const compiledWorker = (): Plugin => ({
  name: "heirloom:compiled-worker",
  load(id) {
    if (!id.endsWith("/src/compile/onnx/workerFile.ts")) return null;
    this.addWatchFile(source);
    return `export const workerFile = new URL(${JSON.stringify(compile())});`;
  },
});
