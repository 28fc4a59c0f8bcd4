/** Checks of the numbers a researcher writes, before a geometry or a weight's shape is made of them. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Padding } from "../../tensor/geometry.js";
import type { Shape } from "../../tensor/shape.js";
import type { PerAxis } from "./shapeTypes.js";

/** A whole number of at least 1, or a refusal that quotes it. */
export const positive = (where: string, n: number): Result<number> =>
  Number.isSafeInteger(n) && n >= 1
    ? E.right(n)
    : refuse({ where, found: `${n}`, expected: "a whole number of at least 1" });

/** One whole number of at least 1 for each of `rank` axes; a single number serves all of them. */
export const perAxis = (where: string, value: PerAxis, rank: number): Result<Shape> => {
  const extents = typeof value === "number" ? Array.from({ length: rank }, () => value) : value;
  if (extents.length !== rank)
    return refuse({
      where,
      found: `${extents.length} numbers (${extents.join(", ")}) for ${rank} spatial axes`,
      expected: "one number, or one per spatial axis",
    });
  const wrong = extents.find((n) => !Number.isSafeInteger(n) || n < 1);
  return wrong === undefined
    ? E.right(extents)
    : refuse({ where, found: `${wrong}`, expected: "a whole number of at least 1" });
};

/** Explicit padding names both ends of every axis. */
export const paddingOf = (padding: Padding, rank: number): Result<Padding> =>
  typeof padding === "string" || padding.length === rank
    ? E.right(padding)
    : refuse({
        where: "padding",
        found: `${padding.length} pairs for ${rank} spatial axes`,
        expected: '"same", "valid" or a pair [low, high] for every spatial axis',
      });

/** Refuse a vector where spatial axes are needed. */
export const spatialRank = (shape: Shape): Result<number> =>
  shape.length > 1
    ? E.right(shape.length - 1)
    : refuse({
        where: "inputs",
        found: `a vector of ${shape.join("x")} channels`,
        expected: "spatial axes in front of the channels",
      });

/** The channels that are there, which are those that were stated, if any were. */
export const fed = (channels: number, stated: number | undefined): Result<number> =>
  stated === undefined || stated === channels
    ? E.right(channels)
    : refuse({
        where: "inputs",
        found: `${channels} input channels`,
        expected: `${stated} input channels`,
      });
