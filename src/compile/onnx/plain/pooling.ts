/**
 * Pooling and its adjoints, in planes. Padding never wins a maximum.
 *
 * The runtime's `MaxPool` also tells where each maximum was, the first of several in row-major order, as an
 * offset into its whole input: the adjoint adds the cotangents at these offsets. Its pools take padding of
 * less than the kernel; wider padding is put on first, and averages with holes or with wide padding that
 * does not count are depthwise convolutions with ones, divided by the windows' counts.
 */
import type { Geometry } from "../../../tensor/geometry.js";
import { size, type Shape } from "../../../tensor/shape.js";
import { windowCounts } from "../../windowCounts.js";
import type { Attribute, Edge } from "../graph.js";
import type { GraphBuilder } from "../graphBuilder.js";
import { planes } from "../layout.js";
import { edgeShape, type Lowering } from "../lowering.js";
import { expand, multiply, pad, reshape, slice } from "../operators.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { maxPoolGradient } from "../blocked/maxPoolGradient.js";
import { isPoolable } from "../blocked/pooling.js";
import { storedValue } from "../value.js";
import { correlate, correlationOf, marginOf, type Margin } from "./correlation.js";
import { inputGradient } from "./inputGradient.js";

type Divisor = "valid" | "window";

const marginsOf = (geometry: Geometry, extents: Shape): readonly Margin[] =>
  geometry.map((a, i) => marginOf(a, extents[i]!));

/** Whether a pool of the runtime takes this padding itself. */
const isNarrow = (geometry: Geometry, margins: readonly Margin[]): boolean =>
  geometry.every((a, i) => margins[i]!.every((n) => n < a.kernel));

const poolAttributes = (
  geometry: Geometry,
  margins: readonly Margin[],
): Readonly<Record<string, Attribute>> => ({
  kernel_shape: { ints: geometry.map((a) => a.kernel) },
  strides: { ints: geometry.map((a) => a.stride) },
  pads: { ints: [...margins.map(([low]) => low), ...margins.map(([, high]) => high)] },
});

/** An input that its windows do not leave by more than a pool allows, and the padding that is left to do. */
interface Prepared {
  readonly input: Edge;
  readonly margins: readonly Margin[];
  /** What has been put before each axis. */
  readonly begin: Shape;
}

const prepare = (g: GraphBuilder, x: Edge, geometry: Geometry, value: number): Prepared => {
  const margins = marginsOf(geometry, x.shape.slice(2));
  if (isNarrow(geometry, margins)) return { input: x, margins, begin: x.shape.map(() => 0) };
  const padding: readonly Margin[] = [[0, 0], [0, 0], ...margins];
  return {
    input: pad(g, x, padding, value),
    margins: margins.map(() => [0, 0] as const),
    begin: padding.map(([low]) => low),
  };
};

const maxAttributes = (
  geometry: Geometry,
  margins: readonly Margin[],
): Readonly<Record<string, Attribute>> => ({
  ...poolAttributes(geometry, margins),
  dilations: { ints: geometry.map((a) => a.dilation) },
});

/** The largest value of each window. */
export const maxPool: Rule<PrimitiveNamed<"maxPool">> = (c, { primitive, args, shape }) => {
  const x = args[0]!.in(planes);
  const { geometry } = primitive;
  if (geometry.length === 0) return storedValue(c, shape, planes, x);
  const { input, margins } = prepare(c.g, x, geometry, -Infinity);
  const attributes = maxAttributes(geometry, margins);
  const y = c.g.node("MaxPool", [input], edgeShape(planes, shape, c.b), { attributes });
  return storedValue(c, shape, planes, y);
};

/** The adjoint of `maxPool`; the first largest tap in row-major order takes all. */
export const maxPoolGrad: Rule<PrimitiveNamed<"maxPoolGrad">> = (c, { primitive, args, shape }) => {
  const x = args[0]!.in(planes);
  const dy = args[2]!.in(planes);
  const { geometry } = primitive;
  if (geometry.length === 0) return storedValue(c, shape, planes, dy);
  // In blocks of one channel, which are planes: not every provider tells where a maximum lies.
  if (c.b === 1 && isPoolable(geometry))
    return maxPoolGradient(c, args[0]!, args[1]!, args[2]!, geometry);
  const { g } = c;
  const { input, margins, begin } = prepare(g, x, geometry, -Infinity);
  const [, places] = g.nodes(
    "MaxPool",
    [input],
    [{ shape: dy.shape }, { shape: dy.shape, type: "int64" }],
    { attributes: maxAttributes(geometry, margins) },
  );
  const length = [size(input.shape)];
  const flat = [size(dy.shape)];
  const zeros = expand(g, g.number(0), length);
  const dx = g.node(
    "ScatterElements",
    [zeros, reshape(g, places!, flat), reshape(g, dy, flat)],
    length,
    { attributes: { axis: { int: 0 }, reduction: { string: "add" } } },
  );
  return storedValue(c, shape, planes, slice(g, reshape(g, dx, input.shape), begin, x.shape));
};

