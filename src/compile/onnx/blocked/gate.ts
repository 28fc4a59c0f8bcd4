/**
 * Gates in the blocked dialect. A kernel lies in memory as its taps would be separate kernels of one tap
 * but for one axis, so in every layout the gates, laid out as a kernel of one tap, multiply by broadcasting
 * over that axis, in runs of whole blocks. A constant kernel is arranged when the graph is made.
 */
import { size, type Shape } from "../../../tensor/shape.js";
import { convert } from "../conversion.js";
import { edgeShape } from "../lowering.js";
import type { Lowering } from "../lowering.js";
import { kernelBack, kernelBlocks, kernelColumns, rows, type Layout } from "../layout.js";
import { multiply, reduce, reshape, slice } from "../operators.js";
import { lazyValue, storedValue, type Value } from "../value.js";
import { wholeBlocks } from "./convolution.js";
import { blockedConv } from "./operator.js";

const isBlockedKernel = ({ kind }: Layout): boolean =>
  kind.startsWith("kernel") ? kind !== "kernelPlanes" : kind === "depthwiseBlocks";

/**
 * `W = F * g` in whichever layout is asked for; `plain` makes it in those without blocks. With one tap the
 * gates are as many as the filters, and turning `W` for the adjoint is less work than turning `g` and
 * multiplying again.
 */
export const gateWeight = (c: Lowering, filters: Value, gates: Value, plain: Value): Value => {
  const isOneTap = size(filters.shape) === size(gates.shape);
  const weights: Value = lazyValue(filters.shape, null, (layout) =>
    isOneTap && layout.kind === "kernelBack"
      ? convert(c, weights.in(kernelBlocks), filters.shape, kernelBlocks, kernelBack)
      : isBlockedKernel(layout)
        ? multiply(c.g, filters.in(layout), gates.in({ kind: layout.kind }))
        : plain.in(layout),
  );
  return weights;
};

/** `dg = sum over t of F * dW`, where `dW` lies in blocks. */
export const gateGrad = (
  c: Lowering,
  filters: Value,
  gradient: Value,
  shape: Shape,
): Value | null => {
  const { g, b } = c;
  const home = gradient.home;
  if (home === null || !isBlockedKernel(home)) return null;
  const extents = filters.shape.slice(0, -2);
  const [inputs, outputs] = [shape[0]!, wholeBlocks(shape[1]!, b)];
  switch (home.kind) {
    case "kernelBlocks":
      return extents.every((n) => n === 1)
        ? storedValue(c, shape, home, multiply(g, filters.in(home), gradient.in(home)))
        : null;
    case "kernelColumns": {
      // A depthwise convolution over all pairs of channels, whose only output is the sum over the taps.
      const channels = inputs * outputs;
      const sums = blockedConv(
        g,
        reshape(g, gradient.in(kernelColumns), [1, channels, ...extents]),
        reshape(g, filters.in(kernelColumns), [channels, 1, ...extents]),
        {
          kernel: [extents[0]!, extents[1]!],
          strides: [1, 1],
          dilations: [1, 1],
          pads: [0, 0, 0, 0],
          groups: channels,
        },
      );
      return storedValue(
        c,
        shape,
        rows,
        slice(g, reshape(g, sums, [inputs, outputs]), [0, 0], shape),
      );
    }
    case "depthwiseBlocks": {
      const products = multiply(g, filters.in(home), gradient.in(home));
      return storedValue(
        c,
        shape,
        home,
        reshape(g, reduce(g, products, [2]), edgeShape(home, shape, b)),
      );
    }
    default:
      return null;
  }
};
