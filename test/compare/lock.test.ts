/** One process at a time: the lock of a comparison's folder. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { takeLock } from "../../src/compare/lock.js";
import { scratch } from "../format/scratch.js";
import { refused, succeed } from "../generators/succeed.js";

let folder: string;
beforeEach(async () => {
  folder = await scratch();
});

it("is taken once, notes workers and leaves nothing behind", async () => {
  const lock = succeed(await takeLock(folder));
  succeed(await lock.note(123));
  expect(await readFile(join(folder, "running"), "utf8")).toBe(`${process.pid}\n123\n`);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

it("is refused while another process holds it", async () => {
  await writeFile(join(folder, "running"), `${process.ppid}\n`);
  expect(refused(await takeLock(folder)).found).toBe(
    `process ${process.ppid} at work on this comparison`,
  );
});

it("is taken over from a process that is gone, also where its file is empty", async () => {
  for (const text of ["", "999999999\n", "what\n"]) {
    await writeFile(join(folder, "running"), text);
    const lock = succeed(await takeLock(folder));
    await lock.release();
  }
});

it("waits for the workers of a process that is gone", async () => {
  const worker = spawn(process.execPath, ["-e", "setTimeout(() => {}, 700)"]);
  await writeFile(join(folder, "running"), `999999999\n${worker.pid}\n`);
  const begun = performance.now();
  const lock = succeed(await takeLock(folder));
  expect(performance.now() - begun).toBeGreaterThan(300);
  expect(worker.exitCode).toBe(0);
  await lock.release();
});