/** `1 / count` of each window, `[1, 1, ...outputs]`; one number where they agree. */
const weights = (c: Lowering, geometry: Geometry, extents: Shape, divisor: Divisor): Edge => {
  const counts = geometry.map((a, i) => windowCounts(a, extents[i]!, divisor));
  const all = counts.reduce<readonly number[]>(
    (products, list) => products.flatMap((p) => list.map((n) => p * n)),
    [1],
  );
  return all.every((n) => n === all[0])
    ? c.g.number(1 / all[0]!)
    : c.constant(
        Float32Array.from(all, (n) => 1 / n),
        [1, 1, ...counts.map((list) => list.length)],
        true,
      );
};

/** A depthwise kernel of ones. */
const ones = (g: GraphBuilder, channels: number, geometry: Geometry): Edge => {
  const shape = [channels, 1, ...geometry.map((a) => a.kernel)];
  const one = reshape(
    g,
    g.number(1),
    shape.map(() => 1),
  );
  return expand(g, one, shape);
};

const isWhole = (geometry: Geometry, extents: Shape): boolean =>
  geometry.every((a, i) => a.kernel === extents[i] && a.dilation === 1 && a.low + a.high === 0);

/** The mean of each window. */
export const averagePool: Rule<PrimitiveNamed<"averagePool">> = (c, { primitive, args, shape }) => {
  const x = args[0]!.in(planes);
  const { geometry, divisor } = primitive;
  const { g } = c;
  const extents = x.shape.slice(2);
  const stored = edgeShape(planes, shape, c.b);
  if (geometry.length === 0) return storedValue(c, shape, planes, x);
  if (isWhole(geometry, extents))
    return storedValue(c, shape, planes, g.node("GlobalAveragePool", [x], stored));
  const margins = marginsOf(geometry, extents);
  if (isNarrow(geometry, margins) && geometry.every((a) => a.dilation === 1)) {
    const attributes = {
      ...poolAttributes(geometry, margins),
      count_include_pad: { int: divisor === "window" ? 1 : 0 },
    };
    return storedValue(c, shape, planes, g.node("AveragePool", [x], stored, { attributes }));
  }
  const channels = x.shape[1]!;
  const kernel = ones(g, channels, geometry);
  const sums = correlate(g, x, kernel, correlationOf(geometry, extents, channels));
  return storedValue(c, shape, planes, multiply(g, sums, weights(c, geometry, extents, divisor)));
};

/** Whether every window begins where the last one ended, and none reads padding. */
const isTiling = (geometry: Geometry): boolean =>
  geometry.every((a) => a.stride === a.kernel && a.dilation === 1 && a.low === 0);

/** Repeat each element over its window, and put zeros where there is none. */
const tiled = (g: GraphBuilder, dy: Edge, geometry: Geometry, extents: Shape): Edge => {
  const [n, channels, ...outputs] = dy.shape as [number, number, ...number[]];
  const split = reshape(g, dy, [n, channels, ...outputs.flatMap((o) => [o, 1])]);
  const windows = outputs.flatMap((o, i) => [o, geometry[i]!.kernel]);
  const covered = outputs.map((o, i) => o * geometry[i]!.kernel);
  const whole = reshape(g, expand(g, split, [n, channels, ...windows]), [n, channels, ...covered]);
  const rest = extents.map((extent, i) => [0, extent - covered[i]!] as const);
  return pad(g, whole, [[0, 0], [0, 0], ...rest]);
};

/** The adjoint of `averagePool` over an input of `extents`. */
export const averagePoolGrad: Rule<PrimitiveNamed<"averagePoolGrad">> = (
  c,
  { primitive, args, shape },
) => {
  const dy = args[0]!.in(planes);
  const { geometry, divisor, extents } = primitive;
  if (geometry.length === 0) return storedValue(c, shape, planes, dy);
  const { g } = c;
  const share = multiply(g, dy, weights(c, geometry, extents, divisor));
  const inside = marginsOf(geometry, extents)
    .flat()
    .every((n) => n === 0);
  if (inside && (isTiling(geometry) || isWhole(geometry, extents)))
    return storedValue(c, shape, planes, tiled(g, share, geometry, extents));
  const channels = dy.shape[1]!;
  const kernel = ones(g, channels, geometry);
  const dx = inputGradient(g, share, kernel, geometry, channels, extents);
  return storedValue(c, shape, planes, dx);
};
