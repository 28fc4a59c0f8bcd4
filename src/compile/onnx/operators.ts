/** One function per ONNX operator, with its shape rule. Standard opset 18 unless said otherwise. */
import { size, type Shape } from "../../tensor/shape.js";
import type { Edge } from "./graph.js";
import type { GraphBuilder } from "./graphBuilder.js";

const same = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, axis) => n === b[axis]);

/** The shape of an element-wise operator whose arguments are repeated along axes of extent one. */
const broadcastShape = (a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) =>
    Math.max(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1),
  );
};

/** The same elements under another shape; nothing where it is the same. */
export const reshape = (g: GraphBuilder, x: Edge, shape: Shape): Edge => {
  const from = [x, g.origin(x)].find((known) => same(known.shape, shape));
  if (from !== undefined) return from;
  if (size(x.shape) !== size(shape))
    throw new Error(`${x.shape.join("x")} cannot become ${shape.join("x")}`);
  return g.node("Reshape", [g.origin(x), g.indices(shape)], shape, { type: x.type });
};

const isIdentity = (perm: readonly number[]): boolean => perm.every((axis, i) => axis === i);

/** Neighbouring axes that stay neighbours, as one; axes of extent one left out. */
const mergedAxes = (shape: Shape, perm: readonly number[]): readonly (readonly number[])[] =>
  perm
    .filter((axis) => shape[axis] !== 1)
    .reduce<readonly (readonly number[])[]>((runs, axis) => {
      const run = runs.at(-1);
      const follows =
        run !== undefined &&
        shape.slice(run.at(-1)! + 1, axis).every((n) => n === 1) &&
        axis > run.at(-1)!;
      return follows ? [...runs.slice(0, -1), [...run, axis]] : [...runs, [axis]];
    }, []);

/**
 * Axis `i` of the result is axis `perm[i]` of `x`. The runtime is fast where one axis moves, so the axes
 * that move together are made one first; where none moves it is a reshape.
 */
export const transpose = (g: GraphBuilder, x: Edge, perm: readonly number[]): Edge => {
  const shape = perm.map((axis) => x.shape[axis]!);
  const runs = mergedAxes(x.shape, perm);
  if (runs.length < 2) return reshape(g, x, shape);
  const extent = (run: readonly number[]): number => size(run.map((axis) => x.shape[axis]!));
  const inOrder = [...runs].sort((a, b) => a[0]! - b[0]!);
  const merged = reshape(g, x, inOrder.map(extent));
  const moved = g.node("Transpose", [merged], runs.map(extent), {
    type: x.type,
    attributes: { perm: { ints: runs.map((run) => inOrder.indexOf(run)) } },
  });
  return reshape(g, moved, shape);
};

/** The block that starts at `begin`, of `shape`, along all axes; every `steps`-th element where given. */
export const slice = (
  g: GraphBuilder,
  x: Edge,
  begin: readonly number[],
  shape: Shape,
  steps: readonly number[] = begin.map(() => 1),
): Edge => {
  const axes = x.shape.flatMap((n, axis) =>
    begin[axis] === 0 && shape[axis] === n && steps[axis] === 1 ? [] : [axis],
  );
  if (axes.length === 0) return x;
  const ends = axes.map((axis) => begin[axis]! + (shape[axis]! - 1) * steps[axis]! + 1);
  return g.node(
    "Slice",
    [
      x,
      g.indices(axes.map((axis) => begin[axis]!)),
      g.indices(ends),
      g.indices(axes),
      g.indices(axes.map((axis) => steps[axis]!)),
    ],
    shape,
    { type: x.type },
  );
};

/** Put `value` before and after each axis. */
export const pad = (
  g: GraphBuilder,
  x: Edge,
  padding: readonly (readonly [low: number, high: number])[],
  value = 0,
): Edge =>
  padding.flat().every((n) => n === 0)
    ? x
    : g.node(
        "Pad",
        [
          x,
          g.indices([...padding.map(([low]) => low), ...padding.map(([, high]) => high)]),
          g.number(value),
        ],
        x.shape.map((n, axis) => n + padding[axis]![0] + padding[axis]![1]),
      );

