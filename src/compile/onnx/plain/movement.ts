/** Products of matrices, sums over axes, and what only moves elements. */
import type { Shape } from "../../../tensor/shape.js";
import { planes, rows, type Layout } from "../layout.js";
import { edgeShape } from "../lowering.js";
import { concat, expand, gemm, pad, reduce, reshape, slice } from "../operators.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { storedValue } from "../value.js";
import { inOrderOf, openLayout, planesOrder } from "./arrangement.js";

export const matmul: Rule<PrimitiveNamed<"matmul">> = (c, { primitive, args, shape }) =>
  storedValue(
    c,
    shape,
    rows,
    gemm(c.g, args[0]!.in(rows), args[1]!.in(rows), primitive.transposeA, primitive.transposeB),
  );

/** The axes that planes without `axes` keep, as the dialect counts them, are in the dialect's order. */
const keepsOrder = (rank: number, axes: readonly number[]): boolean => {
  const kept = planesOrder(rank).filter((axis) => !axes.includes(axis));
  return kept.every((axis, i) => i === 0 || axis > kept[i - 1]!);
};

const canWorkInPlanes = (layout: Layout | null, shape: Shape, axes: readonly number[]): boolean =>
  layout?.kind === "planes" && shape.length > 2 && keepsOrder(shape.length, axes);

export const sum: Rule<PrimitiveNamed<"sum">> = (c, { primitive: { axes }, args, shape }) => {
  const x = args[0]!;
  if (!canWorkInPlanes(x.home, x.shape, axes))
    return storedValue(c, shape, rows, reduce(c.g, x.in(rows), axes));
  const positions = planesOrder(x.shape.length).flatMap((axis, at) =>
    axes.includes(axis) ? [at] : [],
  );
  return storedValue(c, shape, rows, reduce(c.g, x.in(planes), positions));
};

export const broadcast: Rule<PrimitiveNamed<"broadcast">> = (
  c,
  { primitive: { axes }, args, shape, wish },
) => {
  const layout = canWorkInPlanes(wish, shape, axes) ? planes : rows;
  const thin = inOrderOf(
    layout,
    shape.map((n, axis) => (axes.includes(axis) ? 1 : n)),
  );
  const x = reshape(c.g, args[0]!.in(rows), thin);
  return storedValue(c, shape, layout, expand(c.g, x, edgeShape(layout, shape, c.b)));
};

export const reshaped: Rule<PrimitiveNamed<"reshape">> = (c, { args, shape }) =>
  storedValue(c, shape, rows, reshape(c.g, args[0]!.in(rows), shape));

export const padded: Rule<PrimitiveNamed<"pad">> = (c, a) => {
  const layout = openLayout(a);
  const padding = inOrderOf(layout, a.primitive.padding);
  return storedValue(c, a.shape, layout, pad(c.g, a.args[0]!.in(layout), padding));
};

export const sliced: Rule<PrimitiveNamed<"slice">> = (c, a) => {
  const layout = openLayout(a);
  const begin = inOrderOf(layout, a.primitive.begin);
  const edge = slice(c.g, a.args[0]!.in(layout), begin, inOrderOf(layout, a.shape));
  return storedValue(c, a.shape, layout, edge);
};

export const concatenated: Rule<PrimitiveNamed<"concat">> = (c, a) => {
  const layout = openLayout(a);
  const axis = layout.kind === "planes" ? 1 : a.shape.length - 1;
  const parts = a.args.map((arg) => arg.in(layout));
  return storedValue(c, a.shape, layout, concat(c.g, parts, axis));
};
