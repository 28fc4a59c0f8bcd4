/** Adjoint rules of convolutions, gates, pooling and up-sampling. */
import type { Rules } from "./rule.js";

/** The spatial extents of an activation `[n, ...spatial, c]`. */
const extentsOf = (shape: readonly number[]): readonly number[] => shape.slice(1, -1);

/**
 * Write `y = X(x, w)` for the convolution, which is linear in each argument, `I(c, w)` for its adjoint in x
 * and `K(x, c)` for its adjoint in w. All three come from one trilinear form,
 *
 *     <c, X(x, w)> = <I(c, w), x> = <K(x, c), w>
 *
 * so the derivative of each in either argument is another of the three. The gate is such a form as well:
 * `<d, gateWeight(F, g)> = <gateGrad(F, d), g>`, symmetric in F and d.
 */
export const windowRules: Rules<
  | "conv"
  | "convInputGrad"
  | "convFilterGrad"
  | "gateWeight"
  | "gateGrad"
  | "maxPool"
  | "maxPoolGrad"
  | "averagePool"
  | "averagePoolGrad"
  | "upsample"
  | "upsampleGrad"
> = {
  conv: (b, { geometry, groups }, { args: [x, w], cotangent, shape }) => [
    () =>
      b.apply(
        { op: "convInputGrad", geometry, groups, extents: extentsOf(shape(0)) },
        cotangent,
        w!,
      ),
    () => b.apply({ op: "convFilterGrad", geometry, groups }, x!, cotangent),
  ],
  // y = I(d, w): <c, I(d, w)> = <d, X(c, w)> = <K(c, d), w>.
  convInputGrad: (b, { geometry, groups }, { args: [d, w], cotangent }) => [
    () => b.apply({ op: "conv", geometry, groups }, cotangent, w!),
    () => b.apply({ op: "convFilterGrad", geometry, groups }, cotangent, d!),
  ],
  // y = K(x, d): <c, K(x, d)> = <d, X(x, c)> = <I(d, c), x>.
  convFilterGrad: (b, { geometry, groups }, { args: [x, d], cotangent, shape }) => [
    () =>
      b.apply(
        { op: "convInputGrad", geometry, groups, extents: extentsOf(shape(0)) },
        d!,
        cotangent,
      ),
    () => b.apply({ op: "conv", geometry, groups }, x!, cotangent),
  ],
  gateWeight: (b, _, { args: [kernel, gates], cotangent }) => [
    () => b.apply({ op: "gateWeight" }, cotangent, gates!),
    () => b.apply({ op: "gateGrad" }, kernel!, cotangent),
  ],
  gateGrad: (b, _, { args: [kernel, weightGrad], cotangent }) => [
    () => b.apply({ op: "gateWeight" }, weightGrad!, cotangent),
    () => b.apply({ op: "gateWeight" }, kernel!, cotangent),
  ],
  maxPool: (b, { geometry }, { args: [x], value, cotangent }) => [
    () => b.apply({ op: "maxPoolGrad", geometry }, x!, value, cotangent),
  ],
  // Linear in the cotangent, but its adjoint gathers from the winners, which no primitive does.
  maxPoolGrad: () => {
    const missing = "the second derivative of max pooling";
    return ["nothing", "nothing", { missing }];
  },
  averagePool: (b, { geometry, divisor }, { cotangent, shape }) => [
    () =>
      b.apply(
        { op: "averagePoolGrad", geometry, divisor, extents: extentsOf(shape(0)) },
        cotangent,
      ),
  ],
  averagePoolGrad: (b, { geometry, divisor }, { cotangent }) => [
    () => b.apply({ op: "averagePool", geometry, divisor }, cotangent),
  ],
  upsample: (b, { factors, interpolation }, { cotangent }) => [
    () => b.apply({ op: "upsampleGrad", factors, interpolation }, cotangent),
  ],
  upsampleGrad: (b, { factors, interpolation }, { cotangent }) => [
    () => b.apply({ op: "upsample", factors, interpolation }, cotangent),
  ],
};
