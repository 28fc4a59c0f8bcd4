import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
} from "../../src/format/float16.js";

const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
const finite = (bits: Uint16Array, values: Float32Array): readonly (readonly [number, number])[] =>
  Array.from(bits, (b, i) => [b, values[i]!] as const).filter(([, x]) => Number.isFinite(x));

const formats = [
  { name: "binary16", encode: encodeFloat16, decode: decodeFloat16, fraction: 10, bias: 15 },
  { name: "bfloat16", encode: encodeBfloat16, decode: decodeBfloat16, fraction: 7, bias: 127 },
] as const;

describe.each(formats)("$name", ({ encode, decode, fraction, bias }) => {
  const values = decode(all);

  it("widens every bit pattern to the value that the format defines", () => {
    const exponents = 1 << (15 - fraction);
    for (let h = 0; h < 65536; h++) {
      const sign = h >> 15 ? -1 : 1;
      const e = (h >> fraction) & (exponents - 1);
      const f = (h & ((1 << fraction) - 1)) / (1 << fraction);
      const expected =
        e === exponents - 1
          ? f === 0
            ? sign * Infinity
            : NaN
          : sign * (e === 0 ? f * 2 ** (1 - bias) : (1 + f) * 2 ** (e - bias));
      if (!Object.is(values[h], expected)) expect([h, values[h]]).toEqual([h, expected]);
    }
  });

  it("narrows every widened value back to its bits; NaN stays NaN", () => {
    const back = encode(values);
    const again = decode(back);
    for (let h = 0; h < 65536; h++) {
      if (Number.isNaN(values[h])) expect(again[h]).toBeNaN();
      else if (back[h] !== h) expect([values[h], back[h]]).toEqual([values[h], h]);
    }
  });

  const positive = finite(all, values)
    .filter(([bits]) => bits < 0x8000)
    .map(([, x]) => x);
  const largest = positive.at(-1)!;
  const half = (largest - positive.at(-2)!) / 2;

  it("rounds to the nearest value, ties to even, and overflows at half a step beyond the largest", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.float({ noNaN: true }),
          // Middles between neighbours, and the floats beside them.
          fc
            .tuple(fc.nat(positive.length - 2), fc.integer({ min: -1, max: 1 }))
            .map(([i, side]) => {
              const middle = (positive[i]! + positive[i + 1]!) / 2;
              return Math.fround(middle * (1 + side * 2 ** -23));
            }),
        ),
        (x) => {
          const [bits] = encode([x]);
          const magnitude = Math.abs(x);
          const y = Math.abs(decode(Uint16Array.of(bits!))[0]!);
          expect(bits! >> 15).toBe(Object.is(Math.sign(x), -1) || Object.is(x, -0) ? 1 : 0);
          if (magnitude >= largest + half) {
            expect(y).toBe(Infinity);
            return;
          }
          let low = 0;
          let high = positive.length - 1;
          while (high - low > 1) {
            const middle = (low + high) >> 1;
            if (positive[middle]! <= magnitude) low = middle;
            else high = middle;
          }
          const below = positive[low]!;
          const above = positive[high]!;
          const nearest =
            magnitude - below === above - magnitude
              ? low % 2 === 0
                ? below
                : above
              : magnitude - below < above - magnitude
                ? below
                : above;
          expect(y).toBe(nearest);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
