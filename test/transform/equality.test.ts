/** Equality of networks, and where two first differ. */
import { right } from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { agreeNetworks, equalNetworks } from "../../src/transform/equality.js";
import { refused } from "../generators/succeed.js";
import { chain, convolution, numbers } from "./worked.js";

const relu = { kind: "activation", fn: { name: "relu" } } as const;
const drawn = (last: number) =>
  chain(
    [3, 3, 1],
    convolution(numbers([3, 3, 1, 1], (i) => i)),
    convolution(numbers([3, 3, 1, 1], (i) => (i === 8 ? last : i))),
    relu,
  );
const shorter = chain([3, 3, 1], convolution(numbers([3, 3, 1, 1], (i) => i)));

describe("two networks", () => {
  const equals: ReturnType<typeof equalNetworks<Rational>>["equals"] = (m, n) =>
    equalNetworks(rational).equals(m, n);
  it("are equal with equal layers, whatever their class is called", () => {
    expect(agreeNetworks(rational)(drawn(8), drawn(8))).toEqual(right(null));
    expect(equals(drawn(8), drawn(8))).toBe(true);
    expect(equals({ ...drawn(8), class: "Projected" }, drawn(8))).toBe(true);
  });
  it("differ in the number of layers, which is told first", () => {
    const sentence = "network: found 4 layers, expected 2 layers";
    expect(showRefusal(refused(agreeNetworks(rational)(drawn(8), shorter)))).toBe(sentence);
    expect(refused(agreeNetworks(rational)(shorter, drawn(8))).found).toBe("2 layers");
    expect(equals(drawn(8), shorter)).toBe(false);
  });
  it("differ in a weight, which is told by layer and indices", () => {
    expect(showRefusal(refused(agreeNetworks(rational)(drawn(8), drawn(9))))).toBe(
      "layer l1: kernel[2, 2, 0, 0]: found 8, expected 9",
    );
    expect(equals(drawn(8), drawn(9))).toBe(false);
  });
  it("are not compared where they are one", () => {
    const blind = equalNetworks({ ...rational, equals: () => false });
    const one = drawn(8);
    expect(blind.equals(one, one)).toBe(true);
    expect(blind.equals(one, drawn(8))).toBe(false);
  });
});
