/**
 * What went wrong when a loss is no finite number: the layer that first left the finite numbers, or the
 * parameter that an overflowing gradient spoilt. The step that showed it has been undone by then.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, showRefusal, type Result } from "../algebra/refusal.js";
import { float32 } from "../algebra/float32.js";
import { realise } from "../adapt/reparametrisation.js";
import { tracedProgram } from "../compile/inference.js";
import { withParameters } from "../compile/parameters.js";
import type { Feed, Target } from "../compile/target.js";
import type { Network } from "../model/network.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Batch } from "./batch.js";
import { withExecutable } from "./evaluate.js";
import { newIn, weightsIn, type Trainee } from "./session.js";

/** The offset of the first number that is not finite, or -1. */
export const firstNonFinite = ({ data }: Tensor<number>): number => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) return i;
  return -1;
};

/** The first parameter or state with a number that is not finite, by name, or null. */
export const nonFiniteIn = (values: Feed): string | null =>
  Object.keys(values).find((name) => firstNonFinite(values[name]!) >= 0) ?? null;

/** A step whose loss was not finite. */
export interface Failure {
  readonly step: number;
  readonly loss: number;
  readonly rate: number;
  readonly batch: Batch;
  /** The examples of the batch. */
  readonly examples: readonly number[];
  /** Parameters and states before the step. */
  readonly state: Feed;
}

const advice =
  "lower the rate, warm up longer, or look at the pre-processing of the data; the last checkpoint is from before this";

/** The refusal for a parameter that an update has spoilt. */
export const spoiltParameter = (name: string, step: number, value: number, rate: number) =>
  refuse({
    where: `step ${step}`,
    found: `${value} in ${name} after the update; the forward pass was finite, so its gradient overflowed`,
    expected: "finite parameters",
    advice: `${advice} (rate ${rate})`,
  });

/** The first layer, in order, whose value is not finite, and where. */
const firstBadLayer = async (
  target: Target,
  { network, reparametrisation }: Trainee,
  { batch, state }: Failure,
): Promise<
  Result<{ readonly layer: string; readonly offset: number; readonly value: number } | null>
> => {
  const made = E.chain((n: Network) => tracedProgram(n, batch.inputs.shape[0]!))(
    E.chain((n: Network) =>
      realise(float32)(n, reparametrisation, newIn(reparametrisation, state)),
    )(withParameters(network, weightsIn(network, state))),
  );
  if (E.isLeft(made)) return made;
  const { program, initial } = made.right;
  return withExecutable(target.load(program, initial), async (executable) =>
    E.map((layers: Feed) => {
      for (const { name } of network.layers) {
        const value = layers[name];
        const offset = value === undefined ? -1 : firstNonFinite(value);
        if (offset >= 0) return { layer: name, offset, value: value!.data[offset]! };
      }
      return null;
    })(await executable.step({ input: batch.inputs })),
  );
};

/** The refusal that ends a run whose loss is not finite. */
export const diagnoseLoss = async (
  target: Target,
  trainee: Trainee,
  failure: Failure,
): Promise<Result<never>> => {
  const { step, loss, rate, state, batch } = failure;
  const spoilt = nonFiniteIn(state);
  if (spoilt !== null) {
    const value = state[spoilt]!;
    return spoiltParameter(spoilt, step - 1, value.data[firstNonFinite(value)]!, rate);
  }
  const place = await firstBadLayer(target, trainee, failure);
  const where = `step ${step}`;
  const expected = "a finite loss";
  if (E.isLeft(place))
    return refuse({
      where,
      found: `a loss of ${loss}; looking for the layer failed (${showRefusal(place.left)})`,
      expected,
      advice,
    });
  if (place.right === null)
    return refuse({
      where,
      found: `a loss of ${loss}, though every layer is finite with stored statistics and without dropout`,
      expected,
      advice,
    });
  const { layer, offset, value } = place.right;
  const isInput = trainee.network.layers[0]!.name === layer;
  const example =
    failure.examples[Math.floor(offset / (batch.inputs.data.length / batch.inputs.shape[0]!))];
  return refuse({
    where: `${where}, layer ${layer}`,
    found: isInput
      ? `a loss of ${loss}; what it reads holds ${value} in example ${example}`
      : `a loss of ${loss}; this layer is the first whose value is not finite (${value})`,
    expected,
    advice: isInput ? "repair that example or leave it out" : `${advice} (rate ${rate})`,
  });
};
