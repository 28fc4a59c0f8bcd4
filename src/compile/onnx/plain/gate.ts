/**
 * The gate of a kernel, `W[t, k, j] = F[t, k, j] * g[k, j]`, in whichever layout the kernel is wanted: where
 * `F` is a constant it is arranged when the graph is made, so a step only multiplies.
 */
import type { Edge } from "../graph.js";
import { convert } from "../conversion.js";
import { kernelPlanes, rows, type Layout } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { multiply, reduce, reshape } from "../operators.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { lazyValue, storedValue, type Value } from "../value.js";

/** The gates so that they are repeated along the taps of a kernel in this layout; null if it has none here. */
const gatesIn = (c: Lowering, gates: Value, layout: Layout, rank: number): Edge | null => {
  const [k, j] = [gates.shape[0]!, gates.shape[1]!];
  switch (layout.kind) {
    case "rows":
      return gates.in(rows);
    case "kernelPlanes":
      return reshape(c.g, gates.in(kernelPlanes), [
        j,
        k,
        ...Array.from({ length: rank - 2 }, () => 1),
      ]);
    case "kernelSwapped":
      return reshape(c.g, gates.in(rows), [k, j, 1]);
    default:
      return null;
  }
};

const gated = (c: Lowering, kernel: Value, gates: Value, layout: Layout): Edge => {
  const factor = gatesIn(c, gates, layout, kernel.shape.length);
  return factor === null
    ? convert(c, gated(c, kernel, gates, rows), kernel.shape, rows, layout)
    : multiply(c.g, kernel.in(layout), factor);
};

export const gateWeight: Rule<PrimitiveNamed<"gateWeight">> = (c, { args, shape }) => {
  const [kernel, gates] = [args[0]!, args[1]!];
  if (kernel.tensor !== null)
    return lazyValue(shape, null, (layout) => gated(c, kernel, gates, layout));
  const home = kernel.home?.kind === "kernelPlanes" ? kernelPlanes : rows;
  return storedValue(c, shape, home, gated(c, kernel, gates, home));
};

/** `dg[k, j] = sum_t F[t, k, j] * dW[t, k, j]`, in the layout in which `dW` is given. */
export const gateGrad: Rule<PrimitiveNamed<"gateGrad">> = (c, { args, shape }) => {
  const [kernel, dw] = [args[0]!, args[1]!];
  const rank = kernel.shape.length;
  const taps = Array.from({ length: rank - 2 }, (_, i) => i);
  if (dw.home?.kind !== "kernelPlanes") {
    const terms = multiply(c.g, kernel.in(rows), dw.in(rows));
    return storedValue(c, shape, rows, reduce(c.g, terms, taps));
  }
  const terms = multiply(c.g, kernel.in(kernelPlanes), dw.in(kernelPlanes));
  const total = reduce(
    c.g,
    terms,
    taps.map((axis) => axis + 2),
  );
  return storedValue(c, shape, kernelPlanes, total);
};
