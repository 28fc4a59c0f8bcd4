/** Which convolutions the blocked dialect computes: two spatial axes, and either one group or depthwise. */
import type { Geometry } from "../../tensor/geometry.js";
import type { Shape } from "../../tensor/shape.js";

/** The part of a convolution or of one of its adjoints that decides. */
interface Grouped {
  readonly geometry: Geometry;
  readonly groups: number;
}

/** One input and one output channel a group; `kernel` is the dialect's shape of the kernel. */
export const isDepthwise = ({ groups }: Grouped, kernel: Shape): boolean =>
  groups > 1 && kernel.at(-2) === 1 && kernel.at(-1) === groups;

/**
 * Whether a batch fills enough of the lanes that stand for its examples in the gradient of a kernel of
 * several taps; the others are computed for nothing.
 */
export const fillsLanes = (n: number, b: number): boolean => 2 * n >= b;

/** Whether the blocked dialect computes it. */
export const isBlockable = (p: Grouped, kernel: Shape): boolean =>
  p.geometry.length === 2 && (p.groups === 1 || isDepthwise(p, kernel));
