/**
 * Folders that appear all at once. A folder is written as a hidden sibling of its target, every file is
 * forced to the disk, and a rename puts it in place. A crash before that leaves the target as it was. With
 * `force` an old folder is first renamed aside (`.name.old-...`) and removed only when the new one stands:
 * a crash between the two renames leaves the old folder complete under that name, and `setAside` finds it.
 *
 * Nobody's data is lost: without `force` nothing is overwritten, and with it only a folder that holds
 * nothing but files which Heirloom itself would write there.
 */
import { randomUUID } from "node:crypto";
import {
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  writeFile,
  type FileHandle,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { attempt, fileRefusal, kindOf } from "./file.js";

/** How to treat what is already there. */
export interface WriteOptions {
  /** Replace an earlier output. */
  readonly force?: boolean;
}

/** A file of a folder to be written: its name and its bytes in pieces. */
export type FileParts = readonly [name: string, parts: Iterable<Uint8Array | string>];

const writeAll = async (handle: FileHandle, bytes: Uint8Array): Promise<void> => {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(
      bytes,
      done,
      Math.min(bytes.length - done, 2 ** 30),
    );
    done += bytesWritten;
  }
};

const writeParts = async (path: string, parts: Iterable<Uint8Array | string>): Promise<void> => {
  const handle = await open(path, "wx");
  try {
    for (const part of parts)
      await writeAll(handle, typeof part === "string" ? new TextEncoder().encode(part) : part);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The hidden sibling of a target: the new folder while it is written, or the old one set aside. */
const siblingOf = (target: string, state: "new" | "old"): string =>
  join(dirname(target), `.${basename(target)}.${state}-`);

/** Where a write that was interrupted between its two renames left the old folder, if that happened. */
export const setAside = async (path: string): Promise<string | null> => {
  const prefix = siblingOf(resolve(path), "old");
  const names = await attempt(path, () => readdir(dirname(prefix)));
  if (E.isLeft(names)) return null;
  const found = names.right.find((name) => name.startsWith(basename(prefix)));
  return found === undefined ? null : join(dirname(prefix), found);
};

/**
 * Make a folder and its parents, where they are not there yet; throws as `mkdir` does. Not by `recursive`, which in Node.js 20 tries for ever where a parent
 * exists and yet answers ENOENT, as below /proc.
 */
export const makeFolders = async (path: string): Promise<void> => {
  if ((await kindOf(path)) === "folder") return;
  if (dirname(path) !== path) await makeFolders(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    // Another process may have made it meanwhile.
    if ((await kindOf(path)) !== "folder") throw error;
  }
};

/** Force a folder's entries to the disk; systems that cannot open a folder keep them anyway. */
const syncFolder = async (path: string): Promise<void> => {
  try {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    return;
  }
};

/** What stands at the target: nothing (or an empty folder), or an old output that may be replaced. */
const standing = async (
  target: string,
  owns: (name: string) => boolean,
  force: boolean,
): Promise<Result<"nothing" | "old">> => {
  try {
    const found = await lstat(target);
    if (!found.isDirectory())
      return refuse({
        where: target,
        found: found.isSymbolicLink() ? "a symbolic link" : "a file",
        expected: "a new path, or a folder that Heirloom wrote",
      });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? E.right("nothing")
      : fileRefusal(target, error);
  }
  const names = await readdir(target, { withFileTypes: true });
  if (names.length === 0) return E.right("nothing");
  const foreign = names.filter((n) => !n.isFile() || !owns(n.name)).map((n) => n.name);
  if (foreign.length > 0)
    return refuse({
      where: target,
      found: `${foreign.slice(0, 3).join(", ")}${foreign.length > 3 ? ` and ${foreign.length - 3} more` : ""} in the folder`,
      expected: "a folder that holds nothing but Heirloom's own output",
      advice: "choose another path: not even --force removes what Heirloom did not write",
    });
  return force
    ? E.right("old")
    : refuse({
        where: target,
        found: "an earlier output",
        expected: "a path where nothing stands",
        advice: "choose another path, or replace it with --force",
      });
};

/**
 * Write a folder with these files, all or nothing. `owns` says which names an earlier output may hold.
 * Missing parents are made. Returns the folder's absolute path.
 */
export const writeFolder = async (
  path: string,
  files: readonly FileParts[],
  owns: (name: string) => boolean,
  { force = false }: WriteOptions = {},
): Promise<Result<string>> => {
  const target = resolve(path);
  const parent = dirname(target);
  const id = randomUUID();
  const sibling = (state: "new" | "old"): string => siblingOf(target, state) + id;
  let fresh: string | null = null;
  try {
    const before = await standing(target, owns, force);
    if (E.isLeft(before)) return before;
    await makeFolders(parent);
    await mkdir(sibling("new"));
    fresh = sibling("new");
    for (const [name, parts] of files) await writeParts(join(fresh, name), parts);
    await syncFolder(fresh);
    const aside = before.right === "old" ? sibling("old") : null;
    if (aside !== null) await rename(target, aside);
    try {
      await rename(fresh, target);
    } catch (error) {
      if (aside !== null) await rename(aside, target);
      throw error;
    }
    fresh = null;
    await syncFolder(parent);
    // The new folder stands: an old one that cannot be removed is litter, no failure.
    if (aside !== null) await attempt(aside, () => rm(aside, { recursive: true }));
    return E.right(target);
  } catch (error) {
    return fileRefusal(target, error);
  } finally {
    const leftover = fresh;
    if (leftover !== null)
      await attempt(leftover, () => rm(leftover, { recursive: true, force: true }));
  }
};

/** Write a file of our own over what stands there: through `path.new`, so that one of the two is whole at any moment. */
export const replaceFile = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
};
