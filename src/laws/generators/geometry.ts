/** Geometries that fit given extents: kernel, stride, dilation and asymmetric padding at random. */
import type fc from "fast-check";
import { everyWindowReads, outputExtent, type Axis, type Geometry } from "../../tensor/geometry.js";
import type { Shape } from "../../tensor/shape.js";
import { tape, type Tape } from "./tape.js";

/** What a generated axis may be, at most. */
export interface AxisLimits {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  /** Whether each window must read at least one input, as pooling asks. */
  readonly everyWindowReads: boolean;
}

const defaults: AxisLimits = {
  kernel: 3,
  stride: 3,
  dilation: 2,
  padding: 2,
  everyWindowReads: false,
};

const drawAxis = (t: Tape, n: number, limits: AxisLimits): Axis => {
  const drawn: Axis = {
    kernel: t.between(1, limits.kernel),
    stride: t.between(1, limits.stride),
    dilation: t.between(1, limits.dilation),
    low: t.between(0, limits.padding),
    high: t.between(0, limits.padding),
  };
  return outputExtent(drawn, n) >= 1 && (!limits.everyWindowReads || everyWindowReads(drawn, n))
    ? drawn
    : { kernel: 1, stride: drawn.stride, dilation: 1, low: 0, high: 0 };
};

/** A geometry over these extents, from a tape. */
export const drawGeometry = (t: Tape, extents: Shape, limits: Partial<AxisLimits> = {}): Geometry =>
  extents.map((n) => drawAxis(t, n, { ...defaults, ...limits }));

/** An axis with a centre tap that keeps its extent: stride 1, `low = c * dilation`, `high` to match. */
export const drawCentredAxis = (t: Tape, limits: Partial<AxisLimits> = {}): Axis => {
  const { kernel: most, dilation: widest } = { ...defaults, ...limits };
  const kernel = t.between(1, most);
  const centre = t.below(kernel);
  const dilation = t.between(1, widest);
  return {
    kernel,
    stride: 1,
    dilation,
    low: centre * dilation,
    high: (kernel - 1 - centre) * dilation,
  };
};

/**
 * Extents and a geometry that fits them, on `rank` axes.
 *
 * @example
 * import fc from "fast-check"
 * import { outputExtents } from "heirloom"
 * import { geometries } from "heirloom/laws"
 *
 * fc.assert(
 *   fc.property(geometries(2), ({ extents, geometry }) => E.isRight(outputExtents(geometry, extents))),
 * )
 */
export const geometries = (
  rank: number,
  limits: Partial<AxisLimits> = {},
): fc.Arbitrary<{ readonly extents: Shape; readonly geometry: Geometry }> =>
  tape(12 * rank).map((t) => {
    const extents = Array.from({ length: rank }, () => t.between(1, 6));
    return { extents, geometry: drawGeometry(t, extents, limits) };
  });
