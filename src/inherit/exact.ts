/** Vectors and matrices of rationals, for stating the laws of techniques. */
import { rational, type Rational } from "../algebra/rational.js";
import { fractions, magnitudeIn } from "./reals.js";

const { zero, one } = rational;

/** Values of one channel, over the positions of a batch. */
export type Vector = readonly Rational[];
export type Matrix = readonly Vector[];

export const add = rational.add;
export const sub = rational.sub;
export const mul = rational.mul;
export const equal = rational.equals;
export const number = fractions.of;
export const divide = fractions.divide;
export const atMost = (x: Rational, y: Rational): boolean => fractions.compare(x, y) <= 0;
export const magnitude = magnitudeIn(fractions);
export const square = (x: Rational): Rational => mul(x, x);

export const total = (xs: Vector): Rational => xs.reduce(add, zero);
export const dot = (u: Vector, v: Vector): Rational => total(u.map((x, i) => mul(x, v[i]!)));
export const minus = (u: Vector, v: Vector): Vector => u.map((x, i) => sub(x, v[i]!));
export const scaled = (c: Rational, v: Vector): Vector => v.map((x) => mul(c, x));
export const sameVector = (u: Vector, v: Vector): boolean =>
  u.length === v.length && u.every((x, i) => equal(x, v[i]!));
export const sameMatrix = (a: Matrix, b: Matrix): boolean =>
  a.length === b.length && a.every((row, i) => sameVector(row, b[i]!));

/** `sum_k c_k v_k`, for vectors of `length` elements. */
export const combination = (c: Vector, v: Matrix, length: number): Vector =>
  Array.from({ length }, (_, p) => total(c.map((x, k) => mul(x, v[k]![p]!))));

export const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => combination(row, b, b[0]?.length ?? 0));
export const transposed = (a: Matrix): Matrix =>
  (a[0] ?? []).map((_, j) => a.map((row) => row[j]!));
export const identity = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? one : zero)));

/** The inverse by Gauss and Jordan; `null` where there is none. */
export const inverse = (a: Matrix): Matrix | null => {
  const n = a.length;
  const rows = a.map((row, i) => [...row, ...identity(n)[i]!]);
  for (let c = 0; c < n; c++) {
    const pivot = rows.findIndex((row, r) => r >= c && !equal(row[c]!, zero));
    if (pivot < 0) return null;
    [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
    const unit = rows[c]!.map((x) => divide(x, rows[c]![c]!));
    for (let r = 0; r < n; r++)
      rows[r] = r === c ? unit : [...minus(rows[r]!, scaled(rows[r]![c]!, unit))];
  }
  return rows.map((row) => row.slice(n));
};

/** What is left of `v` when its components along `basis` are taken away (Gram and Schmidt). */
export const orthogonalTo = (basis: Matrix, v: Vector): Vector => {
  const legs: Vector[] = [];
  const rest = (u: Vector): Vector =>
    legs.reduce((w, leg) => minus(w, scaled(divide(dot(w, leg), dot(leg, leg)), leg)), u);
  for (const u of basis) {
    const leg = rest(u);
    if (!equal(dot(leg, leg), zero)) legs.push(leg);
  }
  return rest(v);
};

/** A finite distribution: outcomes with probabilities that add up to one. */
export type Distribution<W> = readonly { readonly weight: Rational; readonly outcome: W }[];

export const expectation = <W>(d: Distribution<W>, f: (outcome: W) => Rational): Rational =>
  total(d.map(({ weight, outcome }) => mul(weight, f(outcome))));

/** `n` independent draws from a distribution. */
export const independent = <W>(d: Distribution<W>, n: number): Distribution<readonly W[]> =>
  Array.from({ length: n }).reduce<Distribution<readonly W[]>>(
    (joint) =>
      joint.flatMap((a) =>
        d.map((b) => ({
          weight: mul(a.weight, b.weight),
          outcome: [...a.outcome, b.outcome],
        })),
      ),
    [{ weight: one, outcome: [] }],
  );

/** `sum_r w_r z_r + b`, for inputs of `length` elements. */
export const nodeOf = (w: Vector, z: Matrix, b: Rational, length: number): Vector =>
  combination(w, z, length).map((y) => add(y, b));
