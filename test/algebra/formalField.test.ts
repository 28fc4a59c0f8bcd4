import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formalField } from "../../src/algebra/formalField.js";
import { formalPolynomial } from "../../src/algebra/formalPolynomial.js";
import { modulus } from "../../src/algebra/primeField.js";
import { rational } from "../../src/algebra/rational.js";
import {
  anyFieldElement,
  evaluate,
  expression,
  variableNames,
  type Expression,
} from "./arbitraries.js";
import { fieldLaws, orderLaws, ringLaws, valueOf } from "./laws.js";

const K = formalField("test");
const symbols = ["sqrt", "exp", "log", "tanh", "sigmoid", "erf"] as const;

ringLaws(K, anyFieldElement);
fieldLaws(K, anyFieldElement);
orderLaws(K, anyFieldElement);

describe("formalField", () => {
  it("each symbol is a function into the field, fixed by the key", () =>
    fc.assert(
      fc.property(anyFieldElement, fc.constantFrom(...symbols), (x, name) => {
        const value = valueOf(K.functions[name](x));
        expect(value >= 0n && value < modulus).toBe(true);
        expect(valueOf(formalField("test").functions[name](x))).toBe(value);
        expect(valueOf(formalField("other").functions[name](x))).not.toBe(value);
      }),
    ));

  it("symbols, keys and arguments do not coincide on 6 symbols, 5 keys and 300 arguments", () => {
    const keys = ["", "a", "b", "ab", "test"];
    const values = keys.flatMap((key) =>
      symbols.flatMap((name) =>
        Array.from({ length: 300 }, (_, x) => valueOf(formalField(key).functions[name](BigInt(x)))),
      ),
    );
    expect(new Set(values).size).toBe(5 * 6 * 300);
  });

  it("agrees with syntactic congruence on pairs of expressions", () => {
    // Equal as formal polynomials implies equal here; different implies different, but for a chance
    // of a few in 2^61. The second expression is often a rewriting of the first.
    const P = formalPolynomial(rational);
    const e = expression(["exp", "tanh", "sigmoid", "erf"]);
    const swapped = (x: Expression): Expression => {
      if ("of" in x) return { kind: x.kind, of: swapped(x.of) };
      if (!("left" in x)) return x;
      return x.kind === "sub"
        ? { kind: "sub", left: swapped(x.left), right: swapped(x.right) }
        : { kind: x.kind, left: swapped(x.right), right: swapped(x.left) };
    };
    const pairs = fc.oneof(
      fc.tuple(e, e),
      e.map((x) => [x, swapped(x)] as const),
      e.map((x) => [x, { kind: "add" as const, left: x, right: x }] as const),
    );
    const point = fc.array(fc.bigInt({ min: 0n, max: modulus - 1n }), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(pairs, point, ([left, right], at) => {
        const formal = evaluate(P, P.variable);
        // Hashed, so that a point which shrinking makes all zeros stays a random one.
        const coordinate = (name: string): bigint =>
          valueOf(
            K.functions.log(at[variableNames.indexOf(name as "x")]! ^ BigInt(name.charCodeAt(0))),
          );
        const random = evaluate(K, coordinate);
        expect(K.equals(valueOf(random(left)), valueOf(random(right)))).toBe(
          P.equals(valueOf(formal(left)), valueOf(formal(right))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("takes either branch of relu under about half of the keys", () => {
    // 1024 keys, each a fair coin: spread 16, so the count is within 6 spreads of 512.
    const kept = Array.from({ length: 1024 }, (_, k) => formalField(`key ${k}`)).filter(
      (k) => k.functions.compare(12345n, 0n) > 0,
    ).length;
    expect(Math.abs(kept - 512)).toBeLessThan(6 * 16);
  });

  it("knows no laws of the symbols", () => {
    const { exp, tanh } = K.functions;
    expect(valueOf(exp(0n))).not.toBe(1n);
    expect(valueOf(tanh(modulus - 5n))).not.toBe(K.sub(0n, valueOf(tanh(5n))));
  });
});
