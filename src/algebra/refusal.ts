/**
 * A refusal: the answer of an operation that cannot do what was asked.
 *
 * Every failure in Heirloom is a value of this type inside an `Either`; nothing below the command
 * line throws on bad input. A refusal says where, what was found, what was expected and what to do.
 */
import * as E from "fp-ts/lib/Either.js";

/** One reason why an operation refused its input. */
export interface Refusal {
  /** The place: a layer, a file, a field, a command-line option. */
  readonly where: string;
  /** What was found there, values quoted. */
  readonly found: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What the reader can do about it. */
  readonly advice?: string;
}

/** Either a refusal or a result. */
export type Result<A> = E.Either<Refusal, A>;

/**
 * Refuse, quoting the values.
 *
 * @example
 * import { refuse, showRefusal } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * const r = refuse({ where: "layer conv1", found: "groups 4 for 6 input channels", expected: "groups that divide the input channels" })
 * assert.deepStrictEqual(E.mapLeft(showRefusal)(r), E.left("layer conv1: found groups 4 for 6 input channels, expected groups that divide the input channels"))
 */
export const refuse = (refusal: Refusal): Result<never> => E.left(refusal);

/** The refusal as one sentence for people. */
export const showRefusal = (r: Refusal): string =>
  `${r.where}: found ${r.found}, expected ${r.expected}` +
  (r.advice === undefined ? "" : `; ${r.advice}`);

/** The same refusal, seen from an outer place: the path grows at the front. */
export const within =
  (place: string) =>
  (r: Refusal): Refusal => ({ ...r, where: r.where === "" ? place : `${place}: ${r.where}` });
