/** `heirloom/tfjs` loads in a browser: nothing that it imports statically is a module of Node.js. */
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const src = fileURLToPath(new URL("../../../src", import.meta.url));

/** The modules that a source imports or re-exports statically, types left out. */
const importsOf = (text: string): readonly string[] =>
  [
    ...text.matchAll(/^(?:import|export)\b(?! type\b)[^;]*?\bfrom "([^"]+)";|^import "([^"]+)";/gm),
  ].map(([, from, bare]) => (from ?? bare)!);

/** What an entry needs from outside: `file: module`. */
const outside = (entry: string): readonly string[] => {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const name of importsOf(readFileSync(file, "utf8")))
      if (name.startsWith(".")) visit(resolve(dirname(file), name.replace(/\.js$/, ".ts")));
      else found.push(`${relative(src, file)}: ${name}`);
  };
  visit(resolve(src, entry));
  return found;
};

it("imports no module of Node.js and no ONNX Runtime", () => {
  const names = outside("tfjs.ts");
  expect(names).toContain("compile/tfjs/backend.ts: @tensorflow/tfjs-core");
  expect(names.filter((name) => /: (node:|onnxruntime)/.test(name))).toEqual([]);
  // The same look finds them where they are.
  expect(outside("compile/doctor.ts")).toContain("compile/doctor.ts: node:child_process");
});
