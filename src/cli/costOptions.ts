/** The options of `heirloom cost` whose values are lists. */
import { InvalidArgumentError } from "commander";
import { formNames, type FormName } from "../adapt/form.js";
import type { Shape } from "../tensor/shape.js";

/** The parts between commas, each once. */
const different = (text: string): readonly string[] => {
  const found = text.split(",").map((part) => part.trim());
  if (new Set(found).size < found.length)
    throw new InvalidArgumentError("Expected no value twice.");
  return found;
};

/** Names out of those that are known, separated by commas. */
export const namesAmong =
  <N extends string>(known: readonly N[]) =>
  (text: string): readonly N[] =>
    different(text).map((part) => {
      const name = known.find((n) => n === part);
      if (name === undefined)
        throw new InvalidArgumentError(
          `Expected names among ${known.join(", ")}, as in ${known.slice(0, 2).join(",")}.`,
        );
      return name;
    });

/** Forms, separated by commas. */
export const formList: (text: string) => readonly FormName[] = namesAmong(formNames);

const largestBatch = 2 ** 20;

/** Batch sizes such as `1,8,32`. */
export const batchList = (text: string): readonly number[] =>
  different(text).map((part) => {
    const n = Number(part);
    if (!/^\d+$/.test(part) || n < 1 || n > largestBatch)
      throw new InvalidArgumentError(
        `Expected whole numbers from 1 to ${largestBatch}, as in 1,8,32.`,
      );
    return n;
  });

const largestExtent = 2 ** 20;

/** Spatial extents such as `32,64x48`; one number is for every axis. */
export const resolutionList = (text: string): readonly Shape[] =>
  different(text).map((part) => {
    const extents = part.split("x").map(Number);
    if (!/^\d+(x\d+)*$/.test(part) || extents.some((n) => n < 1 || n > largestExtent))
      throw new InvalidArgumentError("Expected extents of at least 1, as in 32,64 or 32x48.");
    return extents;
  });
