/**
 * Reading of untrusted files: failures of the file system become refusals, sizes are known before
 * anything is allocated, and a path taken from a file cannot lead out of its folder.
 */
import { open, readFile, realpath, stat, type FileHandle } from "node:fs/promises";
import { isAbsolute, join, sep, win32 } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "no permission",
  EPERM: "no permission",
  EEXIST: "a file where a folder belongs",
  ENAMETOOLONG: "a name that is too long for the file system",
  EISDIR: "a folder",
  ENOTDIR: "a path that leads through a file",
  ELOOP: "a circle of symbolic links",
  ENOSPC: "no space left on the device",
  EROFS: "a read-only file system",
};

/** A failure of the file system as a refusal. */
export const fileRefusal = (where: string, error: unknown): Result<never> => {
  const { code, message } = error as NodeJS.ErrnoException;
  return refuse({
    where,
    found: reasons[code ?? ""] ?? message,
    expected: "a file or folder that can be used",
  });
};

/** Run a file operation, its failure a refusal at `where`. */
export const attempt = async <A>(where: string, run: () => Promise<A>): Promise<Result<A>> => {
  try {
    return E.right(await run());
  } catch (error) {
    return fileRefusal(where, error);
  }
};

/** What a path names: a regular file, a folder, or nothing usable. */
export const kindOf = async (path: string): Promise<"file" | "folder" | "other" | "nothing"> => {
  try {
    const found = await stat(path);
    return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
  } catch {
    return "nothing";
  }
};

/** Read a text file of at most `limit` bytes. */
export const readText = async (path: string, limit: number): Promise<Result<string>> => {
  const bytes = await readBytes(path, limit);
  return E.map((b: Uint8Array) => new TextDecoder().decode(b))(bytes);
};

/** Read a whole regular file of at most `limit` bytes. */
export const readBytes = async (path: string, limit: number): Promise<Result<Uint8Array>> => {
  const found = await attempt(path, () => stat(path));
  if (E.isLeft(found)) return found;
  if (!found.right.isFile())
    return refuse({ where: path, found: "no regular file", expected: "a regular file" });
  if (found.right.size > limit)
    return refuse({
      where: path,
      found: `${found.right.size} bytes`,
      expected: `at most ${limit} bytes`,
    });
  return attempt(path, async () => plainBytes(await readFile(path)));
};

/** The bytes of a Buffer as a plain array, which other libraries and comparisons treat alike. */
export const plainBytes = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A regular file that is open for reading, and its size. */
export interface OpenFile {
  readonly path: string;
  readonly size: number;
  readonly handle: FileHandle;
}

/** Open a regular file for reading. The caller closes it. */
export const openRegular = async (path: string): Promise<Result<OpenFile>> => {
  // A pipe or a device would block when it is opened: look before.
  const before = await attempt(path, () => stat(path));
  if (E.isLeft(before)) return before;
  if (!before.right.isFile())
    return refuse({ where: path, found: "no regular file", expected: "a regular file" });
  return attempt(path, async () => {
    const handle = await open(path, "r");
    return { path, size: (await handle.stat()).size, handle };
  });
};

/** Open a regular file, hand it to `use` and close it, whatever happens. */
export const withFile = async <A>(
  path: string,
  use: (file: OpenFile) => Promise<Result<A>>,
): Promise<Result<A>> => {
  const file = await openRegular(path);
  if (E.isLeft(file)) return file;
  try {
    return await use(file.right);
  } catch (error) {
    return fileRefusal(path, error);
  } finally {
    await file.right.handle.close();
  }
};

/** Fill `target` from the file, starting at `position`; false where the file ends too early. */
export const readInto = async (
  file: OpenFile,
  target: Uint8Array,
  position: number,
): Promise<boolean> => {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await file.handle.read(
      target,
      done,
      Math.min(target.length - done, 2 ** 30),
      position + done,
    );
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
};

/**
 * The path of `name` inside `folder`, where `name` comes from an untrusted file: no absolute path, no
 * `..`, and no symbolic link that leads out of the folder.
 */
export const insideFolder = async (folder: string, name: string): Promise<Result<string>> => {
  const where = `${folder}: path ${JSON.stringify(name)}`;
  const steps = name.split(/[/\\]/);
  if (
    name === "" ||
    name.includes("\0") ||
    isAbsolute(name) ||
    win32.isAbsolute(name) ||
    steps.includes("..")
  )
    return refuse({
      where,
      found: "a path that leaves the model's folder",
      expected: "a relative path inside it",
    });
  const real = await attempt(where, async () => [
    await realpath(folder),
    await realpath(join(folder, name)),
  ]);
  if (E.isLeft(real)) return real;
  const [root, target] = real.right as [string, string];
  return target.startsWith(root.endsWith(sep) ? root : root + sep)
    ? E.right(target)
    : refuse({
        where,
        found: "a symbolic link that leaves the model's folder",
        expected: "a file inside it",
      });
};
