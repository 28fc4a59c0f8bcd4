/** A layer whose nodes are fitted to the codes of classes, and how well it does. */
import type { Target } from "../../../src/compile/target.js";
import type { NodeOperator } from "../../../src/inherit/scalars.js";
import type { Network } from "../../../src/model/network.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { predict } from "../../../src/train/evaluate.js";
import type { Examples } from "../../../src/train/examples.js";
import { must } from "./material.js";

/** A layer to be fitted, the network around it, and the codes of the classes. */
export interface Contest {
  readonly title: string;
  readonly op: NodeOperator<number>;
  /** From the layer's inputs to one number for each node. */
  readonly around: (op: NodeOperator<number>) => Network;
  /** `[classes, nodes]`. */
  readonly codes: Tensor<number>;
  readonly positions: number;
}

/** The code of each label, `[labels, nodes]`. */
export const targetsOf = ({ codes }: Contest, labels: ArrayLike<number>): Tensor<number> => {
  const width = codes.shape[1]!;
  const data = new Float32Array(labels.length * width);
  for (let i = 0; i < labels.length; i++)
    for (let j = 0; j < width; j++) data[i * width + j] = codes.data[labels[i]! * width + j]!;
  return tensor([labels.length, width], data);
};

/** How well a network does on some digits. */
export interface Score {
  /** Mean square of the residual. */
  readonly loss: number;
  readonly accuracy: number;
}

/** The squared error, and the share of digits whose own code fits best. */
export const scoreOf = async (
  target: Target,
  contest: Contest,
  n: Network,
  examples: Examples,
): Promise<Score> => {
  const width = contest.codes.shape[1]!;
  const values = must(await predict(target, n, examples, { batch: 50 }));
  const wanted = targetsOf(contest, examples.labels);
  let loss = 0;
  let right = 0;
  for (let i = 0; i < examples.size; i++) {
    let best = 0;
    let most = -Infinity;
    for (let c = 0; c < contest.codes.shape[0]!; c++) {
      let fit = 0;
      for (let j = 0; j < width; j++)
        fit += contest.codes.data[c * width + j]! * values[i * width + j]!;
      if (fit > most) [best, most] = [c, fit];
    }
    if (best === examples.labels[i]) right++;
    for (let j = 0; j < width; j++)
      loss += (values[i * width + j]! - wanted.data[i * width + j]!) ** 2;
  }
  return { loss: loss / values.length, accuracy: right / examples.size };
};

/** Digits to train on, to choose by, and to test on. */
export interface Sets {
  readonly training: Examples;
  readonly validation: Examples;
  readonly test: Examples;
}

/** A way to fit, and how well it did. */
export interface Row {
  readonly method: string;
  readonly training: Score;
  readonly validation: Score;
  readonly test: Score;
  readonly seconds: number;
}

/** Score a fitted network on all digits. */
export const rowOf = async (
  target: Target,
  sets: Sets,
  contest: Contest,
  method: string,
  n: Network,
  seconds: number,
): Promise<Row> => ({
  method,
  training: await scoreOf(target, contest, n, sets.training),
  validation: await scoreOf(target, contest, n, sets.validation),
  test: await scoreOf(target, contest, n, sets.test),
  seconds,
});
