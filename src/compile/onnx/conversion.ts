/**
 * From one layout to another inside a graph.
 *
 * Both layouts are permutations of the digits of the same three axes, so a conversion is one transposition
 * of the digits that both split into: an axis that either splits is split for both. Where an axis is padded
 * in one of them, the way leads over the dialect's order, where padding is cut off or added. Activations go
 * in and out of blocks by the runtime's own reordering operators, which run on several threads.
 */
import type { Shape } from "../../tensor/shape.js";
import type { Edge } from "./graph.js";
import {
  digitsOf,
  isPadded,
  layoutKey,
  planes,
  rows,
  threeAxes,
  type Digit,
  type Layout,
} from "./layout.js";
import { columnsToRows, exchangeRows, intoBlocks, outOfBlocks, rowsToColumns } from "./reorder.js";
import { gather, pad, reshape, slice, transpose } from "./operators.js";
import { edgeShape, type Lowering } from "./lowering.js";

const sameDigit = (a: Digit, b: Digit): boolean => a.axis === b.axis && a.part === b.part;

const splitAxes = (layout: Layout): ReadonlySet<number> =>
  new Set(digitsOf(layout).flatMap(({ axis, part }) => (part === "inner" ? [axis] : [])));

/** The layout's digits with these axes split too. */
const refined = (layout: Layout, split: ReadonlySet<number>): readonly Digit[] =>
  digitsOf(layout).flatMap((digit): readonly Digit[] =>
    digit.part === "whole" && split.has(digit.axis)
      ? [
          { axis: digit.axis, part: "outer" },
          { axis: digit.axis, part: "inner" },
        ]
      : [digit],
  );

/** One transposition; neither layout pads. */
const permute = (c: Lowering, x: Edge, shape: Shape, from: Layout, to: Layout): Edge => {
  const axes = threeAxes(to.kind === "rows" ? from : to, shape);
  const split = new Set([...splitAxes(from), ...splitAxes(to)]);
  const source = refined(from, split);
  const target = refined(to, split);
  const extents = source.map(({ axis, part }) =>
    part === "whole" ? axes[axis]! : part === "outer" ? axes[axis]! / c.b : c.b,
  );
  const perm = target.map((digit) => source.findIndex((s) => sameDigit(s, digit)));
  const moved = transpose(c.g, reshape(c.g, x, extents), perm);
  return reshape(c.g, moved, edgeShape(to, shape, c.b));
};

/** The dialect's shape with the axes that a layout splits padded to whole blocks. */
const paddedShape = (layout: Layout, shape: Shape, b: number): Shape => {
  const split = splitAxes(layout);
  const rank = shape.length;
  return shape.map((n, i) => {
    const axis = i === rank - 1 ? 2 : i === rank - 2 && layout.kind !== "blocks" ? 1 : 0;
    return axis > 0 && split.has(axis) ? Math.ceil(n / b) * b : n;
  });
};

/** Reordering operators of the blocked dialect take whole quadruples of channels. */
const quadruple = 4;

const reordered = (c: Lowering, x: Edge, shape: Shape, from: Layout, to: Layout): Edge | null => {
  if (shape.length !== 4) return null;
  const channels = shape[3]!;
  const isOpen = (layout: Layout): boolean => layout.kind === "rows" || layout.kind === "planes";
  if (to.kind === "blocks" && isOpen(from)) {
    const more = (quadruple - (channels % quadruple)) % quadruple;
    const axis = from.kind === "rows" ? 3 : 1;
    const whole = pad(
      c.g,
      x,
      x.shape.map((_, i) => [0, i === axis ? more : 0] as const),
    );
    return intoBlocks(c.g, whole, edgeShape(to, shape, c.b), from.kind === "rows");
  }
  return from.kind === "blocks" && isOpen(to)
    ? outOfBlocks(c.g, x, edgeShape(to, shape, c.b), channels, to.kind === "rows")
    : null;
};

/**
 * Kernels, all of whose layouts in blocks differ by transpositions of `b` rows or columns: with the kernel as
 * one image or several, the runtime's reordering operators do them.
 */
const turned = (c: Lowering, x: Edge, shape: Shape, from: Layout, to: Layout): Edge | null => {
  const { g, b } = c;
  if (b === 1) return null;
  const moved = (y: Edge, outer: number, inner: number, rest: number): Edge =>
    reshape(
      g,
      transpose(g, reshape(g, y, [outer, inner, rest]), [1, 0, 2]),
      edgeShape(to, shape, b),
    );
  const isPair = (first: Layout["kind"], second: Layout["kind"]): boolean =>
    from.kind === first && to.kind === second;
  if (isPair("kernelBlocks", "kernelBack") || isPair("kernelBack", "kernelBlocks")) {
    const [outer, inner, taps] = [x.shape[0]!, x.shape[1]!, x.shape[2]!];
    return moved(columnsToRows(g, x, outer * inner * taps, b, b), outer, inner, taps * b * b);
  }
  const inputs = shape.at(-2)!;
  if (from.kind !== "kernelColumns" || inputs % b !== 0) return null;
  const [outer, taps] = [x.shape[1]!, x.shape[2]!];
  if (to.kind === "kernelBlocks")
    return moved(
      exchangeRows(g, x, inputs / b, b, outer * taps, b),
      inputs / b,
      outer,
      taps * b * b,
    );
  return to.kind === "kernelBack"
    ? reshape(g, rowsToColumns(g, x, inputs / b, outer * taps * b, b), edgeShape(to, shape, b))
    : null;
};

/** The same value in another layout. */
export const convert = (c: Lowering, x: Edge, shape: Shape, from: Layout, to: Layout): Edge => {
  if (layoutKey(from) === layoutKey(to)) return x;
  // Blocks of one channel are planes.
  if (c.b === 1 && (from.kind === "blocks" || to.kind === "blocks")) {
    const open = (layout: Layout): Layout => (layout.kind === "blocks" ? planes : layout);
    return convert(c, x, shape, open(from), open(to));
  }
  if (to.taps !== undefined) {
    const all: Layout = { kind: to.kind };
    const axis = digitsOf(to).findIndex((digit) => digit.axis === 0);
    return gather(c.g, convert(c, x, shape, from, all), to.taps, axis);
  }
  const special = reordered(c, x, shape, from, to) ?? turned(c, x, shape, from, to);
  if (special !== null) return special;
  if (!isPadded(from, shape, c.b) && !isPadded(to, shape, c.b))
    return permute(c, x, shape, from, to);
  if (to.kind !== "rows" && from.kind !== "rows")
    return convert(c, convert(c, x, shape, from, rows), shape, rows, to);
  const layout = to.kind === "rows" ? from : to;
  const wide = paddedShape(layout, shape, c.b);
  if (to.kind === "rows")
    return slice(
      c.g,
      permute(c, x, wide, from, to),
      shape.map(() => 0),
      shape,
    );
  const filled = pad(
    c.g,
    x,
    shape.map((n, axis) => [0, wide[axis]! - n] as const),
  );
  return permute(c, filled, wide, from, to);
};
