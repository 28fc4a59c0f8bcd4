/**
 * Files of lines of JSON that only grow. A line counts when its end is on the disk: what a kill leaves of a line has
 * no end, is passed over by readers, and is cut off before the next line is added.
 */
import type { Stats } from "node:fs";
import { open, stat, truncate } from "node:fs/promises";
import * as E from "fp-ts/lib/Either.js";
import type * as t from "io-ts";
import type { Result } from "../algebra/refusal.js";
import { decodeWith } from "../format/codec.js";
import { attempt, kindOf, readText } from "../format/file.js";
import { parseJson } from "../format/json.js";

/** A file may have so many bytes, which is less than the longest string there can be. */
const fileLimit = 2 ** 28;

/** What a file of lines holds. */
export interface Lines<A> {
  readonly values: readonly A[];
  /** Bytes up to the end of the last whole line. */
  readonly bytes: number;
  /** Whether something stands behind it: a process was killed while it wrote. */
  readonly torn: boolean;
}

/** Read the lines; a file that does not stand yet has none. The first line that is wrong is refused by number. */
export const readLines =
  <A>(codec: t.Decoder<unknown, A>) =>
  async (path: string): Promise<Result<Lines<A>>> => {
    if ((await kindOf(path)) === "nothing") return E.right({ values: [], bytes: 0, torn: false });
    const text = await readText(path, fileLimit);
    if (E.isLeft(text)) return text;
    const end = text.right.lastIndexOf("\n") + 1;
    const values: A[] = [];
    for (const [i, line] of text.right.slice(0, end).split("\n").slice(0, -1).entries()) {
      const where = `${path}, line ${i + 1}`;
      const value = E.chain(decodeWith(codec, where))(parseJson(line, where));
      if (E.isLeft(value)) return value;
      values.push(value.right);
    }
    const torn = end < text.right.length;
    const rest = torn ? new TextEncoder().encode(text.right.slice(end)).length : 0;
    return E.map(({ size }: Stats) => ({ values, bytes: size - rest, torn }))(
      await attempt(path, () => stat(path)),
    );
  };

/** Cut off what a kill left of a line. */
export const mendLines = (path: string, { torn, bytes }: Lines<unknown>): Promise<Result<void>> =>
  torn ? attempt(path, () => truncate(path, bytes)) : Promise.resolve(E.right(undefined));

/**
 * Add a line, on the disk when the promise resolves. One at a time: a long line is written in several pieces. Where
 * it cannot be written in full, what was written of it is taken back.
 */
export const appendLine = (path: string, line: string): Promise<Result<void>> =>
  attempt(path, async () => {
    const file = await open(path, "a");
    try {
      const { size } = await file.stat();
      try {
        await file.appendFile(`${line}\n`);
        await file.sync();
      } catch (error) {
        await file.truncate(size);
        throw error;
      }
    } finally {
      await file.close();
    }
  });
