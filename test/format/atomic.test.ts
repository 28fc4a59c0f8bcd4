import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { writeFolder, type FileParts } from "../../src/format/atomic.js";
import { refused, succeed } from "../generators/succeed.js";
import { folderOf, scratch } from "./scratch.js";

const owns = (name: string): boolean => ["a", "b"].includes(name);
const files = (text: string): readonly FileParts[] => [
  ["a", [text, Uint8Array.of(33)]],
  ["b", [text]],
];

const content = async (folder: string): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(folder)).sort().map(async (n) => [n, await readFile(join(folder, n), "utf8")]),
    ),
  ) as Record<string, string>;

/** The module under test as JavaScript, for a process of its own. */
const compiled = async (): Promise<string> => {
  const root = await folderOf({ "package.json": '{"type":"module"}' });
  await symlink(join(process.cwd(), "node_modules"), join(root, "node_modules"));
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const name of ["format/atomic", "format/file", "algebra/refusal"]) {
    const source = await readFile(join("src", `${name}.ts`), "utf8");
    const file = join(root, "src", `${name}.js`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, ts.transpileModule(source, { compilerOptions: options }).outputText);
  }
  return root;
};

describe("writing a folder", () => {
  it("makes it whole, with its parents, and leaves nothing else", async () => {
    const root = await scratch();
    const target = join(root, "p", "q", "out");
    expect(succeed(await writeFolder(target, files("x"), owns))).toBe(target);
    expect(await content(target)).toEqual({ a: "x!", b: "x" });
    expect(await readdir(join(root, "p", "q"))).toEqual(["out"]);
    expect((await stat(target)).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  it("takes an empty folder, and an earlier output only by force", async () => {
    const root = await scratch();
    const target = join(root, "out");
    await mkdir(target);
    succeed(await writeFolder(target, files("x"), owns));
    expect(refused(await writeFolder(target, files("y"), owns)).advice).toContain("--force");
    expect(await content(target)).toEqual({ a: "x!", b: "x" });
    succeed(await writeFolder(target, files("y"), owns, { force: true }));
    expect(await content(target)).toEqual({ a: "y!", b: "y" });
    expect(await readdir(root)).toEqual(["out"]);
  });

  it("never touches what Heirloom did not write, by force or not", async () => {
    const root = await scratch();
    const target = join(root, "home");
    await mkdir(join(target, "b"), { recursive: true });
    await writeFile(join(target, "letter.txt"), "dear");
    await writeFile(join(target, "a"), "mine");
    for (const force of [true, false])
      expect(refused(await writeFolder(target, files("x"), owns, { force })).found).toBe(
        "b, letter.txt in the folder",
      );
    expect(await readFile(join(target, "letter.txt"), "utf8")).toBe("dear");
    await writeFile(join(root, "file"), "text");
    await symlink(target, join(root, "link"));
    for (const [name, found] of [
      ["file", "a file"],
      ["link", "a symbolic link"],
    ] as const)
      expect(
        refused(await writeFolder(join(root, name), files("x"), owns, { force: true })).found,
      ).toBe(found);
    expect(refused(await writeFolder(join(root, "file", "out"), files("x"), owns)).found).toBe(
      "a path that leads through a file",
    );
    expect((await readdir(root)).sort()).toEqual(["file", "home", "link"]);
  });

  it("says that a parent is a file, and that a name is too long", async () => {
    const root = await folderOf({ f: "" });
    const found = async (path: string) =>
      refused(await writeFolder(join(root, path), files("x"), owns)).found;
    expect(await found("f/out")).toMatch(/^a (path that leads through a file|file where)/);
    const procfs = await stat("/proc/self").catch(() => null);
    if (procfs !== null)
      expect(refused(await writeFolder("/proc/none/out", files("x"), owns)).where).toBe(
        "/proc/none/out",
      );
    expect(await found("n".repeat(250))).toBe("a name that is too long for the file system");
    expect(await readdir(root)).toEqual(["f"]);
  });

  it("leaves the old folder and no litter when writing fails half-way", async () => {
    const root = await scratch();
    const target = join(root, "out");
    succeed(await writeFolder(target, files("x"), owns));
    const failing = function* (): Generator<string> {
      yield "half";
      throw Object.assign(new Error("disk"), { code: "ENOSPC" });
    };
    const refusal = refused(
      await writeFolder(
        target,
        [
          ["a", ["new"]],
          ["b", failing()],
        ],
        owns,
        { force: true },
      ),
    );
    expect(refusal.found).toBe("no space left on the device");
    expect(await content(target)).toEqual({ a: "x!", b: "x" });
    expect(await readdir(root)).toEqual(["out"]);
  });

  it("leaves the old or the new folder whole when the process is killed", async () => {
    const root = await compiled();
    const target = join(root, "out");
    // A writer that replaces the folder over and over; both files of one folder hold one number.
    await writeFile(
      join(root, "write.js"),
      `import { writeFolder } from "./src/format/atomic.js";
       for (let i = 0; ; i++) {
         const part = String(i).repeat(1e5);
         const files = [["a", [part]], ["b", [part]]];
         await writeFolder("out", files, (n) => n === "a" || n === "b", { force: true });
         if (i === 2) console.log("ready");
       }`,
    );
    for (let round = 0; round < 3; round++) {
      const writer = spawn(process.execPath, ["write.js"], { cwd: root });
      await once(writer.stdout, "data");
      await setTimeout(11 * round);
      writer.kill("SIGKILL");
      await once(writer, "exit");
      // Between its two renames a writer has the old folder aside and nothing at the target.
      const names = await readdir(root);
      const whole = names.includes("out")
        ? target
        : join(root, names.find((n) => n.startsWith(".out.old-")) ?? "lost");
      const { a, b } = await content(whole);
      expect(a!.length).toBeGreaterThanOrEqual(1e5);
      expect(a === b).toBe(true);
    }
  });
});
