/**
 * Activations over any ring that has the functions they need.
 *
 * The piecewise linear ones need `compare` alone and so have a meaning over every ordered ring, and over one
 * that has no order but knows maxima; the others ask for `exp`, `sigmoid`, `tanh` or `erf`, and are refused by
 * the name of what is missing.
 *
 * Softmax is `exp(x_c) / sum_d exp(x_d)`. Over machine numbers, where `exp` overflows, the largest entry
 * is subtracted first; the quotient does not notice, and over exact rings the plain definition stands.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Result } from "../algebra/refusal.js";
import type { Functions, Ring } from "../algebra/ring.js";
import type { ActivationFunction } from "../model/activation.js";
import { channelsOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { ask, constantOf, functionOf } from "./capability.js";

/** The activations that act on each element alone. */
export type PointwiseActivation = Exclude<ActivationFunction, { readonly name: "softmax" }>;

/** A function of one element that may have no value there. */
export type ElementFunction<A> = (x: A) => Result<A>;

/** `low` where `x <= knot`, `high` above: the shape of every piecewise definition. */
export const piecewise =
  <A>(
    compare: NonNullable<Functions<A>["compare"]>,
    knot: A,
    low: ElementFunction<A>,
    high: ElementFunction<A>,
  ): ElementFunction<A> =>
  (x) =>
    compare(x, knot) > 0 ? high(x) : low(x);

/** The function with one value. */
export const always =
  <A>(y: A): ElementFunction<A> =>
  () =>
    E.right(y);

/** The factors of the tanh formula of gelu, `tanh(sqrt(2/pi) (x + 0.044715 x^3))`. */
export const geluConstants = { scale: Math.sqrt(2 / Math.PI), cubic: 0.044715 };

/** `x` held between two bounds, or above one. */
const clamped = <A>(ring: Ring<A>, low: A, high: A | null): Result<(x: A) => A> => {
  const { compare, max } = ring.functions;
  if (compare === undefined && max !== undefined) {
    const negated = (x: A): A => ring.sub(ring.zero, x);
    return E.right((x) => {
      const above = max(x, low);
      return high === null ? above : negated(max(negated(above), negated(high)));
    });
  }
  return E.map(
    (order: NonNullable<Functions<A>["compare"]>) =>
      (x: A): A =>
        order(x, low) <= 0 ? low : high !== null && order(x, high) > 0 ? high : x,
  )(functionOf(ring, "compare"));
};

/** `slope * x` below zero and `x` above, which is `max(x, 0) - slope * max(-x, 0)`. */
const leaky = <A>(ring: Ring<A>, slope: number): Result<ElementFunction<A>> => {
  const { mul, sub, zero } = ring;
  const { compare, max } = ring.functions;
  return compare === undefined && max !== undefined
    ? E.map(
        (factor: A) =>
          (x: A): Result<A> =>
            E.right(sub(max(x, zero), mul(factor, max(sub(zero, x), zero)))),
      )(constantOf(ring, slope))
    : pipe(
        ask(ring, ["compare"], { slope }),
        E.map(({ compare: order, slope: factor }) =>
          piecewise(order, zero, (x) => E.right(mul(factor, x)), E.right),
        ),
      );
};

/** A pointwise activation as a function of one element. */
export const pointwise =
  <A>(ring: Ring<A>) =>
  (fn: PointwiseActivation): Result<ElementFunction<A>> => {
    const { add, mul, sub, one, zero } = ring;
    const identity: ElementFunction<A> = E.right;
    switch (fn.name) {
      case "relu":
        return pipe(
          clamped(ring, zero, null),
          E.map((positive) => (x: A) => E.right(positive(x))),
        );
      case "relu6":
        return pipe(
          ask(ring, [], { six: 6 }),
          E.chain(({ six }) => clamped(ring, zero, six)),
          E.map((between) => (x: A) => E.right(between(x))),
        );
      case "leakyRelu":
        return leaky(ring, fn.slope);
      case "elu":
        return pipe(
          ask(ring, ["compare", "exp"], { alpha: fn.alpha }),
          E.map(({ compare, exp, alpha }) =>
            piecewise(
              compare,
              zero,
              (x) => E.map((e: A) => mul(alpha, sub(e, one)))(exp(x)),
              identity,
            ),
          ),
        );
      case "sigmoid":
        return pipe(
          ask(ring, ["sigmoid"], {}),
          E.map(({ sigmoid }) => sigmoid),
        );
      case "tanh":
        return pipe(
          ask(ring, ["tanh"], {}),
          E.map(({ tanh }) => tanh),
        );
      case "swish":
        return pipe(
          ask(ring, ["sigmoid"], {}),
          E.map(
            ({ sigmoid }) =>
              (x: A) =>
                E.map((s: A) => mul(x, s))(sigmoid(x)),
          ),
        );
      case "gelu":
        return fn.approximate ? approximateGelu(ring) : gelu(ring);
      case "hardSigmoid":
        return pipe(
          ask(ring, [], { slope: fn.slope, offset: fn.offset }),
          E.chain(({ slope, offset }) =>
            E.map((between: (x: A) => A) => (x: A) => E.right(between(add(mul(slope, x), offset))))(
              clamped(ring, zero, one),
            ),
          ),
        );
      case "hardSwish":
        return pipe(
          ask(ring, [], { three: 3, six: 6, sixth: [1, 6] }),
          E.chain(({ three, six, sixth }) =>
            E.map(
              (between: (x: A) => A) => (x: A) =>
                E.right(mul(mul(x, between(add(x, three))), sixth)),
            )(clamped(ring, zero, six)),
          ),
        );
    }
  };

