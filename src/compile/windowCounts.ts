/** By what an average over a window divides, axis by axis: counts multiply over the axes. */
import { outputExtent, type Axis } from "../tensor/geometry.js";

/** How many taps of each output count: those inside an input of `extent` (`valid`), or all (`window`). */
export const windowCounts = (
  a: Axis,
  extent: number,
  divisor: "valid" | "window",
): readonly number[] =>
  Array.from({ length: outputExtent(a, extent) }, (_, o) =>
    divisor === "window"
      ? a.kernel
      : Array.from({ length: a.kernel }, (_, t) => o * a.stride + t * a.dilation - a.low).filter(
          (p) => p >= 0 && p < extent,
        ).length,
  );
