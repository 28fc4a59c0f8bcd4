/** Maps and sums along the channels, in rows (the last axis) or in planes (the second). */
import type { Edge } from "../graph.js";
import { rows, type Layout } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { add, multiply, reduce, reshape } from "../operators.js";
import type { Application, PrimitiveNamed, Rule } from "../rule.js";
import { storedValue, type Value } from "../value.js";
import { openLayout } from "./arrangement.js";

/** A vector with one number per channel, so that it is repeated along a map of this rank. */
const perChannel = (c: Lowering, layout: Layout, v: Value, rank: number): Edge => {
  const edge = v.in(rows);
  return layout.kind === "planes"
    ? reshape(c.g, edge, [...edge.shape, ...Array.from({ length: rank - 2 }, () => 1)])
    : edge;
};

const channelMap = (
  c: Lowering,
  a: Application,
  f: (x: Edge, vectors: readonly Edge[]) => Edge,
): Value => {
  const layout = openLayout(a);
  const [x, ...vectors] = a.args;
  const rank = a.shape.length;
  return storedValue(
    c,
    a.shape,
    layout,
    f(
      x!.in(layout),
      vectors.map((v) => perChannel(c, layout, v, rank)),
    ),
  );
};

export const channelAffine: Rule<PrimitiveNamed<"channelAffine">> = (c, a) =>
  channelMap(c, a, (x, [scale, shift]) => add(c.g, multiply(c.g, x, scale!), shift!));

export const channelScale: Rule<PrimitiveNamed<"channelScale">> = (c, a) =>
  channelMap(c, a, (x, [scale]) => multiply(c.g, x, scale!));

export const channelShift: Rule<PrimitiveNamed<"channelShift">> = (c, a) =>
  channelMap(c, a, (x, [shift]) => add(c.g, x, shift!));

/** The sum over all axes but the channels; planes where any argument lies in them. */
const channelTotal = (c: Lowering, a: Application, f: (edges: readonly Edge[]) => Edge): Value => {
  const rank = a.args[0]!.shape.length;
  const found = a.args.find(({ home }) => home?.kind === "planes")?.home;
  const layout = rank < 2 || found === undefined || found === null ? rows : found;
  const kept = layout.kind === "planes" ? 1 : rank - 1;
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== kept);
  const terms = f(a.args.map((arg) => arg.in(layout)));
  return storedValue(c, a.shape, rows, reduce(c.g, terms, axes));
};

export const channelSum: Rule<PrimitiveNamed<"channelSum">> = (c, a) =>
  channelTotal(c, a, ([x]) => x!);

export const channelDot: Rule<PrimitiveNamed<"channelDot">> = (c, a) =>
  channelTotal(c, a, ([x, y]) => multiply(c.g, x!, y!));
