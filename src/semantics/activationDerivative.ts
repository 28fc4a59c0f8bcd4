/**
 * Derivatives of the activations over a ring, written out by hand from their definitions so that they can
 * judge the compiler's rules. At a kink they are the derivative from the left.
 *
 *     relu' = [x > 0]       relu6' = [0 < x <= 6]     leakyRelu' = slope, 1
 *     elu'  = alpha exp(x), 1                         sigmoid' = s (1 - s)
 *     tanh' = 1 - t^2       swish' = s (1 + x (1 - s))
 *     gelu' = Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)   hardSwish' = 0, (2x + 3) / 6, 1
 *     softmax: dx_c = y_c (dy_c - sum_d dy_d y_d)
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { ActivationFunction } from "../model/activation.js";
import { channelsOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  always,
  geluConstants,
  normalDistribution,
  piecewise,
  softmax,
  type ElementFunction,
  type PointwiseActivation,
} from "./activation.js";
import { ask } from "./capability.js";

/** The derivative of a pointwise activation as a function of one element; from the left at a kink. */
export const activationDerivative =
  <A>(ring: Ring<A>) =>
  (fn: PointwiseActivation): Result<ElementFunction<A>> => {
    const { add, mul, sub, one, zero } = ring;
    switch (fn.name) {
      case "relu":
        return pipe(
          ask(ring, ["compare"], {}),
          E.map(({ compare }) => piecewise(compare, zero, always(zero), always(one))),
        );
      case "relu6":
        return pipe(
          ask(ring, ["compare"], { six: 6 }),
          E.map(({ compare, six }) => {
            const upper = piecewise(compare, six, always(one), always(zero));
            return piecewise(compare, zero, always(zero), upper);
          }),
        );
      case "leakyRelu":
        return pipe(
          ask(ring, ["compare"], { slope: fn.slope }),
          E.map(({ compare, slope }) => piecewise(compare, zero, always(slope), always(one))),
        );
      case "elu":
        return pipe(
          ask(ring, ["compare", "exp"], { alpha: fn.alpha }),
          E.map(({ compare, exp, alpha }) =>
            piecewise(compare, zero, (x) => E.map((e: A) => mul(alpha, e))(exp(x)), always(one)),
          ),
        );
      case "sigmoid":
        return pipe(
          ask(ring, ["sigmoid"], {}),
          E.map(
            ({ sigmoid }) =>
              (x: A) =>
                E.map((s: A) => mul(s, sub(one, s)))(sigmoid(x)),
          ),
        );
      case "tanh":
        return pipe(
          ask(ring, ["tanh"], {}),
          E.map(
            ({ tanh }) =>
              (x: A) =>
                E.map((t: A) => sub(one, mul(t, t)))(tanh(x)),
          ),
        );
      case "swish":
        return pipe(
          ask(ring, ["sigmoid"], {}),
          E.map(
            ({ sigmoid }) =>
              (x: A) =>
                E.map((s: A) => mul(s, add(one, mul(x, sub(one, s)))))(sigmoid(x)),
          ),
        );
      case "gelu":
        return fn.approximate ? approximateGeluSlope(ring) : geluSlope(ring);
      case "hardSigmoid":
        return pipe(
          ask(ring, ["compare"], { slope: fn.slope, offset: fn.offset }),
          E.map(({ compare, slope, offset }) => (x: A) => {
            const y = add(mul(slope, x), offset);
            // From the left in x is from below in y when the slope is positive, from above when not.
            const inside =
              compare(slope, zero) > 0
                ? compare(y, zero) > 0 && compare(y, one) <= 0
                : compare(y, zero) >= 0 && compare(y, one) < 0;
            return E.right(inside ? slope : zero);
          }),
        );
      case "hardSwish":
        return pipe(
          ask(ring, ["compare"], { two: 2, three: 3, minusThree: -3, sixth: [1, 6] }),
          E.map(({ compare, two, three, minusThree, sixth }) => {
            const middle = (x: A): Result<A> => E.right(mul(add(mul(two, x), three), sixth));
            return piecewise(
              compare,
              minusThree,
              always(zero),
              piecewise(compare, three, middle, always(one)),
            );
          }),
        );
    }
  };

/** `Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)`. */
const geluSlope = <A>(ring: Ring<A>): Result<ElementFunction<A>> => {
  const { add, mul, sub, zero } = ring;
  return pipe(
    normalDistribution(ring),
    E.chain((cumulative) =>
      pipe(
        ask(ring, ["exp"], { half: 0.5, peak: 1 / Math.sqrt(2 * Math.PI) }),
        E.map(
          ({ exp, half, peak }) =>
            (x: A) =>
              pipe(
                exp(sub(zero, mul(half, mul(x, x)))),
                E.chain((e) => E.map((p: A) => add(p, mul(x, mul(peak, e))))(cumulative(x))),
              ),
        ),
      ),
    ),
  );
};

/** `(1 + t + x (1 - t^2) a'(x)) / 2` with `t = tanh(a(x))`, `a(x) = scale (x + cubic x^3)`. */
const approximateGeluSlope = <A>(ring: Ring<A>): Result<ElementFunction<A>> => {
  const { add, mul, sub, one } = ring;
  return pipe(
    ask(ring, ["tanh"], { half: 0.5, three: 3, ...geluConstants }),
    E.map(({ tanh, half, three, scale, cubic }) => (x: A) => {
      const square = mul(cubic, mul(x, x));
      const argument = mul(scale, mul(x, add(one, square)));
      const slope = mul(scale, add(one, mul(three, square)));
      return E.map((t: A) => mul(half, add(add(one, t), mul(x, mul(sub(one, mul(t, t)), slope)))))(
        tanh(argument),
      );
    }),
  );
};

/** The adjoint of an activation at `x`, applied to `dy`. */
export const activationAdjoint =
  <A>(ring: Ring<A>) =>
  (fn: ActivationFunction, x: Tensor<A>, dy: Tensor<A>): Result<Tensor<A>> => {
    if (fn.name === "softmax")
      return E.map((y: Tensor<A>) => softmaxAdjoint(ring)(y, dy))(softmax(ring)(x));
    const slope = activationDerivative(ring)(fn);
    if (E.isLeft(slope)) return slope;
    const out = ring.allocate(x.data.length);
    for (let i = 0; i < out.length; i++) {
      const d = slope.right(x.data[i]!);
      if (E.isLeft(d)) return d;
      out[i] = ring.mul(d.right, dy.data[i]!);
    }
    return E.right({ shape: x.shape, data: out });
  };

/** The adjoint of softmax from its value `y`. */
const softmaxAdjoint =
  <A>(ring: Ring<A>) =>
  (y: Tensor<A>, dy: Tensor<A>): Tensor<A> => {
    const channels = channelsOf(y.shape);
    const out = ring.allocate(y.data.length);
    for (let row = 0; row < out.length; row += channels) {
      let inner = ring.zero;
      for (let c = row; c < row + channels; c++)
        inner = ring.add(inner, ring.mul(dy.data[c]!, y.data[c]!));
      for (let c = row; c < row + channels; c++)
        out[c] = ring.mul(y.data[c]!, ring.sub(dy.data[c]!, inner));
    }
    return { shape: y.shape, data: out };
  };
