/**
 * Activations and their adjoints. Comparisons choose the pieces, so a kink gets its left derivative.
 *
 * Whether relu, or a leaky relu that rises below zero too, passed its argument on shows in the sign of its
 * value, so their adjoints leave `x` alone. GELU's tanh formula is `x * sigmoid(2u)` with
 * `u = sqrt(2 / pi) (x + 0.044715 x^3)`, because `(1 + tanh u) / 2 = sigmoid(2u)`.
 */
import type { ActivationFunction } from "../../../model/activation.js";
import { geluConstants, type PointwiseActivation } from "../../../semantics/activation.js";
import type { Edge } from "../graph.js";
import type { GraphBuilder } from "../graphBuilder.js";
import { rows } from "../layout.js";
import {
  add,
  and,
  greater,
  less,
  multiply,
  not,
  notGreater,
  reduce,
  reshape,
  subtract,
  unary,
  where,
} from "../operators.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { storedValue } from "../value.js";

const clip = (g: GraphBuilder, x: Edge, low: number, high: number): Edge =>
  g.node("Clip", [x, g.number(low), g.number(high)], x.shape);

const withParameters = (
  g: GraphBuilder,
  op: string,
  x: Edge,
  parameters: Readonly<Record<string, number>>,
): Edge =>
  g.node(op, [x], x.shape, {
    attributes: Object.fromEntries(
      Object.entries(parameters).map(([name, float]) => [name, { float }]),
    ),
  });

const times = (g: GraphBuilder, x: Edge, factor: number): Edge => multiply(g, x, g.number(factor));
const plus = (g: GraphBuilder, x: Edge, by: number): Edge => add(g, x, g.number(by));

/** `1 + factor * x^2`. */
const onePlusSquare = (g: GraphBuilder, x: Edge, factor: number): Edge =>
  plus(g, times(g, multiply(g, x, x), factor), 1);

const geluGate = (g: GraphBuilder, x: Edge, approximate: boolean): Edge => {
  if (!approximate) return times(g, plus(g, unary(g, "Erf", times(g, x, Math.SQRT1_2)), 1), 0.5);
  const inner = multiply(g, x, onePlusSquare(g, x, geluConstants.cubic));
  return unary(g, "Sigmoid", times(g, inner, 2 * geluConstants.scale));
};

const pointwise = (g: GraphBuilder, fn: PointwiseActivation, x: Edge): Edge => {
  switch (fn.name) {
    case "relu":
      return unary(g, "Relu", x);
    case "relu6":
      return clip(g, x, 0, 6);
    case "leakyRelu":
      return withParameters(g, "LeakyRelu", x, { alpha: fn.slope });
    case "elu":
      return withParameters(g, "Elu", x, { alpha: fn.alpha });
    case "sigmoid":
      return unary(g, "Sigmoid", x);
    case "tanh":
      return unary(g, "Tanh", x);
    case "swish":
      return multiply(g, x, unary(g, "Sigmoid", x));
    case "gelu":
      return multiply(g, x, geluGate(g, x, fn.approximate));
    case "hardSigmoid":
      return withParameters(g, "HardSigmoid", x, { alpha: fn.slope, beta: fn.offset });
    case "hardSwish":
      return multiply(g, x, withParameters(g, "HardSigmoid", x, { alpha: 1 / 6, beta: 0.5 }));
  }
};

/** Softmax along the last axis of rows. */
const softmax = (g: GraphBuilder, x: Edge): Edge =>
  g.node("Softmax", [x], x.shape, { attributes: { axis: { int: x.shape.length - 1 } } });

/** `y = fn(x)`; softmax along the channels. */
export const activation: Rule<PrimitiveNamed<"activation">> = (
  c,
  { primitive: { fn }, args, shape, wish },
) =>
  fn.name === "softmax"
    ? storedValue(c, shape, rows, softmax(c.g, args[0]!.in(rows)))
    : storedValue(c, shape, wish, pointwise(c.g, fn, args[0]!.in(wish)));

/** The edges of `x`, `y = fn(x)` and `dy`, each made when it is asked for. */
interface Edges {
  readonly x: () => Edge;
  readonly y: () => Edge;
  readonly dy: Edge;
}

