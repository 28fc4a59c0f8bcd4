/** Weights that are no numbers: a model with one computes nothing, so it is refused when it is read. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { quote } from "./codec.js";

/** Refuse a weight with NaN or infinite elements, saying how many and which is the first. */
export const checkFinite = (name: string, data: ArrayLike<number>): Result<null> => {
  let bad = 0;
  let first = -1;
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i])) {
      if (bad === 0) first = i;
      bad++;
    }
  return bad === 0
    ? E.right(null)
    : refuse({
        where: `weight ${quote(name)}`,
        found: `${bad} of ${data.length} values not finite, the first ${data[first]} at ${first}`,
        expected: "finite weights",
        advice: "the model diverged or the file is damaged: use an earlier checkpoint",
      });
};
