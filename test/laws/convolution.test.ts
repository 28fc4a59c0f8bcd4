/** Where a law of the convolution stops: zero padding between two convolutions. */
import { expect, it } from "vitest";
import { rational } from "../../src/algebra/rational.js";
import { sameTensor } from "../../src/laws/equality.js";
import { convolve } from "../../src/semantics/convolution.js";
import { axis } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import { generated } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

it("conv_conv gives no one window where the second convolution pads: zeros are not what the first would have read", () => {
  const ones = (shape: Shape) => generated(rational)(shape, () => rational.one);
  const padded = axis({ kernel: 3, low: 1, high: 1 });
  const x = ones([1, 3, 1]);
  const steps = convolve(rational)(
    convolve(rational)(x, ones([3, 1, 1]), [padded], 1),
    ones([3, 1, 1]),
    [padded],
    1,
  );
  const composed = generated(rational)([5, 1, 1], (i) =>
    succeed(rational.fromNumber([1, 2, 3, 2, 1][i]!)),
  );
  const once = convolve(rational)(x, composed, [axis({ kernel: 5, low: 2, high: 2 })], 1);
  expect(sameTensor({ ring: rational }, steps, once)).toBe(false);
});
