/** The sha256 of examples: their class names, shape and labels, and the inputs at some places, or at all. */
import { createHash } from "node:crypto";
import * as E from "fp-ts/lib/Either.js";
import { within, type Result } from "../algebra/refusal.js";
import type { Examples } from "./examples.js";

/** The digest of all labels and of the inputs at these places; at all places unless told. */
export const digestOfExamples = async (
  examples: Examples,
  places: Iterable<number> = Array(examples.size).keys(),
): Promise<Result<string>> => {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([examples.classes, examples.shape, Array.from(examples.labels)]));
  for (const i of places) {
    const input = await examples.input(i);
    if (E.isLeft(input)) return E.left(within(`data ${examples.name}, example ${i}`)(input.left));
    const { buffer, byteOffset, byteLength } = input.right;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return E.right(hash.digest("hex"));
};
