/**
 * What an operator asks of a ring beyond addition and multiplication: an optional function, or the image
 * of a machine number. Both are asked for here, so that every refusal reads the same.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { FunctionName, Functions, Ring } from "../algebra/ring.js";

/** The ring's function of this name, or a refusal that names both. */
export const functionOf = <A, N extends FunctionName>(
  ring: Ring<A>,
  name: N,
): Result<NonNullable<Functions<A>[N]>> => {
  const f = ring.functions[name];
  return f === undefined
    ? refuse({
        where: "",
        found: `the ring \`${ring.name}\` without ${name}`,
        expected: `a ring with ${name}`,
        advice: "evaluate over float64, or over a formal field that has it as a symbol",
      })
    : E.right(f as NonNullable<Functions<A>[N]>);
};

/**
 * The ring's element for a binary64 constant: its exact image where the ring contains it, and otherwise
 * (the float32 ring and 0.2, say) the image of the nearest binary32 number.
 */
export const constantOf = <A>(ring: Ring<A>, x: number): Result<A> =>
  E.alt(() => ring.fromNumber(Math.fround(x)))(ring.fromNumber(x));

/** The quotient of two whole numbers in the ring; refuses where it has no division or no such element. */
export const ratioOf = <A>(ring: Ring<A>, numerator: number, denominator: number): Result<A> => {
  const top = ring.fromNumber(numerator);
  if (E.isLeft(top) || denominator === 1) return top;
  const bottom = ring.fromNumber(denominator);
  if (E.isLeft(bottom)) return bottom;
  return E.chain((divide: NonNullable<Functions<A>["divide"]>) => divide(top.right, bottom.right))(
    functionOf(ring, "divide"),
  );
};

/** A constant a formula needs: a binary64 number, or an exact ratio of whole numbers. */
export type Constant = number | readonly [numerator: number, denominator: number];

/** What a formula was given: the functions and constants it asked for, by name. */
export type Granted<A, N extends FunctionName, K extends string> = {
  readonly [name in N]: NonNullable<Functions<A>[name]>;
} & { readonly [name in K]: A };

/** Ask a ring for all functions and constants of a formula; the first that is missing is the refusal. */
export const ask = <A, N extends FunctionName, K extends string>(
  ring: Ring<A>,
  functions: readonly N[],
  constants: Readonly<Record<K, Constant>>,
): Result<Granted<A, N, K>> => {
  const granted: Record<string, unknown> = {};
  for (const name of functions) {
    const f = functionOf(ring, name);
    if (E.isLeft(f)) return f;
    granted[name] = f.right;
  }
  for (const [name, value] of Object.entries<Constant>(constants)) {
    const x = typeof value === "number" ? constantOf(ring, value) : ratioOf(ring, ...value);
    if (E.isLeft(x)) return x;
    granted[name] = x.right;
  }
  return E.right(granted as Granted<A, N, K>);
};
