/** The window of a convolution or a pool, as a researcher writes it, resolved against an input. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Result } from "../../algebra/refusal.js";
import { resolveGeometry, type Geometry, type Padding } from "../../tensor/geometry.js";
import { spatialOf, type Shape } from "../../tensor/shape.js";
import { paddingOf, perAxis, spatialRank } from "./checks.js";
import type { PerAxis } from "./shapeTypes.js";

/** A window before its axes and its padding are worked out. */
export interface Window {
  readonly kernel: PerAxis;
  readonly strides: PerAxis;
  readonly dilation: PerAxis;
  readonly padding: Padding;
}

/** The geometry of a window over an input; `extentsName` is what the caller calls the window's extents. */
export const geometryOver = (
  shape: Shape,
  window: Window,
  extentsName: "kernel" | "size",
): Result<Geometry> =>
  pipe(
    E.Do,
    E.bind("rank", () => spatialRank(shape)),
    E.bind("kernel", ({ rank }) => perAxis(extentsName, window.kernel, rank)),
    E.bind("strides", ({ rank }) => perAxis("strides", window.strides, rank)),
    E.bind("dilation", ({ rank }) => perAxis("dilation", window.dilation, rank)),
    E.bind("padding", ({ rank }) => paddingOf(window.padding, rank)),
    E.map(({ kernel, strides, dilation, padding }) =>
      resolveGeometry(kernel, strides, dilation, padding, spatialOf(shape)),
    ),
  );
