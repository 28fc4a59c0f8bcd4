/**
 * Optimizers, as instructions of the step program. With `g` the gradient of parameter `p`, `r` the rate,
 * `d` the weight decay and `o` the value towards which `p` decays:
 *
 *     sgd     h = g + d (p - o);  v' = momentum v + h;  p' = p - r v'      (Nesterov: p - r (h + momentum v'))
 *     adam    h = g + d (p - o);  m' = b1 m + (1 - b1) h;  v' = b2 v + (1 - b2) h^2
 *             p' = p - r (c1 m') / (sqrt(c2 v') + epsilon)
 *     adamw   adam with h = g, and p' less r d (p - o) as well (Loshchilov and Hutter 2019)
 *
 * A penalty `l1 |p - o| + l2 / 2 (p - o)^2` acts behind the optimizer on what it comes to, as decoupled decay
 * does: `o + soft((1 - r l2) (p' - o))`, where `soft(x) = sign(x) max(|x| - r l1, 0)` is the proximal map of the
 * first term. It sets parameters to `o` exactly; a subgradient of `|.|` under Adam would never come to rest.
 *
 * `c1 = 1 / (1 - b1^t)` and `c2 = 1 / (1 - b2^t)` correct the bias of zero initial moments at step `t = 1,
 * 2, ...`. They change every step, so they come with the batch, as the rate does.
 */
import type { Builder } from "./builder.js";
import type { NodeId } from "./program.js";

/** How parameters follow their gradients. */
export type Optimizer =
  | {
      readonly kind: "sgd";
      readonly momentum: number;
      readonly nesterov?: boolean;
      readonly weightDecay: number;
    }
  /** Adam with the decay inside the gradient, where the second moment rescales it. */
  | {
      readonly kind: "adam";
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    }
  /** Adam with the decay outside. */
  | {
      readonly kind: "adamw";
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    };

/** The value towards which weight decay pulls a parameter, or `null` where it does not act. */
export type DecayTarget = (parameter: string) => number | null;

/** A penalty `l1 |p - o| + l2 / 2 (p - o)^2` on a parameter, with `o` the value `towards` which it pulls. */
export interface Penalty {
  readonly towards: number;
  readonly l1: number;
  readonly l2: number;
}

/** The penalty on a parameter, or `null` where there is none. */
export type Penalised = (parameter: string) => Penalty | null;

/** No penalty on anything. */
export const unpenalised: Penalised = () => null;

/**
 * Kernels and weights decay towards zero, gates towards ONE: a gate of one is the pretrained kernel
 * (T3_unit), so decay keeps a projected network near what it inherits, where a decay towards zero would
 * erase it. Biases, batch norm and affine parameters do not decay.
 */
export const usualDecay: DecayTarget = (parameter) => {
  switch (parameter.slice(parameter.lastIndexOf("/") + 1)) {
    case "kernel":
    case "weights":
      return 0;
    case "gates":
      return 1;
    default:
      return null;
  }
};

/** The names of the states that an optimizer keeps for a parameter; all start at zero. */
export const stateNames = (optimizer: Optimizer, parameter: string): readonly string[] =>
  optimizer.kind === "sgd"
    ? optimizer.momentum === 0
      ? []
      : [`${parameter}/momentum`]
    : [`${parameter}/first`, `${parameter}/second`];

/** The scalars that an optimizer wants with step `t = 1, 2, ...` at this rate. */
export const hyperValues = (
  optimizer: Optimizer,
  rate: number,
  t: number,
): Readonly<Record<string, number>> =>
  optimizer.kind === "sgd"
    ? { rate }
    : {
        rate,
        correction1: 1 / (1 - optimizer.beta1 ** t),
        correction2: 1 / (1 - optimizer.beta2 ** t),
      };

/** A parameter with its gradient. */
export interface Update {
  readonly name: string;
  readonly parameter: NodeId;
  readonly gradient: NodeId;
}

