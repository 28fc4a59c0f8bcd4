/**
 * Single text files that a command writes: all or nothing, and over nothing but an earlier one of the kind.
 */
import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { attempt, kindOf, readInto, withFile } from "./file.js";

/** The first bytes of a file, as text. */
const startOf = (path: string, length: number): Promise<Result<string>> =>
  withFile(path, async (file) => {
    const bytes = new Uint8Array(Math.min(length, file.size));
    await readInto(file, bytes, 0);
    return E.right(new TextDecoder().decode(bytes));
  });

/** Refuse what stands at the path, unless it begins with the words of an earlier output. */
export const mayWrite = async (path: string, opening: string): Promise<Result<null>> => {
  const kind = await kindOf(path);
  if (kind === "nothing") return E.right(null);
  if (kind !== "file")
    return refuse({ where: path, found: `a ${kind}`, expected: "the path of a file" });
  return E.chain((start: string) =>
    start === opening
      ? E.right(null)
      : refuse({
          where: path,
          found: "a file of other content",
          expected: `a new path, or a file that begins with ${opening}`,
          advice: "choose another path: what Heirloom did not write is not replaced",
        }),
  )(await startOf(path, new TextEncoder().encode(opening).length));
};

/** Write a text that begins with `opening`; what stands there must begin so too. */
export const writeTextFile = async (
  path: string,
  text: string,
  opening: string,
): Promise<Result<null>> => {
  const allowed = await mayWrite(path, opening);
  if (E.isLeft(allowed)) return allowed;
  const target = resolve(path);
  const fresh = join(dirname(target), `.${basename(target)}.new-${randomUUID()}`);
  const written = await attempt(path, async () => {
    await writeFile(fresh, text, { flag: "wx" });
    await rename(fresh, target);
    return null;
  });
  if (E.isLeft(written)) await attempt(fresh, () => rm(fresh, { force: true }));
  return written;
};
