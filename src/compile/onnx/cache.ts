/**
 * Files by the hash of what determines their content, kept between processes to save the work of making
 * them again.
 *
 * Processes share the folder and anyone may delete it at any time. A file is written beside its place and
 * renamed into it, so nobody sees half of one; it ends with the hash of its content, so a damaged one is
 * noticed. Whatever goes wrong is a miss. Reading a file marks it as used; when the folder outgrows its
 * limit, the files whose last use is longest ago go first.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** A folder of files. Nothing here fails. */
export interface Cache {
  /** The content, or null where it is not there. */
  readonly get: (key: string) => Promise<Uint8Array | null>;
  readonly put: (key: string, bytes: Uint8Array) => Promise<void>;
}

/** One gigabyte. */
export const defaultLimit = 2 ** 30;

/** Files that were never renamed belong to a process that was ended; after an hour they are rubbish. */
const abandonedAfter = 3_600_000;

const extension = ".graph";
const unfinished = ".part";

const digestLength = 32;
const digest = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/** The key of what is determined by these texts and bytes, in this order. */
export const cacheKey = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    hash.update(`${typeof part} ${bytes.byteLength}:`).update(bytes);
  }
  return hash.digest("hex");
};

/**
 * The folder of this user's cache: HEIRLOOM_CACHE where it is set, else `heirloom/graphs` in XDG_CACHE_HOME
 * or in `~/.cache`; null where HEIRLOOM_CACHE is `off`.
 */
export const cacheFolder = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): string | null => {
  const own = environment["HEIRLOOM_CACHE"];
  if (own === "off") return null;
  if (own !== undefined && own !== "") return own;
  const xdg = environment["XDG_CACHE_HOME"];
  const base = xdg === undefined || xdg === "" ? join(home, ".cache") : xdg;
  return join(base, "heirloom", "graphs");
};

const attempt = async <A>(effect: () => Promise<A>): Promise<A | null> => {
  try {
    return await effect();
  } catch {
    return null;
  }
};

interface Entry {
  readonly path: string;
  readonly bytes: number;
  /** In milliseconds since 1970. */
  readonly used: number;
}

const entriesOf = async (folder: string): Promise<readonly Entry[]> => {
  const names = (await attempt(() => readdir(folder))) ?? [];
  const entries = await Promise.all(
    names
      .filter((name) => name.endsWith(extension) || name.endsWith(unfinished))
      .map((name) =>
        attempt(async () => {
          const path = join(folder, name);
          const { size, mtimeMs } = await stat(path);
          return { path, bytes: size, used: mtimeMs };
        }),
      ),
  );
  return entries.filter((entry) => entry !== null);
};

/** Delete what is abandoned, and the least recently used files beyond the limit. */
const trim = async (folder: string, limit: number): Promise<void> => {
  const entries = [...(await entriesOf(folder))].sort((a, b) => b.used - a.used);
  const now = Date.now();
  let bytes = 0;
  for (const entry of entries) {
    const isFinished = entry.path.endsWith(extension);
    if (isFinished) bytes += entry.bytes;
    if (isFinished ? bytes > limit : now - entry.used > abandonedAfter) {
      if (isFinished) bytes -= entry.bytes;
      await attempt(() => rm(entry.path, { force: true }));
    }
  }
};

/** The content of a file, unless it was damaged. */
const contentOf = (file: Uint8Array): Uint8Array | null => {
  const end = file.byteLength - digestLength;
  if (end < 0) return null;
  const content = file.subarray(0, end);
  return Buffer.compare(digest(content), file.subarray(end)) === 0 ? content : null;
};

/** The cache in a folder, made when it is first needed. `limit` is in bytes, over all files. */
export const openCache = (folder: string, limit: number = defaultLimit): Cache => {
  const pathOf = (key: string): string => join(folder, `${key}${extension}`);
  return {
    get: async (key) => {
      const path = pathOf(key);
      const file = await attempt(() => readFile(path));
      if (file === null) return null;
      const content = contentOf(file);
      const now = new Date();
      await attempt(() => (content === null ? rm(path, { force: true }) : utimes(path, now, now)));
      return content;
    },
    put: async (key, bytes) => {
      if (bytes.byteLength + digestLength > limit) return;
      const part = join(folder, `${randomUUID()}${unfinished}`);
      const done = await attempt(async () => {
        await mkdir(folder, { recursive: true });
        await writeFile(part, [bytes, digest(bytes)]);
        await rename(part, pathOf(key));
        return true;
      });
      if (done === null) await attempt(() => rm(part, { force: true }));
      else await trim(folder, limit);
    },
  };
};
