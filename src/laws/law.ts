/**
 * A law: a statement about all networks of a kind, which any one case decides. Over an exact ring a case that
 * holds is an equality and no approximation; over polynomials, where every weight and input is a variable,
 * it holds for all weights and inputs of these shapes at once.
 *
 * Laws carry the names of the theorems they try (docs/theory.md). A theorem is about all cases and proved
 * elsewhere; a law finds out about this library's code, and about a network of one's own.
 */
import * as E from "fp-ts/lib/Either.js";
import type fc from "fast-check";
import { refuse, type Result } from "../algebra/refusal.js";
import { drawCase, type AnyNetwork, type Case } from "./generators/network.js";
import type { NetworkOptions } from "./generators/operator.js";
import { worldOf } from "./generators/world.js";
import type { RingName, Sampled } from "./generators/ring.js";
import { choices, tapeOf, type Tape } from "./generators/tape.js";

/** A statement that one case decides. */
export interface Law {
  /** The theorem's name, or one in words where no single theorem says it. */
  readonly name: string;
  /** The theorems it tries, by the names of docs/theory.md and of `proofs/`. */
  readonly theorems: readonly string[];
  /** What it says, in one sentence. */
  readonly statement: string;
  /** What a network must have for the law to say anything about it, in words. */
  readonly needs: string;
  readonly applies: <A>(network: AnyNetwork<A>) => boolean;
  /** The rings it is tried over unless told. */
  readonly rings: readonly RingName[];
  /** The law at one case: nothing, or where it fails and with which values. */
  readonly holds: <A>(over: Sampled<A>) => (c: Case<A>) => Result<null>;
  /** A random case of the kind that the law is about, from a tape. */
  readonly draw: <A>(t: Tape, over: Sampled<A>) => Case<A>;
}

/** A law as it is written down; what is left out is usual. */
export interface LawParts {
  readonly name: string;
  readonly theorems?: readonly string[];
  readonly statement: string;
  readonly needs?: string;
  readonly applies?: Law["applies"];
  readonly rings?: readonly RingName[];
  readonly holds: Law["holds"];
  /** What its random networks consist of, on top of what the ring allows. */
  readonly networks?: Partial<NetworkOptions>;
}

/** How many numbers a law may choose itself. */
const own = 12;

/**
 * A law from its parts: over every ring and about every network unless told otherwise, with random networks
 * of what the ring allows.
 */
export const law = (parts: LawParts): Law => ({
  name: parts.name,
  theorems: parts.theorems ?? [parts.name],
  statement: parts.statement,
  needs: parts.needs ?? "any network",
  applies: parts.applies ?? (() => true),
  rings: parts.rings ?? ["rational", "field", "polynomial"],
  holds: parts.holds,
  draw: (t, over) => ({
    ...drawCase(t, over, worldOf(over.ring, parts.networks)),
    choices: Array.from({ length: own }, () => t.below(2 ** 31)),
  }),
});

/** What a law chooses itself at a case. */
export const choicesOf = <A>(c: Case<A>): Tape => tapeOf(c.choices ?? []);

/**
 * Random cases of a law over a ring: what it applies to. They shrink to small networks.
 *
 * @example
 * import fc from "fast-check"
 * import { casesOf, lawNamed, rationals } from "heirloom/laws"
 *
 * const merging = lawNamed("network_merge")
 * assert.ok(E.isRight(merging))
 * const { holds } = merging.right
 * fc.assert(
 *   fc.property(casesOf(merging.right)(rationals), (c) => E.isRight(holds(rationals)(c))),
 *   { numRuns: 20 },
 * )
 */
export const casesOf =
  (l: Law) =>
  <A>(over: Sampled<A>): fc.Arbitrary<Case<A>> =>
    choices()
      .map((tape) => l.draw(tapeOf(tape), over))
      .filter((c) => l.applies(c.network));

/** The law at a network of one's own: refused where it says nothing about it. */
export const lawAt =
  (l: Law) =>
  <A>(over: Sampled<A>) =>
  (c: Case<A>): Result<null> =>
    l.applies(c.network)
      ? l.holds(over)(c)
      : refuse({ where: l.name, found: "a network that it says nothing about", expected: l.needs });

/** All of these, in order; the first refusal is the answer. */
export const every = (checks: readonly (() => Result<null>)[]): Result<null> => {
  for (const check of checks) {
    const checked = check();
    if (E.isLeft(checked)) return checked;
  }
  return E.right(null);
};
