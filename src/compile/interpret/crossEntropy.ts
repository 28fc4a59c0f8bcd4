/**
 * Cross-entropy of a softmax with targets `t`, per example:
 *
 *     L = -sum_c t_c (x_c - l)    with l = log sum_d exp(x_d)
 *     dL/dx_c = softmax(x)_c * sum_d t_d - t_c
 *
 * since `dl/dx_c = softmax(x)_c`. Targets need not sum to one: smoothed labels and rows of zeros (padding
 * of the last batch) are covered. Over machine numbers the largest logit is subtracted first, because
 * `exp` overflows; over exact rings the definition stands as it is.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../../algebra/refusal.js";
import type { Ring } from "../../algebra/ring.js";
import { softmax } from "../../semantics/activation.js";
import { functionOf } from "../../semantics/capability.js";
import { channelsOf } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The largest of a row where that is needed to keep `exp` finite, else zero. */
const shiftOf = <A>(ring: Ring<A>, row: readonly A[]): A => {
  const compare = ring.functions.compare;
  return typeof ring.zero !== "number" || compare === undefined
    ? ring.zero
    : row.reduce((largest, x) => (compare(x, largest) > 0 ? x : largest));
};

/** `log sum exp` of a row, less the row's shift. */
const logSumExp = <A>(ring: Ring<A>, row: readonly A[], shift: A): Result<A> => {
  const exp = functionOf(ring, "exp");
  if (E.isLeft(exp)) return exp;
  const log = functionOf(ring, "log");
  if (E.isLeft(log)) return log;
  let total = ring.zero;
  for (const x of row) {
    const e = exp.right(ring.sub(x, shift));
    if (E.isLeft(e)) return e;
    total = ring.add(total, e.right);
  }
  return log.right(total);
};

const rowOf = <A>(t: Tensor<A>, n: number, width: number): readonly A[] =>
  Array.from({ length: width }, (_, c) => t.data[n * width + c]!);

/** One loss per example from logits and targets `[n, classes]`. */
export const crossEntropy =
  <A>(ring: Ring<A>) =>
  (logits: Tensor<A>, targets: Tensor<A>): Result<Tensor<A>> => {
    const classes = channelsOf(logits.shape);
    const out = ring.allocate(logits.shape[0]!);
    for (let n = 0; n < out.length; n++) {
      const row = rowOf(logits, n, classes);
      const shift = shiftOf(ring, row);
      const logarithm = logSumExp(ring, row, shift);
      if (E.isLeft(logarithm)) return logarithm;
      out[n] = row.reduce<A>((loss, x, c) => {
        const logProbability = ring.sub(ring.sub(x, shift), logarithm.right);
        return ring.sub(loss, ring.mul(targets.data[n * classes + c]!, logProbability));
      }, ring.zero);
    }
    return E.right({ shape: [out.length], data: out });
  };

/** `dy * (softmax(logits) * sum_c targets - targets)`. */
export const crossEntropyGrad =
  <A>(ring: Ring<A>) =>
  (logits: Tensor<A>, targets: Tensor<A>, dy: Tensor<A>): Result<Tensor<A>> =>
    E.map((probabilities: Tensor<A>): Tensor<A> => {
      const classes = channelsOf(logits.shape);
      const out = ring.allocate(logits.data.length);
      for (let n = 0; n < dy.data.length; n++) {
        const mass = rowOf(targets, n, classes).reduce((sum, t) => ring.add(sum, t), ring.zero);
        for (let i = n * classes; i < (n + 1) * classes; i++) {
          const slope = ring.sub(ring.mul(probabilities.data[i]!, mass), targets.data[i]!);
          out[i] = ring.mul(dy.data[n]!, slope);
        }
      }
      return { shape: logits.shape, data: out };
    })(softmax(ring)(logits));
