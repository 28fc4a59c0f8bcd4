/**
 * Counting: parameters, gates and multiply-adds of a layer and of a network. Projection learns one gate
 * where a convolution has one kernel, so it needs `1 / taps` of the kernel's parameters; on 1x1 kernels it
 * saves nothing.
 */
import { taps } from "../tensor/geometry.js";
import { size, spatialOf, type Shape } from "../tensor/shape.js";
import type { Layer, ModelClass, Network } from "./network.js";
import { weightsOf, type Operator } from "./operator.js";

/** How many numbers something holds, and what it costs to run once. */
export interface Count {
  /** Elements of all weights. */
  readonly parameters: number;
  /** Those of them that are batch-norm statistics, which no gradient moves. */
  readonly statistics: number;
  /** Elements of the spatial kernels. */
  readonly kernelParameters: number;
  /** Kernel elements of the layers whose kernel has a single tap, where gates save nothing. */
  readonly oneByOneParameters: number;
  /** Gates there are, or would be after projecting every kernel. */
  readonly gates: number;
  /**
   * Multiply-adds of kernels and dense weights for one example, as the literature counts them: taps in
   * the padding included; batch norms, biases and activations, which merge away or are cheap, not.
   */
  readonly multiplyAdds: number;
}

const nothing: Count = {
  parameters: 0,
  statistics: 0,
  kernelParameters: 0,
  oneByOneParameters: 0,
  gates: 0,
  multiplyAdds: 0,
};

const isStatistic = <A>(op: Operator<A>, weight: string): boolean =>
  op.kind === "batchNorm" && (weight === "mean" || weight === "variance");

/** What one layer holds and costs. */
export const countLayer = <A>({ op, shape }: Layer<A>): Count => {
  const weights = weightsOf(op).map(([name, t]) => [name, size(t.shape)] as const);
  const total = (ws: typeof weights): number => ws.reduce((n, [, elements]) => n + elements, 0);
  const held = {
    ...nothing,
    parameters: total(weights),
    statistics: total(weights.filter(([name]) => isStatistic(op, name))),
  };
  const positions = size(spatialOf(shape));
  if (op.kind === "dense") return { ...held, multiplyAdds: positions * size(op.weights.shape) };
  if (op.kind !== "convolution" && op.kind !== "projected") return held;
  const kernelParameters = size(op.kernel.shape);
  return {
    ...held,
    kernelParameters,
    oneByOneParameters: taps(op.geometry) === 1 ? kernelParameters : 0,
    gates: kernelParameters / taps(op.geometry),
    multiplyAdds: positions * kernelParameters,
  };
};

/** The sum of two counts. */
export const addCounts = (a: Count, b: Count): Count => ({
  parameters: a.parameters + b.parameters,
  statistics: a.statistics + b.statistics,
  kernelParameters: a.kernelParameters + b.kernelParameters,
  oneByOneParameters: a.oneByOneParameters + b.oneByOneParameters,
  gates: a.gates + b.gates,
  multiplyAdds: a.multiplyAdds + b.multiplyAdds,
});

/** What a network holds and costs. */
export const countNetwork = <A>(n: Network<ModelClass, Shape, Shape, A>): Count =>
  n.layers.map((layer) => countLayer(layer)).reduce(addCounts, nothing);

/** The share of the kernel parameters that projection need not learn, from 0 to 1; 0 where there are none. */
export const saving = ({ kernelParameters, gates }: Count): number =>
  kernelParameters === 0 ? 0 : 1 - gates / kernelParameters;
