/** A small task for tests: stripes along three directions with noise, and a small network for them. */
import { pipe } from "fp-ts/lib/function.js";
import { randomStream } from "../../src/algebra/random.js";
import {
  batchNorm,
  build,
  conv,
  dense,
  globalAveragePool,
  input,
  relu,
} from "../../src/model/builder.js";
import { replaceHead } from "../../src/adapt/head.js";
import type { Network } from "../../src/model/network.js";
import { mapWeights } from "../../src/model/operator.js";
import { examplesFromArrays, type Examples } from "../../src/train/examples.js";
import { succeed } from "../generators/succeed.js";

export const side = 5;
export const classes = ["rows", "columns", "checks"];

/** `count` pictures of `side x side x 1`, the classes in turn. */
export const stripes = (count: number, seed = 0, noise = 0.3): Examples => {
  const random = randomStream(seed, "stripes");
  const inputs = new Float32Array(count * side * side);
  const labels = Array.from({ length: count }, (_, i) => i % classes.length);
  for (const [i, label] of labels.entries()) {
    const phase = random.below(2);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const at = [y, x, y + x][label]! + phase;
        inputs[(i * side + y) * side + x] = (at % 2) * 2 - 1 + noise * random.normal();
      }
  }
  return succeed(examplesFromArrays("stripes", classes, [side, side, 1], inputs, labels));
};

/** Batch norm as training elsewhere would have left it: statistics and affine of other than 0 and 1. */
const withHistory = (n: Network, seed: number): Network => ({
  ...n,
  layers: n.layers.map((layer) =>
    layer.op.kind === "batchNorm"
      ? {
          ...layer,
          op: mapWeights(layer.op, (t, weight) => {
            const random = randomStream(seed, layer.name, weight);
            const spread = weight === "mean" || weight === "beta" ? 0 : 1;
            return {
              shape: t.shape,
              data: Float32Array.from(
                { length: t.data.length },
                () => spread + random.uniform() / 2,
              ),
            };
          }),
        }
      : layer,
  ),
});

/** Convolution 3x3, batch norm, relu, convolution 1x1, relu, pooling and a classifier of ten classes. */
export const pretrained = (seed = 0): Network =>
  withHistory(
    succeed(
      pipe(
        input([side, side, 1]),
        conv({ filters: 4, kernel: 3, padding: "valid", bias: false, name: "conv1" }),
        batchNorm({ name: "bn1" }),
        relu,
        conv({ filters: 3, kernel: 1, name: "conv2" }),
        relu,
        globalAveragePool,
        dense(10, { name: "top" }),
        build({ seed }),
      ),
    ),
    seed,
  );

/** The same with a new classifier for the stripes. */
export const adaptable = (seed = 0): Network =>
  succeed(replaceHead(classes.length)(pretrained(seed)));
