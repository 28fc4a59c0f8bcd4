/** Lists as the extracted checker has them. */
import type { List } from "./extracted.js";

const nil: List<never> = ["Nil"];

/** An array as a list. */
export const listOf = <T>(items: readonly T[]): List<T> =>
  items.reduceRight<List<T>>((rest, item) => ["Cons", item, rest], nil);

/** A list as an array. */
export const arrayOf = <T>(list: List<T>): readonly T[] => {
  const out: T[] = [];
  for (let rest = list; rest[0] === "Cons"; rest = rest[2]) out.push(rest[1]);
  return out;
};