/** `x Phi(x)` with `Phi(x) = (1 + erf(x / sqrt 2)) / 2`. */
const gelu = <A>(ring: Ring<A>): Result<ElementFunction<A>> =>
  pipe(
    normalDistribution(ring),
    E.map((cumulative) => (x: A) => E.map((p: A) => ring.mul(x, p))(cumulative(x))),
  );

/** `Phi(x) = (1 + erf(x / sqrt 2)) / 2`, the normal distribution. */
export const normalDistribution = <A>(ring: Ring<A>): Result<ElementFunction<A>> => {
  const { add, mul, one } = ring;
  return pipe(
    ask(ring, ["erf", "sqrt"], { half: 0.5 }),
    E.chain(({ erf, sqrt, half }) =>
      pipe(
        sqrt(half),
        E.map((root) => (x: A) => E.map((e: A) => mul(half, add(one, e)))(erf(mul(x, root)))),
      ),
    ),
  );
};

/** `x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2`. */
const approximateGelu = <A>(ring: Ring<A>): Result<ElementFunction<A>> => {
  const { add, mul, one } = ring;
  return pipe(
    ask(ring, ["tanh"], { half: 0.5, ...geluConstants }),
    E.map(({ tanh, half, scale, cubic }) => (x: A) => {
      const argument = mul(scale, add(x, mul(cubic, mul(x, mul(x, x)))));
      return E.map((t: A) => mul(mul(half, x), add(one, t)))(tanh(argument));
    }),
  );
};

/** Softmax along the last axis. */
export const softmax =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>): Result<Tensor<A>> =>
    pipe(
      ask(ring, ["exp", "divide"], {}),
      E.chain(({ exp, divide }) => {
        const compare = typeof ring.zero === "number" ? ring.functions.compare : undefined;
        const channels = channelsOf(x.shape);
        const out = ring.allocate(x.data.length);
        for (let row = 0; row < out.length; row += channels) {
          let shift = ring.zero;
          if (compare !== undefined) {
            shift = x.data[row]!;
            for (let c = row + 1; c < row + channels; c++)
              if (compare(x.data[c]!, shift) > 0) shift = x.data[c]!;
          }
          let total = ring.zero;
          for (let c = row; c < row + channels; c++) {
            const e = exp(ring.sub(x.data[c]!, shift));
            if (E.isLeft(e)) return e;
            out[c] = e.right;
            total = ring.add(total, e.right);
          }
          for (let c = row; c < row + channels; c++) {
            const y = divide(out[c]!, total);
            if (E.isLeft(y)) return y;
            out[c] = y.right;
          }
        }
        return E.right({ shape: x.shape, data: out });
      }),
    );

/** An activation applied to a tensor; softmax along its last axis. */
export const activate =
  <A>(ring: Ring<A>) =>
  (fn: ActivationFunction, x: Tensor<A>): Result<Tensor<A>> => {
    if (fn.name === "softmax") return softmax(ring)(x);
    const f = pointwise(ring)(fn);
    if (E.isLeft(f)) return f;
    const out = ring.allocate(x.data.length);
    for (let i = 0; i < out.length; i++) {
      const y = f.right(x.data[i]!);
      if (E.isLeft(y)) return y;
      out[i] = y.right;
    }
    return E.right({ shape: x.shape, data: out });
  };
