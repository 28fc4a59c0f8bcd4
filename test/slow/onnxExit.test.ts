/**
 * How a process ends with a thread of ONNX Runtime in every state: its own exit code, nothing on stderr that
 * is not its own, no abort. Runs the compiled sources, so the thread's program is found beside them too.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, "node_modules", ".cache");
mkdirSync(cache, { recursive: true });
const place = mkdtempSync(join(cache, "heirloom-exit-"));

beforeAll(() => {
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--outDir", place], { cwd: root });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const module = (name: string): string =>
  JSON.stringify(pathToFileURL(join(place, "compile", "onnx", `${name}.js`)).href);

/** Four products of 1500 x 1500 matrices: about half a second on one core. */
const preamble = (): string => `
  import { onnxExecutable } from ${module("executable")};
  import { matmul, reduce } from ${module("operators")};
  import { probe } from ${module("provider")};
  const shape = [1500, 1500];
  const program = (times) =>
    probe(shape, (g, x) => {
      let y = x;
      for (let i = 0; i < times; i++) y = matmul(g, y, x);
      return reduce(g, y, [0, 1]);
    });
  const open = async () => (await onnxExecutable(program(4), {}, { threads: 1 })).right;
  const feed = { x: { shape, data: new Float32Array(1500 * 1500) } };
  const soon = (act) => setTimeout(act, 100);
`;

const run = (script: string): { readonly status: number | null; readonly output: string } => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", preamble() + script],
    { cwd: root, encoding: "utf8", timeout: 120_000 },
  );
  return { status, output: stdout + stderr };
};

describe("a process with a thread of ONNX Runtime", () => {
  test.each([
    ["ends by itself though it forgets the thread", "await (await open()).step(feed)", 0],
    ["ends by itself after dispose", "const e = await open(); await e.step(feed); e.dispose()", 0],
    ["waits for a step that it started", "(await open()).step(feed)", 0],
    ["exits while the thread is idle", "await (await open()).step(feed); process.exit(3)", 3],
    ["exits while the thread starts", "open(); soon(() => process.exit(4))", 4],
    [
      "exits while a session is made",
      "onnxExecutable(program(20000), {}); setTimeout(() => process.exit(5), 800)",
      5,
    ],
    ["exits during a step", "const e = await open(); e.step(feed); soon(() => process.exit(6))", 6],
    [
      "exits during a step of the second of two threads",
      `const [a, b] = [await open(), await open()];
       await a.step(feed); a.dispose(); b.step(feed); soon(() => process.exit(7))`,
      7,
    ],
    [
      "exits among steps without end",
      "const e = await open(); soon(() => soon(() => process.exit(8))); for (;;) await e.step(feed)",
      8,
    ],
  ])("%s", (_, script, status) => {
    expect(run(script)).toEqual({ status, output: "" });
  });

  test("finishes the step during which it was disposed of", () => {
    const script = `const e = await open(); const last = e.step(feed); e.dispose();
                    console.log((await last).right.y.data[0])`;
    expect(run(script)).toEqual({ status: 0, output: "0\n" });
  });

  test("ends with its own error when it throws during a step", () => {
    const { status, output } = run(
      `const e = await open(); e.step(feed); soon(() => { throw new Error("my own") })`,
    );
    expect(status).toBe(1);
    expect(output).toContain("my own");
    expect(output).not.toContain("terminate called");
  });
});
