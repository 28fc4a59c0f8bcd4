/**
 * What it costs to run a network, counted and not measured.
 *
 * `multiplyAdds` is the figure of the literature: kernels and dense weights, for one image. `operations` is the
 * whole program, one batch through it (cost.ts), so it also holds what the first leaves out: norms,
 * activations, sums, and the products of gates and kernels where gates stay parameters of the program.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { countNetwork } from "../model/count.js";
import type { Network } from "../model/network.js";
import { programCost } from "./cost.js";
import { footprint, placeOf } from "./footprint.js";
import { inferenceProgram, type InferenceProgram } from "./inference.js";
import type { Program } from "./program.js";

/** What a run costs. */
export interface InferenceCost {
  /** Elements of all weights of the network. */
  readonly parameters: number;
  /** Of kernels and dense weights, for one image. */
  readonly multiplyAdds: number;
  /** Of everything, for the batch. */
  readonly operations: number;
  /** Bytes that stay between runs: weights, as the compiled program holds them. */
  readonly resident: number;
  /** The most bytes of values that are alive at once during a run. */
  readonly activations: number;
  /** Where in the program that is. */
  readonly busiest: string;
}

/** The program of a network with weights named `replaceable` as parameters, all others as constants. */
export const runnable = (
  network: Network,
  batch: number,
  replaceable: ReadonlySet<string>,
): Result<InferenceProgram> =>
  inferenceProgram(network, batch, replaceable.size === 0 ? {} : { trainable: replaceable });

/** The cost of a network and its program. */
export const costOf = (network: Network, program: Program): InferenceCost => {
  const { parameters, multiplyAdds } = countNetwork(network);
  const { resident, peak, at } = footprint(program);
  return {
    parameters,
    multiplyAdds,
    operations: programCost(program).total,
    resident,
    activations: peak,
    busiest: placeOf(program, at),
  };
};

/**
 * The cost of running a network on a batch. Weights named `replaceable`, as `layer/weight`, can be replaced
 * between runs, so that nothing is computed from them in advance.
 *
 * @example
 * import { build, conv, inferenceCost, input } from "heirloom"
 *
 * const n = pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3, bias: false }), build({ seed: 0 }))
 * assert.deepStrictEqual(pipe(n, E.chain((network) => inferenceCost(network, 5))), E.right({
 *   parameters: 18,
 *   multiplyAdds: 16 * 18,
 *   operations: 5 * 16 * 18,
 *   resident: 4 * 18,
 *   activations: 4 * 5 * (16 + 32),
 *   busiest: "layer conv1, conv",
 * }))
 */
export const inferenceCost = (
  network: Network,
  batch: number,
  replaceable: ReadonlySet<string> = new Set(),
): Result<InferenceCost> =>
  E.map(({ program }: InferenceProgram) => costOf(network, program))(
    runnable(network, batch, replaceable),
  );
