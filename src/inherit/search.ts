/**
 * The search for a counterexample: random places on which the law of a technique is decided; a place where it
 * fails is shrunk, shown, and given with the seed and the path that lead to it again.
 */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { rational } from "../algebra/rational.js";
import type { Refusal, Result } from "../algebra/refusal.js";
import { tapeOf, type Tape } from "../laws/generators/tape.js";
import { showCase } from "../laws/show.js";
import type { Place } from "./place.js";
import type { Technique } from "./technique.js";

/** How to search. */
export interface SearchOptions {
  /** Places to try; 400 unless told. */
  readonly runs?: number;
  /** 0 unless told. */
  readonly seed?: number;
  /** Of a counterexample that was found with this seed: only that place is looked at. */
  readonly path?: string;
  /** Places that shrinking may look at before what it has so far is given; 1500 unless told. */
  readonly shrinks?: number;
}

/** A place where the law of a technique fails. */
export interface Counterexample {
  readonly technique: string;
  readonly place: Place;
  /** What was found there, and what the law says. */
  readonly refusal: Refusal;
  /** The place, for a reader. */
  readonly shown: string;
  readonly seed: number;
  /** With the seed, what leads to it again. */
  readonly path: string;
}

/** What a search came to. */
export interface Search {
  /** Places on which the law was decided. */
  readonly runs: number;
  readonly counterexample: Counterexample | null;
}

/**
 * Tapes of a search. What is drawn here has few alternatives each, and 5040 is a multiple of 1 to 10 and of 12, so
 * that all are equally likely; choices are no larger, because shrinking halves them.
 */
const tapes = fc.array(fc.nat({ max: 5039 }), { maxLength: 96, size: "max" });

/** Decide a technique's law on random places. A tape that gives no place is passed over. */
export const search = (
  technique: Technique,
  draw: (t: Tape) => Result<Place>,
  { runs = 400, seed = 0, path, shrinks = 1500 }: SearchOptions = {},
): Search => {
  const places = tapes.map((tape) => draw(tapeOf(tape)));
  let shrunk = -1;
  const details = fc.check(
    fc.property(places, (place) => {
      // The first failure begins the count; beyond the limit nothing fails, so shrinking ends. What is left then
      // is small, if not the smallest.
      if (shrunk >= 0 && ++shrunk > shrinks) return true;
      const holds = E.isLeft(place) || E.isRight(technique.law.holds(place.right));
      if (!holds && shrunk < 0) shrunk = 0;
      return holds;
    }),
    {
      numRuns: path === undefined ? runs : 1,
      seed,
      ...(path === undefined ? {} : { path, endOnFailure: true }),
    },
  );
  const [found] = details.counterexample ?? [];
  if (found === undefined || E.isLeft(found))
    return { runs: details.numRuns, counterexample: null };
  const place = found.right;
  const held = technique.law.holds(place);
  return {
    runs: details.numRuns,
    counterexample: E.isRight(held)
      ? null
      : {
          technique: technique.name,
          place,
          refusal: held.left,
          shown: showCase(rational)(place),
          seed,
          path: details.counterexamplePath ?? "",
        },
  };
};
