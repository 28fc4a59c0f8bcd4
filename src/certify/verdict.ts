/**
 * Verdicts: the decidable conditions that the rules are made of. Equalities of weights are the ring's;
 * over machine numbers a product is expected to be rounded once, and nothing else is accepted.
 */
import * as E from "fp-ts/lib/Either.js";
import { float64 } from "../algebra/float64.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer, LayerSpec } from "../model/network.js";
import type { Kernelled } from "../model/operator.js";
import { sameShape, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Step } from "../transform/certificate.js";
import { canonicalJson } from "../transform/canonicalJson.js";

/** What a rule sees. */
export interface Claim<A, S extends Step = Step> {
  readonly ring: Ring<A>;
  readonly step: S;
  /** The source's layers, in the order of `step.from`. */
  readonly from: readonly Layer<A>[];
  readonly target: Layer<A>;
  /** The shape of what the first source layer reads. */
  readonly input: Shape;
  /** How many source layers read `from[0]`. */
  readonly readers: number;
}

/** That a condition holds, or where it fails. */
export type Verdict = Result<null>;
export const holds: Verdict = E.right(null);

export const differs = (where: string, found: unknown, expected: unknown): Verdict =>
  refuse({ where, found: String(found), expected: String(expected) });

export const all = (...checks: readonly (() => Verdict)[]): Verdict => {
  for (const run of checks) {
    const verdict = run();
    if (E.isLeft(verdict)) return verdict;
  }
  return holds;
};

export const equal = (where: string, found: unknown, expected: unknown): Verdict => {
  const [a, b] = [canonicalJson(found), canonicalJson(expected)];
  return a === b ? holds : differs(where, a, b);
};

/** Machine numbers are rounded as the ring stores them; elements of exact rings are what they are. */
const stored = <A>(ring: Ring<A>): ((x: A) => A) => {
  if (!isMachine(ring)) return (x) => x;
  const cell = ring.allocate(1);
  return (x) => {
    cell[0] = x;
    return cell[0]!;
  };
};

const isMachine = <A>(ring: Ring<A>): boolean => typeof ring.zero === "number";

/** The arithmetic in which the expected weight is computed before it is rounded. */
export const working = <A>(ring: Ring<A>): Ring<A> =>
  // Both are rings of machine numbers here, which the types cannot see.
  isMachine(ring) ? (float64 as unknown as Ring<A>) : ring;

/** Equality in the ring; a machine number that is no number equals itself. */
export const same = <A>(ring: Ring<A>): ((x: A, y: A) => boolean) =>
  isMachine(ring) ? (x, y) => x === y || Object.is(x, y) : (x, y) => x === y || ring.equals(x, y);

/** Every element of a weight is what it should be. */
export const elements = <A>(
  ring: Ring<A>,
  name: string,
  found: Tensor<A>,
  shape: Shape,
  expected: (i: number) => A,
): Verdict => {
  if (!sameShape(found.shape, shape)) return equal(`shape of ${name}`, found.shape, shape);
  const round = stored(ring);
  const isSame = same(ring);
  for (let i = 0; i < found.data.length; i++) {
    const value = round(expected(i));
    if (!isSame(found.data[i]!, value))
      return differs(`${name}, element ${i}`, ring.show(found.data[i]!), ring.show(value));
  }
  return holds;
};

/** Over machine numbers, that a weight is finite: an overflow is no rounding, and `0 * infinity` no zero. */
export const finite = <A>(ring: Ring<A>, name: string, { data }: Tensor<A>): Verdict => {
  if (!isMachine(ring)) return holds;
  const numbers = data as unknown as ArrayLike<number>;
  for (let i = 0; i < numbers.length; i++)
    if (!Number.isFinite(numbers[i]))
      return differs(`${name}, element ${i}`, numbers[i], "a finite number");
  return holds;
};

/** Two weights are the same, both absent included. */
export const sameWeight = <A>(
  ring: Ring<A>,
  name: string,
  found: Tensor<A> | null,
  expected: Tensor<A> | null,
): Verdict => {
  if (found === null || expected === null)
    return found === expected
      ? holds
      : differs(name, found === null ? "none" : "one", expected === null ? "none" : "one");
  return found.data === expected.data
    ? equal(`shape of ${name}`, found.shape, expected.shape)
    : elements(ring, name, found, expected.shape, (i) => expected.data[i]!);
};

export const sameFrame = <A>(found: Kernelled<A>, expected: Kernelled<A>): Verdict =>
  all(
    () => equal("geometry", found.geometry, expected.geometry),
    () => equal("groups", found.groups, expected.groups),
  );

/** The layer's operator as one of these kinds. */
export const kindOf = <A>(where: string, layer: LayerSpec<A>, kinds: readonly string[]): Verdict =>
  kinds.includes(layer.op.kind) ? holds : differs(where, layer.op.kind, kinds.join(" or "));