/** Instructions in short. */
const arithmetic = <A>(b: Builder<A>) => ({
  add: (x: NodeId, y: NodeId) => b.apply({ op: "add" }, x, y),
  subtract: (x: NodeId, y: NodeId) => b.apply({ op: "subtract" }, x, y),
  multiply: (x: NodeId, y: NodeId) => b.apply({ op: "multiply" }, x, y),
  divide: (x: NodeId, y: NodeId) => b.apply({ op: "divide" }, x, y),
  times: (x: NodeId, factor: number) => (factor === 1 ? x : b.apply({ op: "scale", factor }, x)),
  plus: (x: NodeId, by: number) => (by === 0 ? x : b.apply({ op: "offset", by }, x)),
  by: (x: NodeId, scalar: NodeId) => b.apply({ op: "scaleBy" }, x, scalar),
  sqrt: (x: NodeId) => b.apply({ op: "elementary", fn: "sqrt" }, x),
  state: (name: string, like: NodeId) => b.input(name, "state", b.shape(like)),
  hyper: (name: string) => b.input(name, "hyper", []),
});

/** What a penalty makes of a parameter's next value. */
const penalised = <A>(
  b: Builder<A>,
  next: NodeId,
  rate: NodeId,
  { towards, l1, l2 }: Penalty,
): NodeId => {
  if (l1 === 0 && l2 === 0) return next;
  const $ = arithmetic(b);
  const distance = $.plus(next, -towards);
  const shrunk = l2 === 0 ? distance : $.subtract(distance, $.by($.times(distance, l2), rate));
  if (l1 === 0) return $.plus(shrunk, towards);
  const threshold = $.by(b.fill("penalty", b.shape(next), l1), rate);
  const beyond = (x: NodeId): NodeId =>
    b.apply({ op: "activation", fn: { name: "relu" } }, $.subtract(x, threshold));
  return $.plus($.subtract(beyond(shrunk), beyond($.times(shrunk, -1))), towards);
};

/** Emit the update of one parameter: its next value and its optimizer's next states become outputs. */
export const emitUpdate = <A>(
  b: Builder<A>,
  optimizer: Optimizer,
  decayTarget: DecayTarget,
  { name, parameter, gradient }: Update,
  penalty: Penalised = unpenalised,
): void => {
  const $ = arithmetic(b);
  const target = decayTarget(name);
  const rate = $.hyper("rate");
  const decay = (): NodeId | null =>
    target === null || optimizer.weightDecay === 0
      ? null
      : $.times($.plus(parameter, -target), optimizer.weightDecay);
  const decayed = (): NodeId => {
    const pull = decay();
    return pull === null ? gradient : $.add(gradient, pull);
  };
  const step = (direction: NodeId): void => {
    const next = $.subtract(parameter, $.by(direction, rate));
    b.output(name, penalised(b, next, rate, penalty(name) ?? { towards: 0, l1: 0, l2: 0 }));
  };

  if (optimizer.kind === "sgd") {
    const h = decayed();
    if (optimizer.momentum === 0) return step(h);
    const momentum = `${name}/momentum`;
    const v = $.add($.times($.state(momentum, parameter), optimizer.momentum), h);
    b.output(momentum, v);
    return step(optimizer.nesterov === true ? $.add(h, $.times(v, optimizer.momentum)) : v);
  }
  const { beta1, beta2, epsilon } = optimizer;
  const h = optimizer.kind === "adam" ? decayed() : gradient;
  const first = $.add($.times($.state(`${name}/first`, parameter), beta1), $.times(h, 1 - beta1));
  const second = $.add(
    $.times($.state(`${name}/second`, parameter), beta2),
    $.times($.multiply(h, h), 1 - beta2),
  );
  b.output(`${name}/first`, first);
  b.output(`${name}/second`, second);
  const direction = $.divide(
    $.by(first, $.hyper("correction1")),
    $.plus($.sqrt($.by(second, $.hyper("correction2"))), epsilon),
  );
  const pull = optimizer.kind === "adamw" ? decay() : null;
  step(pull === null ? direction : $.add(direction, pull));
};
