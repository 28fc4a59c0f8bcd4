/** Codecs of numbers within limits; their names are what an error message says was expected. */
import * as t from "io-ts";

/** Limits of a real number. */
export interface Limits {
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
}

const phrases = (limits: Limits): string =>
  [
    limits.least === undefined ? null : `at least ${limits.least}`,
    limits.above === undefined ? null : `above ${limits.above}`,
    limits.most === undefined ? null : `at most ${limits.most}`,
    limits.below === undefined ? null : `below ${limits.below}`,
  ]
    .filter((phrase) => phrase !== null)
    .join(" and ");

const inside = (limits: Limits, x: number): boolean =>
  x >= (limits.least ?? -Infinity) &&
  x <= (limits.most ?? Infinity) &&
  x > (limits.above ?? -Infinity) &&
  x < (limits.below ?? Infinity);

const refined = (name: string, accepts: (x: number) => boolean): t.Type<number> =>
  new t.Type<number>(
    name,
    (u): u is number => typeof u === "number" && accepts(u),
    (u, context) =>
      typeof u === "number" && accepts(u) ? t.success(u) : t.failure(u, context, name),
    t.identity,
  );

/** A finite number within limits. */
export const bounded = (what: string, limits: Limits): t.Type<number> =>
  refined(`${what} ${phrases(limits)}`, (x) => Number.isFinite(x) && inside(limits, x));

/** A whole number of at least `least`. */
export const natural = (what: string, least: number): t.Type<number> =>
  refined(
    `${what}: a whole number of at least ${least}`,
    (x) => Number.isSafeInteger(x) && x >= least,
  );
