/**
 * The network builder: write an architecture as a pipeline of drafts.
 *
 * Stages are functions of a draft and nest: `(x) => pipe(x, ...)`, which also takes a pipeline past the
 * twenty arguments of fp-ts's `pipe`; `named` scopes their layers' names and `stack` repeats them.
 *
 * @example
 * import { batchNorm, build, conv, dense, globalAveragePool, input, maxPool, relu, residual } from "heirloom"
 * import { either as E } from "fp-ts"
 * import { pipe } from "fp-ts/lib/function.js"
 *
 * // Result<Network<"GCNN", readonly [32, 32, 3], readonly [10]>>
 * const small = pipe(
 *   input([32, 32, 3]),
 *   conv({ filters: 16, kernel: 3 }),
 *   batchNorm(),
 *   relu,
 *   maxPool({ size: 2 }),
 *   residual((x) => pipe(x, conv({ filters: 16, kernel: 3 }), batchNorm())),
 *   relu,
 *   globalAveragePool,
 *   dense(10),
 *   build({ seed: 0 }),
 * )
 * assert.deepStrictEqual(E.isRight(small) && small.right.output, [10])
 */
export * from "./builder/activations.js";
export * from "./builder/arrangement.js";
export * from "./builder/block.js";
export * from "./builder/branches.js";
export * from "./builder/build.js";
export * from "./builder/convolution.js";
export * from "./builder/dense.js";
export type { Draft, DraftClass } from "./builder/draft.js";
export { input, named } from "./builder/draft.js";
export * from "./builder/initialiser.js";
export * from "./builder/normalisation.js";
export * from "./builder/pooling.js";
