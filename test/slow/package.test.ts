/** The package as a user installs it: what it exports, what it seals, its types and its command. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "heirloom-package-"));
const modules = join(place, "node_modules");

beforeAll(() => {
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root });
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", place], {
    cwd: root,
  });
  mkdirSync(join(modules, "heirloom"), { recursive: true });
  execFileSync("tar", [
    ...["-xzf", join(place, packed.toString().trim().split("\n").at(-1)!)],
    ...["-C", join(modules, "heirloom"), "--strip-components=1"],
  ]);
  // Its dependencies, as an install would put them beside it.
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "heirloom" && !name.startsWith("."))
      symlinkSync(join(root, "node_modules", name), join(modules, name));
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, args, { cwd: place, encoding: "utf8" });

describe("the package", () => {
  test("exports the library", () => {
    const program = `
      import { build, conv, float32, input, project } from "heirloom";
      import { pipe } from "fp-ts/lib/function.js";
      import * as E from "fp-ts/lib/Either.js";
      const made = pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }), E.chain(project(float32)));
      console.log(E.isRight(made) && made.right.network.class);`;
    const { stdout, stderr } = run("--input-type=module", "-e", program);
    expect([stdout.trim(), stderr]).toEqual(["Projected", ""]);
  });

  test("exports the laws, with the package that draws their cases", () => {
    const program = `
      import { lawNamed, runLaw } from "heirloom/laws";
      const { right: law } = lawNamed("T4_merge");
      const { runs, failure } = runLaw(law, { runs: 20, seed: 0 });
      console.log(runs, failure);`;
    const { stdout, stderr } = run("--input-type=module", "-e", program);
    expect([stdout.trim(), stderr]).toEqual(["20 null", ""]);
  });

  test("exports inheritance, with the search for counterexamples", () => {
    const program = `
      import { evidenceFor, gatePermutation, projected } from "heirloom/inherit";
      const { counterexample } = evidenceFor(gatePermutation, projected, { runs: 200 });
      console.log(counterexample !== null);`;
    const { stdout, stderr } = run("--input-type=module", "-e", program);
    expect([stdout.trim(), stderr]).toEqual(["true", ""]);
  });

  test("seals its inside", () => {
    const { status, stderr } = run(
      ...["--input-type=module", "-e", 'await import("heirloom/dist/algebra/ring.js")'],
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  test("holds what a user needs and nothing else", () => {
    const names = readdirSync(join(modules, "heirloom")).sort();
    // Messages and the README lead to the documents, the proofs and the tools.
    expect(names).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist",
      "docs",
      "package.json",
      "proofs",
      "tools",
    ]);
  });

  test("has types that a strict program can use", () => {
    writeFileSync(
      join(place, "user.ts"),
      `import { build, input, conv, type Network, type Result } from "heirloom";
       import { pipe } from "fp-ts/lib/function.js";
       export const made: Result<Network<"GCNN", readonly [4, 4, 1], readonly [4, 4, 2]>> =
         pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }));\n`,
    );
    writeFileSync(join(place, "package.json"), '{ "type": "module" }');
    const { stdout } = run(
      join(root, "node_modules/typescript/bin/tsc"),
      ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"],
      ...[
        "--module",
        "NodeNext",
        "--target",
        "ES2022",
        "--types",
        "node",
        "--skipLibCheck",
        "user.ts",
      ],
    );
    expect(stdout).toBe("");
  });

  test("brings the command", () => {
    const { stdout, status } = run(join(modules, "heirloom/dist/cli/main.js"), "--help");
    expect(status).toBe(0);
    expect(stdout).toContain("heirloom doctor");
  });
});
