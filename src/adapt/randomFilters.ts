/**
 * The control beside every claim about transfer: the same architecture with filters that learnt nothing.
 *
 * Kernels are drawn as He et al. (2015) do, variance `2 / fan-in`; biases become zero. Batch norm cannot
 * simply keep its statistics, which belong to the old filters, nor be reset to mean 0 and variance 1:
 * with frozen statistics nothing would then hold back a residual network, whose second moment doubles
 * with each addition. So the statistics are set to what the mean-field view of random networks
 * expects (Poole et al. 2016): with `q` the mean square of an activation over channels and positions,
 *
 *     convolution, dense   q -> 2 q         (fan-in terms of variance 2 / fan-in)
 *     batch norm           q -> 1           with mean 0, variance q, gamma 1, beta 0
 *     layer norm           q -> 1           with gamma 1, beta 0
 *     relu and its kin     q -> q / 2       (a symmetric variable loses half its square)
 *     add, multiply        q1 + q2, q1 q2   (independent branches)
 *
 * and everything else leaves `q` alone. This is an estimate of scale, not a calibration on data.
 */
import { randomStream, type RandomStream } from "../algebra/random.js";
import type { Result } from "../algebra/refusal.js";
import type { ActivationFunction } from "../model/activation.js";
import { network, type Layer, type Network } from "../model/network.js";
import { mapWeights, type Operator } from "../model/operator.js";
import { size, type Shape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import { heDeviation } from "./drawn.js";

const heNormal = (random: RandomStream, shape: Shape): Tensor<number> => {
  const deviation = heDeviation(shape);
  const data = new Float32Array(size(shape));
  for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
  return tensor(shape, data);
};

const constantLike = (t: Tensor<number>, value: number): Tensor<number> =>
  tensor(t.shape, new Float32Array(t.data.length).fill(value));

/** What a weight becomes, given the mean square `q` of the layer's input. */
const redrawn =
  (random: RandomStream, q: number) =>
  (t: Tensor<number>, weight: string): Tensor<number> => {
    switch (weight) {
      case "kernel":
      case "weights":
        return heNormal(random, t.shape);
      case "gates":
      case "gamma":
        return constantLike(t, 1);
      case "variance":
        return constantLike(t, q);
      case "scale":
        return constantLike(t, 1 / Math.sqrt(q));
      default:
        return constantLike(t, 0);
    }
  };

const afterActivation = (fn: ActivationFunction, q: number): number => {
  switch (fn.name) {
    case "leakyRelu":
      return ((1 + fn.slope ** 2) * q) / 2;
    case "sigmoid":
    case "hardSigmoid":
      return 1 / 4 + Math.min(q, 1) / 16;
    case "tanh":
      return Math.min(q, 1);
    default:
      return q / 2;
  }
};

/** The mean square of a layer's value from those of its inputs. */
const meanSquare = (op: Operator, qs: readonly number[]): number => {
  const q = qs[0] ?? 1;
  switch (op.kind) {
    case "convolution":
    case "projected":
    case "dense":
      return 2 * q;
    case "batchNorm":
    case "layerNorm":
    case "affine":
      return 1;
    case "activation":
      return afterActivation(op.fn, q);
    case "add":
      return qs.reduce((a, b) => a + b, 0);
    case "multiply":
      return qs.reduce((a, b) => a * b, 1);
    case "concat":
      return qs.reduce((a, b) => a + b, 0) / qs.length;
    default:
      return q;
  }
};

/**
 * The same architecture with every kernel redrawn from the seed. `inputMeanSquare` is the mean square of
 * the pre-processed input; a wrong value scales the first layer's value by a constant, and 0 counts as 1.
 */
export const randomFilters =
  (seed: number, inputMeanSquare = 1) =>
  (n: Network): Result<Network> => {
    const scale = inputMeanSquare > 0 ? inputMeanSquare : 1;
    const squares = new Map<string, number>();
    const specs = n.layers.map((layer: Layer) => {
      const qs = layer.inputs.map((name) => squares.get(name)!);
      squares.set(layer.name, layer.op.kind === "input" ? scale : meanSquare(layer.op, qs));
      const random = randomStream(seed, "filters", layer.name);
      return { ...layer, op: mapWeights(layer.op, redrawn(random, qs[0] ?? scale)) };
    });
    return network(specs);
  };
