/** Option values: parsed by commander, refused with exit code 2 and the offending text quoted. */
import { InvalidArgumentError, type Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { showRefusal, type Result } from "../algebra/refusal.js";
import type { Shape } from "../tensor/shape.js";

/** A whole number of at least `least` and, where a bound is given, at most `most`. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const n = Number(text);
    if (!/^\d+$/.test(text) || n < least || n > most)
      throw new InvalidArgumentError(
        most === Number.MAX_SAFE_INTEGER
          ? `Expected a whole number of at least ${least}.`
          : `Expected a whole number from ${least} to ${most}.`,
      );
    return n;
  };

/** A number between two bounds, both allowed. */
export const numberWithin =
  (least: number, most: number) =>
  (text: string): number => {
    const n = Number(text);
    if (text.trim() === "" || !(n >= least && n <= most))
      throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
    return n;
  };

/** A path; whether anything stands there is for the work to find out. */
export const givenPath = (text: string): string => {
  if (text === "") throw new InvalidArgumentError("Expected a path.");
  return text;
};

/** A shape such as `64x64x3`. */
export const shape = (text: string): Shape => {
  const extents = text.split("x").map(Number);
  if (!/^\d+(x\d+)*$/.test(text) || extents.some((n) => n < 1 || n > 2 ** 20))
    throw new InvalidArgumentError("Expected extents of at least 1, as in 64x64x3.");
  return extents;
};

/** What options mean together; a refusal of it is a wrong command line, like a wrong value of one option. */
export const orUsage = <A>(command: Command, result: Result<A>): A =>
  E.isLeft(result) ? command.error(showRefusal(result.left)) : result.right;
