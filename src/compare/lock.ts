/**
 * The lock of a comparison's folder, the file `running`: the number of the process that keeps the ledger, and behind
 * it those of its workers. A keeper that was killed leaves it behind; then its workers are waited for, which end when
 * they notice, and would otherwise tidy checkpoints away that the next ones read.
 */
import { appendFile, link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { attempt } from "../format/file.js";

/** A folder that belongs to this process. */
export interface Lock {
  /** Put a worker down. */
  readonly note: (pid: number) => Promise<Result<void>>;
  readonly release: () => Promise<void>;
}

/** Milliseconds that workers without a keeper are waited for: longer than a step of training takes. */
const patience = 60_000;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** The processes of a lock: the keeper and its workers; none where the file is empty or not there. */
const holders = async (path: string): Promise<readonly number[]> => {
  const text = await readFile(path, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => /^[1-9]\d*$/.test(line))
    .map(Number);
};

/** Put the lock in place, whole, unless one stands: a link to a file is made or is not. */
const place = async (path: string): Promise<boolean> => {
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, `${process.pid}\n`);
  try {
    await link(fresh, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    await rm(fresh, { force: true });
  }
};

/** Take the folder for this process; two that keep the ledger would run everything twice. */
export const takeLock = async (folder: string): Promise<Result<Lock>> => {
  const path = join(folder, "running");
  const lock: Lock = {
    note: (pid) => attempt(path, () => appendFile(path, `${pid}\n`)),
    release: () => rm(path, { force: true }),
  };
  for (;;) {
    const placed = await attempt(path, () => place(path));
    if (E.isLeft(placed)) return placed;
    if (placed.right) return E.right(lock);
    const [keeper, ...workers] = await holders(path);
    if (keeper !== undefined && keeper !== process.pid && isAlive(keeper))
      return refuse({
        where: folder,
        found: `process ${keeper} at work on this comparison`,
        expected: "one process at a time",
        advice: `wait for it, or end it; if it is something else, remove ${path}`,
      });
    const until = performance.now() + patience;
    for (let left = workers; (left = left.filter(isAlive)).length > 0; await setTimeout(100))
      if (performance.now() > until)
        return refuse({
          where: folder,
          found: `process ${left[0]} of an earlier comparison still at work`,
          expected: "its end within a minute of that of its keeper",
          advice: `end it; if it is something else, remove ${path}`,
        });
    await rm(path, { force: true });
  }
};
