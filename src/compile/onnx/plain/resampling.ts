/**
 * Enlarging the spatial axes, in planes.
 *
 * Nearest repeats, and its adjoint sums over the repetitions. Bilinear multiplies each axis by its matrix of
 * blends (semantics/resampling.ts), whose transpose is the adjoint: the runtime's `Resize` computes the
 * weights from rounded coordinates, so its error grows with the map, and it has no adjoint.
 */
import { bilinearBlends } from "../../../semantics/resampling.js";
import { size, type Shape } from "../../../tensor/shape.js";
import type { Edge } from "../graph.js";
import type { GraphBuilder } from "../graphBuilder.js";
import { planes } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { expand, reduce, reshape } from "../operators.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { storedValue } from "../value.js";

/** The matrix `[outputs, n]` of an axis enlarged by `factor`, or its transpose. */
const blendMatrix = (n: number, factor: number, transposed: boolean): Float32Array => {
  const outputs = n * factor;
  const matrix = new Float64Array(outputs * n);
  for (const [o, { lower, upper, numerator }] of bilinearBlends(n, factor).entries()) {
    const upperWeight = numerator / (2 * factor);
    const at = (i: number): number => (transposed ? i * outputs + o : o * n + i);
    matrix[at(lower)]! += 1 - upperWeight;
    matrix[at(upper)]! += upperWeight;
  }
  return Float32Array.from(matrix);
};

/** Multiply the axis by a matrix, on the view `[outer, extent, inner]`. */
const alongAxis = (
  c: Lowering,
  x: Edge,
  axis: number,
  [rows, columns]: readonly [number, number],
  matrix: (transposed: boolean) => Float32Array,
): Edge => {
  const { g } = c;
  const outer = size(x.shape.slice(0, axis));
  const inner = size(x.shape.slice(axis + 1));
  const shape = x.shape.map((n, i) => (i === axis ? rows : n));
  const product =
    inner === 1
      ? g.node(
          "MatMul",
          [reshape(g, x, [outer, columns]), c.constant(matrix(true), [columns, rows], true)],
          [outer, rows],
        )
      : g.node(
          "MatMul",
          [
            c.constant(matrix(false), [rows, columns], true),
            reshape(g, x, [outer, columns, inner]),
          ],
          [outer, rows, inner],
        );
  return reshape(g, product, shape);
};

/** The factors that enlarge, with the axis of planes of each. */
const enlarged = (factors: Shape): readonly (readonly [axis: number, factor: number])[] =>
  factors.flatMap((factor, i) => (factor === 1 ? [] : [[i + 2, factor] as const]));

const repeat = (g: GraphBuilder, x: Edge, factors: Shape): Edge => {
  const [n, channels, ...extents] = x.shape as [number, number, ...number[]];
  const split = reshape(g, x, [n, channels, ...extents.flatMap((extent) => [extent, 1])]);
  const wide = expand(g, split, [
    n,
    channels,
    ...extents.flatMap((extent, i) => [extent, factors[i]!]),
  ]);
  return reshape(g, wide, [n, channels, ...extents.map((extent, i) => extent * factors[i]!)]);
};

/** Enlarge the spatial axes. */
export const upsample: Rule<PrimitiveNamed<"upsample">> = (c, { primitive, args, shape }) => {
  const x = args[0]!.in(planes);
  const { factors, interpolation } = primitive;
  const y =
    interpolation === "nearest"
      ? repeat(c.g, x, factors)
      : enlarged(factors).reduce((edge, [axis, factor]) => {
          const n = edge.shape[axis]!;
          return alongAxis(c, edge, axis, [n * factor, n], (t) => blendMatrix(n, factor, t));
        }, x);
  return storedValue(c, shape, planes, y);
};

/** The adjoint of `upsample`. */
export const upsampleGrad: Rule<PrimitiveNamed<"upsampleGrad">> = (
  c,
  { primitive, args, shape },
) => {
  const dy = args[0]!.in(planes);
  const { factors, interpolation } = primitive;
  const [n, channels, ...extents] = dy.shape as [number, number, ...number[]];
  const split = (): Edge =>
    reduce(
      c.g,
      reshape(c.g, dy, [
        n,
        channels,
        ...extents.flatMap((extent, i) => [extent / factors[i]!, factors[i]!]),
      ]),
      factors.map((_, i) => 3 + 2 * i),
    );
  const dx =
    interpolation === "nearest"
      ? split()
      : enlarged(factors).reduce((edge, [axis, factor]) => {
          const m = edge.shape[axis]! / factor;
          return alongAxis(c, edge, axis, [m, m * factor], (t) => blendMatrix(m, factor, !t));
        }, dy);
  return storedValue(c, shape, planes, dx);
};