/** One after another along an axis. */
export const concat = (g: GraphBuilder, parts: readonly Edge[], axis: number): Edge => {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error("nothing to concatenate");
  if (rest.length === 0) return first;
  const extent = parts.reduce((n, part) => n + part.shape[axis]!, 0);
  return g.node(
    "Concat",
    parts,
    first.shape.map((n, i) => (i === axis ? extent : n)),
    { type: first.type, attributes: { axis: { int: axis } } },
  );
};

/** The slices of `x` along `axis` at the given positions. */
export const gather = (
  g: GraphBuilder,
  x: Edge,
  positions: readonly number[],
  axis: number,
): Edge =>
  positions.length === x.shape[axis] && isIdentity(positions)
    ? x
    : g.node(
        "Gather",
        [x, g.indices(positions)],
        x.shape.map((n, i) => (i === axis ? positions.length : n)),
        { type: x.type, attributes: { axis: { int: axis } } },
      );

/** Repeat along axes of extent one. */
export const expand = (g: GraphBuilder, x: Edge, shape: Shape): Edge =>
  same(x.shape, shape) ? x : g.node("Expand", [x, g.indices(shape)], shape, { type: x.type });

const binary =
  (op: string) =>
  (g: GraphBuilder, x: Edge, y: Edge): Edge =>
    g.node(op, [x, y], broadcastShape(x.shape, y.shape));

export const add = binary("Add");
export const subtract = binary("Sub");
export const multiply = binary("Mul");
export const divide = binary("Div");
export const minimum = binary("Min");
export const maximum = binary("Max");

const comparison =
  (op: string) =>
  (g: GraphBuilder, x: Edge, y: Edge): Edge =>
    g.node(op, [x, y], broadcastShape(x.shape, y.shape), { type: "bool" });

export const greater = comparison("Greater");
export const less = comparison("Less");
export const equal = comparison("Equal");
export const notGreater = comparison("LessOrEqual");
/** On booleans. */
export const and = comparison("And");
/** On booleans. */
export const or = comparison("Or");

/** On booleans. */
export const not = (g: GraphBuilder, x: Edge): Edge =>
  g.node("Not", [x], x.shape, { type: "bool" });

/** `x` where the condition holds, `y` elsewhere. */
export const where = (g: GraphBuilder, condition: Edge, x: Edge, y: Edge): Edge =>
  g.node(
    "Where",
    [condition, x, y],
    broadcastShape(condition.shape, broadcastShape(x.shape, y.shape)),
    { type: x.type },
  );

/** An element-wise operator of one float32 argument, such as `Relu` or `Exp`. */
export const unary = (g: GraphBuilder, op: string, x: Edge): Edge => g.node(op, [x], x.shape);

/** The sum (or another reduction) over axes, which disappear. */
export const reduce = (
  g: GraphBuilder,
  x: Edge,
  axes: readonly number[],
  op: "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceSumSquare" = "ReduceSum",
): Edge => {
  if (axes.length === 0 && op !== "ReduceSumSquare") return x;
  const shape = x.shape.filter((_, axis) => !axes.includes(axis));
  return g.node(op, [x, g.indices(axes)], shape, { attributes: { keepdims: { int: 0 } } });
};

/** The product of matrices, batched over leading axes of equal extents. */
export const matmul = (g: GraphBuilder, a: Edge, b: Edge): Edge =>
  g.node("MatMul", [a, b], [...a.shape.slice(0, -1), b.shape.at(-1)!]);

/** The product of two matrices, either one transposed first. */
export const gemm = (g: GraphBuilder, a: Edge, b: Edge, transA: boolean, transB: boolean): Edge =>
  g.node("Gemm", [a, b], [a.shape[transA ? 1 : 0]!, b.shape[transB ? 0 : 1]!], {
    attributes: { transA: { int: transA ? 1 : 0 }, transB: { int: transB ? 1 : 0 } },
  });
