/** Gradient descent on the loss of a contest, by the gradient program of this library. */
import { randomStream } from "../../../src/algebra/random.js";
import { machine } from "../../../src/compile/arithmetic.js";
import { hyperValues, type Optimizer } from "../../../src/compile/optimizer.js";
import { withParameters } from "../../../src/compile/parameters.js";
import type { Target } from "../../../src/compile/target.js";
import { objectiveStep } from "../../../src/inherit/objective.js";
import { scalarName, scalarsOf } from "../../../src/inherit/scalars.js";
import { size } from "../../../src/tensor/shape.js";
import { filled, tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { rowOf, targetsOf, type Contest, type Row, type Sets } from "./contest.js";
import { must, timed } from "./material.js";

/** Adam with the constants of Kingma and Ba (2015), without decay: what decays is in the objective. */
const adam: Optimizer = {
  kind: "adam",
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  weightDecay: 0,
};

/** How to descend. */
export interface Descent {
  readonly ridge: number;
  readonly rate: number;
  /** After how many epochs it is scored; the last ends it. */
  readonly epochs: readonly number[];
  readonly seed: number;
}

/** The digits, and the inputs of all that are trained on as one batch. */
export interface Ground {
  readonly target: Target;
  readonly sets: Sets;
  readonly inputs: Tensor<number>;
  readonly layer: string;
}

/** Gradient descent on the same loss, scored after some epochs. */
export const descend = async (
  { target, sets, inputs, layer }: Ground,
  contest: Contest,
  { ridge, rate, epochs, seed }: Descent,
): Promise<readonly Row[]> => {
  const batch = 50;
  const count = sets.training.size;
  const start = contest.around(contest.op);
  const scalars = scalarsOf(contest.op);
  const name = `${layer}/${scalarName(contest.op)}`;
  const made = must(
    objectiveStep(machine)(
      start,
      {
        batch,
        trainable: new Set([name, `${layer}/bias`]),
        loss: "squared",
        // Least squares sums over all examples and positions, a step takes the mean of a batch.
        anchor: {
          strength: (2 * ridge) / (contest.positions ** 2 * count),
          importance: { [name]: filled(machine.ring)(scalars.shape, 1) },
          centre: { [name]: filled(machine.ring)(scalars.shape, 0) },
        },
      },
      adam,
    ),
  );
  const each = size(inputs.shape.slice(1));
  const width = contest.codes.shape[1]!;
  const wanted = targetsOf(contest, sets.training.labels);
  const executable = must(await target.load(made.program, made.initial));
  const rows: Row[] = [];
  let seconds = 0;
  let step = 0;
  for (let epoch = 1; epoch <= epochs.at(-1)!; epoch++) {
    const order = randomStream(seed, "order", epoch).permutation(count);
    const [, spent] = await timed(async () => {
      for (let from = 0; from < count; from += batch) {
        const x = new Float32Array(batch * each);
        const y = new Float32Array(batch * width);
        for (let row = 0; row < batch; row++) {
          const i = order[from + row]!;
          x.set((inputs.data as Float32Array).subarray(i * each, (i + 1) * each), row * each);
          y.set((wanted.data as Float32Array).subarray(i * width, (i + 1) * width), row * width);
        }
        step++;
        const hypers = { ...hyperValues(adam, rate, step), exampleWeight: 1 / batch };
        must(
          await executable.step({
            input: tensor([batch, ...inputs.shape.slice(1)], x),
            targets: tensor([batch, width], y),
            ...Object.fromEntries(
              Object.entries(hypers).map(([key, v]) => [key, tensor([], Float32Array.of(v))]),
            ),
          }),
        );
      }
    });
    seconds += spent;
    if (!epochs.includes(epoch)) continue;
    const values = must(await executable.read(made.parameters));
    const method = `Adam, rate ${rate}, ${epoch} epochs`;
    rows.push(
      await rowOf(target, sets, contest, method, must(withParameters(start, values)), seconds),
    );
  }
  executable.dispose();
  return rows;
};