/** `dy` where `low < x <= high`, zero elsewhere. */
const between = (g: GraphBuilder, x: Edge, low: number, high: number, dy: Edge): Edge =>
  where(g, and(g, greater(g, x, g.number(low)), notGreater(g, x, g.number(high))), dy, g.number(0));

const hardSigmoidAdjoint = (
  g: GraphBuilder,
  fn: ActivationFunction & { readonly name: "hardSigmoid" },
  x: Edge,
  dy: Edge,
): Edge => {
  const z = plus(g, times(g, x, fn.slope), fn.offset);
  const slope = times(g, dy, fn.slope);
  if (fn.slope > 0) return between(g, z, 0, 1, slope);
  // From the left in x is from above in z.
  const inside = and(g, not(g, less(g, z, g.number(0))), less(g, z, g.number(1)));
  return where(g, inside, slope, g.number(0));
};

/** Between its kinks hardSwish has slope `(2x + 3) / 6`, above them 1. */
const hardSwishAdjoint = (g: GraphBuilder, x: Edge, dy: Edge): Edge => {
  const middle = multiply(g, dy, times(g, plus(g, times(g, x, 2), 3), 1 / 6));
  return where(g, greater(g, x, g.number(3)), dy, between(g, x, -3, 3, middle));
};

const geluSlope = (g: GraphBuilder, x: Edge, y: Edge, approximate: boolean): Edge => {
  const gate = geluGate(g, x, approximate);
  if (!approximate) {
    const density = unary(g, "Exp", times(g, multiply(g, x, x), -0.5));
    return add(g, gate, times(g, multiply(g, x, density), 1 / Math.sqrt(2 * Math.PI)));
  }
  const inner = times(g, onePlusSquare(g, x, 3 * geluConstants.cubic), 2 * geluConstants.scale);
  return add(g, gate, multiply(g, multiply(g, y, subtract(g, g.number(1), gate)), inner));
};

const pointwiseAdjoint = (g: GraphBuilder, fn: PointwiseActivation, edges: Edges): Edge => {
  const { x, y, dy } = edges;
  const one = g.number(1);
  const isAbove = (edge: Edge): Edge => greater(g, edge, g.number(0));
  switch (fn.name) {
    case "relu":
      return where(g, isAbove(y()), dy, g.number(0));
    case "relu6":
      return between(g, x(), 0, 6, dy);
    case "leakyRelu":
      return where(g, isAbove(fn.slope > 0 ? y() : x()), dy, times(g, dy, fn.slope));
    case "elu":
      return where(g, isAbove(x()), dy, multiply(g, dy, plus(g, y(), fn.alpha)));
    case "sigmoid":
      return multiply(g, dy, multiply(g, y(), subtract(g, one, y())));
    case "tanh":
      return multiply(g, dy, subtract(g, one, multiply(g, y(), y())));
    case "swish": {
      const gate = unary(g, "Sigmoid", x());
      return multiply(g, dy, add(g, gate, multiply(g, y(), subtract(g, one, gate))));
    }
    case "gelu":
      return multiply(g, dy, geluSlope(g, x(), y(), fn.approximate));
    case "hardSigmoid":
      return hardSigmoidAdjoint(g, fn, x(), dy);
    case "hardSwish":
      return hardSwishAdjoint(g, x(), dy);
  }
};

/** `y * (dy - sum_c dy_c y_c)` along the last axis of rows. */
const softmaxAdjoint = (g: GraphBuilder, y: Edge, dy: Edge): Edge => {
  const last = y.shape.length - 1;
  const inner = reduce(g, multiply(g, y, dy), [last]);
  const kept = reshape(g, inner, [...y.shape.slice(0, last), 1]);
  return multiply(g, y, subtract(g, dy, kept));
};

/** `dx` from `x`, `y = fn(x)` and `dy`. */
export const activationGrad: Rule<PrimitiveNamed<"activationGrad">> = (
  c,
  { primitive: { fn }, args, shape, wish },
) => {
  const [x, y, dy] = [args[0]!, args[1]!, args[2]!];
  if (fn.name === "softmax")
    return storedValue(c, shape, rows, softmaxAdjoint(c.g, y.in(rows), dy.in(rows)));
  const edges = { x: () => x.in(wish), y: () => y.in(wish), dy: dy.in(wish) };
  return storedValue(c, shape, wish, pointwiseAdjoint(c.g, fn, edges));
};
