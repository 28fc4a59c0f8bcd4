/**
 * The command line as a process: for signals, pipes and what else one process cannot show. The source is
 * transpiled once a run of the tests (types are checked elsewhere), beside the packages it needs.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { transformWithOxc } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Transpile `src` into a folder of its own and return the path of the entry point. */
export const transpiled = async (): Promise<string> => {
  const folder = join(root, "node_modules", ".cache", `heirloom-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(root, "package.json"), join(folder, "package.json"));
  const files = await readdir(join(root, "src"), { recursive: true });
  for (const file of files.filter((name) => name.endsWith(".ts"))) {
    const target = join(folder, "dist", file.replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    const path = join(root, "src", file);
    const { code } = await transformWithOxc(await readFile(path, "utf8"), path);
    await writeFile(target, code);
  }
  return join(folder, "dist", "cli", "main.js");
};

/** Remove what `transpiled` left. */
export const removeTranspiled = (entry: string): Promise<void> =>
  rm(join(dirname(entry), "..", ".."), { recursive: true, force: true });

/** A finished process. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Start a command; `watch` sees standard error as it comes, and the process. */
export const start = (
  command: string,
  args: readonly string[],
  watch: (err: string, child: ChildProcessByStdio<null, Readable, Readable>) => void = () =>
    undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> =>
  new Promise((done, fail) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      watch(err, child);
    });
    child.on("error", fail);
    child.on("close", (code) => done({ code, out, err }));
  });
