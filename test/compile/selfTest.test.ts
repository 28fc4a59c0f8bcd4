/** The self test passes a right target and names the first wrong number of a wrong one. */
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { selfTest } from "../../src/compile/selfTest.js";
import type { Feed, Target } from "../../src/compile/target.js";
import { tfjsTarget } from "../../src/compile/tfjs/backend.js";
import { tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

const asItIs = (feed: Feed): Feed => feed;

/** A target whose results pass through `spoil`, and what they are computed from through `before`. */
const spoilt = (honest: Target, spoil: (out: Feed) => Feed, before = asItIs): Target => ({
  ...honest,
  load: async (program, initial) => {
    const e = succeed(await honest.load(program, initial));
    return E.right({ ...e, step: async (feed: Feed) => E.map(spoil)(await e.step(before(feed))) });
  },
});

/** The factors of one product with as many significant bits. */
const rounded = (bits: number, product: string) => (feed: Feed) =>
  Object.fromEntries(
    Object.entries(feed).map(([name, { shape, data }]) => [
      name,
      tensor(
        shape,
        Float32Array.from(data, (x) => {
          const unit = 2 ** (Math.floor(Math.log2(Math.abs(x) || 1)) + 1 - bits);
          return name.startsWith(`${product}/`) ? Math.round(x / unit) * unit : x;
        }),
      ),
    ]),
  );

describe("the self test", () => {
  it("passes a right target", async () => {
    const honest = succeed(await tfjsTarget("cpu"));
    expect(succeed(await selfTest(honest))).toMatchObject({ passed: true, found: null });
  });

  it("notices a wrong gradient", async () => {
    const oneTooMany = (out: Feed): Feed => {
      const dw = Float32Array.from(out["dw"]!.data);
      dw[5]! += 1;
      return { ...out, dw: tensor(out["dw"]!.shape, dw) };
    };
    const wrong = spoilt(succeed(await tfjsTarget("cpu")), oneTooMany);
    const result = succeed(await selfTest(wrong));
    expect(result.passed).toBe(false);
    expect(result.found).toMatch(/instead of .* at 5 of dw 3x3x8x16$/);
  });

  describe.each(["y", "dx", "dw", "ab"])("of %s", (product) => {
    it.each([
      ["TF32 and binary16", 11],
      ["bfloat16", 8],
    ])("notices factors rounded to %s", async (_, bits) => {
      const honest = succeed(await tfjsTarget("cpu"));
      const result = succeed(await selfTest(spoilt(honest, asItIs, rounded(bits, product))));
      expect(result.found).toMatch(new RegExp(` of ${product} \\d`));
    });

    it("allows factors of 24 bits, float32's", async () => {
      const honest = succeed(await tfjsTarget("cpu"));
      const result = succeed(await selfTest(spoilt(honest, asItIs, rounded(24, product))));
      expect(result.passed).toBe(true);
    });
  });

  it("notices a gradient that is not there", async () => {
    const honest = succeed(await tfjsTarget("cpu"));
    const result = succeed(await selfTest(spoilt(honest, ({ y, dx }) => ({ y: y!, dx: dx! }))));
    expect(result.passed).toBe(false);
    expect(result.found).toMatch(/^undefined instead of .* at 0 of dw 3x3x8x16$/);
  });
});
