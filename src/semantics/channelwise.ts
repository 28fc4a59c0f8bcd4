/**
 * Maps along the last axis, the same scale, shift or statistic at every position of a channel, and the
 * normalisation of each position over its channels.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { BatchNorm, LayerNorm } from "../model/operator.js";
import { channelsOf } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { constantOf, functionOf } from "./capability.js";

/** `x + shift` along the channels; no shift is a shift by zero. */
export const channelShift =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, shift: Tensor<A> | null): Tensor<A> => {
    if (shift === null) return x;
    const c = channelsOf(x.shape);
    return generated(ring)(x.shape, (i) => ring.add(x.data[i]!, shift.data[i % c]!));
  };

/** `x * scale` along the channels; no scale is a scale of one. */
export const channelScale =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, scale: Tensor<A> | null): Tensor<A> => {
    if (scale === null) return x;
    const c = channelsOf(x.shape);
    return generated(ring)(x.shape, (i) => ring.mul(x.data[i]!, scale.data[i % c]!));
  };

/** `x * scale + shift` along the channels. */
export const channelAffine =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, scale: Tensor<A>, shift: Tensor<A>): Tensor<A> =>
    channelShift(ring)(channelScale(ring)(x, scale), shift);

/** Mean and variance (without Bessel's correction) of each channel over batch and positions. */
export interface Moments<A> {
  readonly mean: Tensor<A>;
  readonly variance: Tensor<A>;
}

/** The moments of a batch; needs division by the number of elements of a channel. */
export const moments =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>): Result<Moments<A>> => {
    const c = channelsOf(x.shape);
    const divide = functionOf(ring, "divide");
    if (E.isLeft(divide)) return divide;
    const count = ring.fromNumber(x.data.length / c);
    if (E.isLeft(count)) return count;
    const average = (term: (i: number) => A): Result<Tensor<A>> => {
      const out = ring.allocate(c);
      for (let i = 0; i < x.data.length; i++) out[i % c] = ring.add(out[i % c]!, term(i));
      for (let j = 0; j < c; j++) {
        const quotient = divide.right(out[j]!, count.right);
        if (E.isLeft(quotient)) return quotient;
        out[j] = quotient.right;
      }
      return E.right({ shape: [c], data: out });
    };
    return E.chain((mean: Tensor<A>) => {
      const variance = average((i) => {
        const centred = ring.sub(x.data[i]!, mean.data[i % c]!);
        return ring.mul(centred, centred);
      });
      return E.map((v: Tensor<A>): Moments<A> => ({ mean, variance: v }))(variance);
    })(average((i) => x.data[i]!));
  };

/** Whose variance it is, and what a refusal recommends where it has no root. */
interface Spread {
  readonly of: "channel" | "position";
  readonly advice: string;
}

const ofChannels: Spread = {
  of: "channel",
  advice: "write a frozen batch norm over an exact ring as the operator `affine`",
};

const ofPositions: Spread = {
  of: "position",
  advice: "evaluate a layer norm over a ring with roots, such as float64 or the formal field",
};

/**
 * `1 / sqrt(variance + epsilon)` per channel. Over an exact ring only perfect squares have a root; such a
 * network is better written with the `affine` operator, and the refusal says so.
 */
export const inverseDeviation =
  <A>(ring: Ring<A>) =>
  (variance: Tensor<A>, epsilon: number, spread: Spread = ofChannels): Result<Tensor<A>> => {
    const sqrt = functionOf(ring, "sqrt");
    if (E.isLeft(sqrt)) return sqrt;
    const divide = functionOf(ring, "divide");
    if (E.isLeft(divide)) return divide;
    const shift = constantOf(ring, epsilon);
    if (E.isLeft(shift)) return shift;
    const out = ring.allocate(variance.data.length);
    for (let j = 0; j < out.length; j++) {
      const root = E.chain((s: A) => divide.right(ring.one, s))(
        sqrt.right(ring.add(variance.data[j]!, shift.right)),
      );
      if (E.isLeft(root))
        return E.left({
          ...root.left,
          where: `${spread.of} ${j}, variance ${ring.show(variance.data[j]!)} + ${epsilon}`,
          advice: spread.advice,
        });
      out[j] = root.right;
    }
    return E.right({ shape: variance.shape, data: out });
  };

/** `(x - mean) / sqrt(variance + epsilon)` along the last axis. */
const standardised =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, { mean, variance }: Moments<A>, epsilon: number, spread: Spread) =>
    E.map((inverse: Tensor<A>) => {
      const c = channelsOf(x.shape);
      return generated(ring)(x.shape, (i) =>
        ring.mul(ring.sub(x.data[i]!, mean.data[i % c]!), inverse.data[i % c]!),
      );
    })(inverseDeviation(ring)(variance, epsilon, spread));

/** Batch normalisation with the statistics the operator asks for. */
export const normalise =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, op: BatchNorm<A>): Result<Tensor<A>> => {
    const statistics: Result<Moments<A>> =
      op.statistics === "batch" ? moments(ring)(x) : E.right(op);
    return E.chain((of: Moments<A>) =>
      E.map((y: Tensor<A>) => channelShift(ring)(channelScale(ring)(y, op.gamma), op.beta))(
        standardised(ring)(x, of, op.epsilon, ofChannels),
      ),
    )(statistics);
  };

/** The channels of each position as one column: `[positions, channels]` becomes `[channels, positions]`. */
const transposed =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, rows: number, columns: number): Tensor<A> =>
    generated(ring)([columns, rows], (i) => x.data[(i % rows) * columns + Math.floor(i / rows)]!);

/**
 * Layer normalisation: with positions for channels and channels for the batch it is batch normalisation in
 * the statistics of the batch; gamma and beta belong to the channels.
 */
export const normalisePositions =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, op: LayerNorm<A>): Result<Tensor<A>> => {
    const channels = channelsOf(x.shape);
    const positions = x.data.length / channels;
    const columns = transposed(ring)(x, positions, channels);
    return E.chain((of: Moments<A>) =>
      E.map((y: Tensor<A>) => {
        const { data } = transposed(ring)(y, channels, positions);
        return channelShift(ring)(channelScale(ring)({ shape: x.shape, data }, op.gamma), op.beta);
      })(standardised(ring)(columns, of, op.epsilon, ofPositions)),
    )(moments(ring)(columns));
  };
