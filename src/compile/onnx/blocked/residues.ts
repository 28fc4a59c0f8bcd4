/**
 * A blocked activation in parts: one for every pair of residues of the positions modulo the strides.
 * The adjoint of a strided convolution comes out so, and sums of such parts need not be put together before
 * the last one has been added.
 */
import type { Shape } from "../../../tensor/shape.js";
import type { Edge } from "../graph.js";
import { blocks } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { concat, expand, reshape, slice } from "../operators.js";
import { lazyValue, type Value } from "../value.js";
import { convert } from "../conversion.js";
import { wholeBlocks } from "./convolution.js";

/** The parts of a value; a part that is zero everywhere is `null`. */
export interface Residues {
  readonly strides: readonly [number, number];
  /** The extents of every part: the positions divided by the strides, rounded up. */
  readonly extents: readonly [number, number];
  /** One for each pair of residues, the second varying fastest. */
  readonly parts: readonly (Edge | null)[];
}

const interleave = (c: Lowering, shape: Shape, r: Residues): Edge => {
  const { g, b } = c;
  const [n, h, w, channels] = [shape[0]!, shape[1]!, shape[2]!, shape[3]!];
  const wide = wholeBlocks(channels, b);
  const [s, t] = r.strides;
  const [p, q] = r.extents;
  const images = (n * wide) / b;
  const zero = (): Edge => expand(g, g.number(0), [images * p, q, 1, b]);
  const lines = Array.from({ length: s }, (_, i) =>
    reshape(
      g,
      concat(
        g,
        Array.from({ length: t }, (__, j) => {
          const part = r.parts[i * t + j];
          return part ? reshape(g, part, [images * p, q, 1, b]) : zero();
        }),
        2,
      ),
      [images * p, 1, q * t * b],
    ),
  );
  const whole = reshape(g, concat(g, lines, 1), [images, p * s, q * t, b]);
  return reshape(g, slice(g, whole, [0, 0, 0, 0], [images, h, w, b]), [n, wide, h, w]);
};

const known = new WeakMap<Value, Residues>();

/** The parts of a value that lies in parts. */
export const residuesIn = (value: Value): Residues | null => known.get(value) ?? null;

/** A value in parts, put together when it is read. */
export const residueValue = (c: Lowering, shape: Shape, r: Residues): Value => {
  const whole = lazyValue(shape, blocks, () => interleave(c, shape, r));
  const value = lazyValue(shape, blocks, (layout) =>
    layout.kind === "blocks"
      ? whole.in(blocks)
      : convert(c, whole.in(blocks), shape, blocks, layout),
  );
  known.set(value, r);
  return value;
};
