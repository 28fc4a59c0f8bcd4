/** The laws every ring instance is held to, as properties over an arbitrary of its elements. */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import type { Ring } from "../../src/algebra/ring.js";

/** The value of a result that must not be refused; the test fails with the refusal where it is. */
export const valueOf = <A>(result: Result<A>): A => {
  if (E.isLeft(result)) throw new Error(showRefusal(result.left));
  return result.right;
};

/** The sentence of a refusal; the test fails where there is none. */
export const refusalOf = (result: Result<unknown>): string => {
  if (E.isRight(result)) throw new Error(`expected a refusal, found ${String(result.right)}`);
  return showRefusal(result.left);
};

/** A commutative ring with equality, its storage and the images of small whole numbers. */
export const ringLaws = <A>(ring: Ring<A>, element: fc.Arbitrary<A>): void => {
  describe(`ring laws of ${ring.name}`, () => {
    const { zero, one, add, mul, sub } = ring;
    const law = (name: string, holds: (x: A, y: A, z: A) => readonly [A, A]): void =>
      it(name, () =>
        fc.assert(
          fc.property(element, element, element, (x, y, z) => {
            const [left, right] = holds(x, y, z);
            if (!ring.equals(left, right))
              throw new Error(`${ring.show(left)} is not ${ring.show(right)}`);
          }),
        ),
      );

    law("addition is associative", (x, y, z) => [add(add(x, y), z), add(x, add(y, z))]);
    law("addition commutes", (x, y) => [add(x, y), add(y, x)]);
    law("zero is neutral", (x) => [add(x, zero), x]);
    law("multiplication is associative", (x, y, z) => [mul(mul(x, y), z), mul(x, mul(y, z))]);
    law("multiplication commutes", (x, y) => [mul(x, y), mul(y, x)]);
    law("one is neutral", (x) => [mul(x, one), x]);
    law("zero absorbs", (x) => [mul(x, zero), zero]);
    law("multiplication distributes", (x, y, z) => [mul(x, add(y, z)), add(mul(x, y), mul(x, z))]);
    law("subtraction undoes addition", (x, y) => [add(sub(x, y), y), x]);
    law("a difference with itself is zero", (x) => [sub(x, x), zero]);

    it("equality is decided by the difference", () =>
      fc.assert(
        fc.property(element, element, (x, y) => ring.equals(x, y) === ring.equals(sub(x, y), zero)),
      ));

    it("equal elements are shown alike and different ones differently", () =>
      fc.assert(
        fc.property(element, element, (x, y) => {
          expect(ring.show(sub(add(x, y), y))).toBe(ring.show(x));
          expect(ring.show(x) === ring.show(y)).toBe(ring.equals(x, y));
        }),
      ));

    it("storage starts with zeros and keeps what is written", () =>
      fc.assert(
        fc.property(fc.array(element, { maxLength: 8 }), (xs) => {
          const storage = ring.allocate(xs.length + 1);
          expect(storage.length).toBe(xs.length + 1);
          xs.forEach((x, i) => (storage[i] = x));
          return (
            xs.every((x, i) => ring.equals(storage[i]!, x)) &&
            ring.equals(storage[xs.length]!, zero)
          );
        }),
      ));

    it("whole numbers have the images that sums of one give", () => {
      let image = zero;
      for (let n = 0; n <= 40; n++) {
        expect(ring.equals(valueOf(ring.fromNumber(n)), image)).toBe(true);
        expect(ring.equals(valueOf(ring.fromNumber(-n)), sub(zero, image))).toBe(true);
        image = add(image, one);
      }
    });
  });
};

/** `divide` undoes multiplication and refuses zero. */
export const divisionLaws = <A>(ring: Ring<A>, element: fc.Arbitrary<A>): void => {
  describe(`division of ${ring.name}`, () => {
    const divide = ring.functions.divide!;

    it("undoes multiplication", () =>
      fc.assert(
        fc.property(element, element, (x, y) => {
          fc.pre(!ring.equals(y, ring.zero));
          return ring.equals(valueOf(divide(ring.mul(x, y), y)), x);
        }),
      ));

    it("refuses zero and quotes the dividend", () =>
      fc.assert(
        fc.property(element, (x) => {
          expect(refusalOf(divide(x, ring.zero))).toContain(ring.show(x));
        }),
      ));
  });
};

/** Every element but zero has an inverse. */
export const fieldLaws = <A>(ring: Ring<A>, element: fc.Arbitrary<A>): void => {
  divisionLaws(ring, element);
  it(`a quotient of ${ring.name} times its divisor is the dividend`, () =>
    fc.assert(
      fc.property(element, element, (x, y) => {
        fc.pre(!ring.equals(y, ring.zero));
        return ring.equals(ring.mul(valueOf(ring.functions.divide!(x, y)), y), x);
      }),
    ));
};

/** `compare` is a total order that agrees with equality. */
export const orderLaws = <A>(ring: Ring<A>, element: fc.Arbitrary<A>): void => {
  describe(`order of ${ring.name}`, () => {
    const compare = ring.functions.compare!;

    it("is zero exactly for equal elements and changes sign when swapped", () =>
      fc.assert(
        fc.property(element, element, (x, y) => {
          expect(compare(x, x)).toBe(0);
          expect(compare(x, y) === 0).toBe(ring.equals(x, y));
          expect(Math.sign(compare(x, y)) + Math.sign(compare(y, x))).toBe(0);
        }),
      ));

    it("is transitive", () =>
      fc.assert(
        fc.property(element, element, element, (x, y, z) => {
          const [a, b, c] = [x, y, z].sort(compare) as [A, A, A];
          expect(compare(a, b)).toBeLessThanOrEqual(0);
          expect(compare(b, c)).toBeLessThanOrEqual(0);
          expect(compare(a, c)).toBeLessThanOrEqual(0);
        }),
      ));
  });
};
