/** Arbitrary numbers and arbitrary arithmetic expressions. */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { modulus } from "../../src/algebra/primeField.js";
import { ratio, type Rational } from "../../src/algebra/rational.js";
import type { Result } from "../../src/algebra/refusal.js";
import type { Ring } from "../../src/algebra/ring.js";
import { valueOf } from "./laws.js";

/** Whole numbers, small ones often. */
export const anyInteger: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -20n, max: 20n }),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
);

const positive = fc.oneof(
  fc.bigInt({ min: 1n, max: 12n }),
  fc.nat({ max: 90 }).map((k) => 1n << BigInt(k)),
  fc.bigInt({ min: 1n, max: 10n ** 25n }),
);

/** Fractions with denominators of all kinds: 1, powers of two, small, large. */
export const anyRational: fc.Arbitrary<Rational> = fc
  .tuple(anyInteger, positive)
  .map(([n, d]) => valueOf(ratio(n, d)));

/** Elements of the prime field, those next to its ends often. */
export const anyFieldElement: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: modulus - 1n }),
  fc.bigInt({ min: 0n, max: 5n }),
  fc.bigInt({ min: modulus - 5n, max: modulus - 1n }),
);

/** Finite binary64 numbers, subnormal ones and zeros included. */
export const finiteNumber: fc.Arbitrary<number> = fc.double({
  noNaN: true,
  noDefaultInfinity: true,
});

/** Finite binary32 numbers. */
export const finiteFloat32: fc.Arbitrary<number> = fc.float({
  noNaN: true,
  noDefaultInfinity: true,
});

/** A symbol of one argument that an expression may apply. */
export type Symbol = "exp" | "tanh" | "sigmoid" | "erf";

/** An arithmetic expression in the variables x, y and z. */
export type Expression =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "number"; readonly value: number }
  | {
      readonly kind: "add" | "sub" | "mul";
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: Symbol; readonly of: Expression };

export const variableNames = ["x", "y", "z"] as const;

/** Expressions of bounded depth; they apply the given symbols only. */
export const expression = (symbols: readonly Symbol[] = []): fc.Arbitrary<Expression> =>
  fc.letrec<{ node: Expression; leaf: Expression }>((tie) => ({
    leaf: fc.oneof(
      fc.record({
        kind: fc.constant("variable" as const),
        name: fc.constantFrom(...variableNames),
      }),
      fc.record({
        kind: fc.constant("number" as const),
        value: fc.constantFrom(-3, -1, -0.5, 0, 1, 2, 0.375),
      }),
    ),
    node: fc.oneof(
      { maxDepth: 5, depthSize: "medium" },
      tie("leaf"),
      fc.record({
        kind: fc.constantFrom("add" as const, "sub" as const, "mul" as const),
        left: tie("node"),
        right: tie("node"),
      }),
      ...symbols.map((kind) => fc.record({ kind: fc.constant(kind), of: tie("node") })),
    ),
  })).node;

/** The value of an expression over a ring. */
export const evaluate =
  <A>(ring: Ring<A>, at: (name: string) => A) =>
  (e: Expression): Result<A> => {
    const value = evaluate(ring, at);
    switch (e.kind) {
      case "variable":
        return E.right(at(e.name));
      case "number":
        return ring.fromNumber(e.value);
      case "add":
      case "sub":
      case "mul":
        return pipe(
          value(e.left),
          E.chain((x) =>
            pipe(
              value(e.right),
              E.map((y) => ring[e.kind](x, y)),
            ),
          ),
        );
      default:
        return pipe(value(e.of), E.chain(ring.functions[e.kind]!));
    }
  };
