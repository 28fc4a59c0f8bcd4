/**
 * Least squares against gradient descent, on the last projected 3x3 layer of ResNet-50's third stage.
 *
 * Everything before the layer is frozen, so its inputs are computed once. The layer has 128 nodes with the kernels
 * that came with the network. Each class is given a code of 128 signs (error-correcting output codes: Dietterich and
 * Bakiri, J. Artificial Intelligence Research 1995), and node j is to give, averaged over positions, sign j of its
 * digit's code; the class whose code fits best is the answer. The loss is a sum of squares in the gates, so one
 * solve per node is its minimum, and gradient descent (Adam, the gradient program of this library on ONNX Runtime)
 * goes for the same loss from gates of one. Beside it the same for a dense layer on the pooled inputs of the layer.
 *
 * The ridge, the rate and nothing else are chosen on digits of their own. Times are CPU seconds of the process for
 * one training, and do not contain the features, which all have in common.
 */
import { randomStream } from "../../../src/algebra/random.js";
import { fitted } from "../../../src/inherit/leastSquares.js";
import { momentsOf, type Moments } from "../../../src/inherit/moments.js";
import { doubles } from "../../../src/inherit/reals.js";
import { scalarsOf, withScalars, type NodeOperator } from "../../../src/inherit/scalars.js";
import { layerNamed, network, truncate } from "../../../src/model/network.js";
import { showTable } from "../../../src/report/table.js";
import { examplesFromArrays, type Examples } from "../../../src/train/examples.js";
import { size } from "../../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { rowOf, targetsOf, type Contest, type Row } from "./contest.js";
import { descend } from "./descent.js";
import { featuresOf, materialOf, must, projectedStages, timed } from "./material.js";

const layer = "res3d_branch2b";
const classes = 10;
const epochs = [1, 5, 20, 80];
const rates = [1e-2, 3e-2, 1e-1];
const ridges = [0.01, 0.1, 1, 10];

const seed = Number(process.env["HEIRLOOM_BENCH_SEED"] ?? 0);
const material = await materialOf({ training: 100, validation: 50, test: 100 }, seed);
const { target } = material;

const projected = projectedStages(material.stages);
const place = must(layerNamed(projected, layer));
const below = must(truncate(place.inputs[0]!)(projected));

/** The inputs of the layer, computed once. */
const features = async (examples: Examples): Promise<Examples> =>
  must(
    examplesFromArrays(
      examples.name,
      examples.classes,
      below.output,
      await featuresOf(target, below, examples),
      examples.labels,
    ),
  );
const [sets, featureSeconds] = await timed(async () => ({
  training: await features(material.training),
  validation: await features(material.validation),
  test: await features(material.test),
}));

/** All inputs of a set as one batch. */
const batchOf = async (examples: Examples): Promise<Tensor<number>> => {
  const each = size(examples.shape);
  const data = new Float32Array(examples.size * each);
  for (let i = 0; i < examples.size; i++) data.set(must(await examples.input(i)), i * each);
  return tensor([examples.size, ...examples.shape], data);
};
const inputs = await batchOf(sets.training);

const input = { name: "x", op: { kind: "input", shape: below.output }, inputs: [] } as const;
const pool = { kind: "globalPool", reduce: "average", keepAxes: false } as const;

const random = randomStream(seed, "codes");
const nodes = place.shape.at(-1)!;
const contests: readonly Contest[] = [
  {
    title: `projected ${layer}, ${nodes} nodes of ${below.output.at(-1)} gates`,
    op: {
      ...(place.op as NodeOperator<number>),
      bias: tensor([nodes], new Float32Array(nodes)),
    } as NodeOperator<number>,
    around: (op) =>
      must(
        network([
          input,
          { name: layer, op, inputs: ["x"] },
          { name: "pool", op: pool, inputs: [layer] },
        ]),
      ),
    codes: tensor(
      [classes, nodes],
      Float32Array.from({ length: classes * nodes }, () => (random.uniform() < 0.5 ? -1 : 1)),
    ),
    positions: size(place.shape.slice(0, -1)),
  },
  {
    title: `dense layer on the pooled inputs, ${classes} nodes of ${below.output.at(-1)} weights`,
    op: {
      kind: "dense",
      weights: tensor(
        [below.output.at(-1)!, classes],
        new Float32Array(below.output.at(-1)! * classes),
      ),
      bias: tensor([classes], new Float32Array(classes)),
    },
    around: (op) =>
      must(
        network([
          input,
          { name: "pool", op: pool, inputs: ["x"] },
          { name: layer, op, inputs: ["pool"] },
        ]),
      ),
    codes: tensor(
      [classes, classes],
      Float32Array.from({ length: classes * classes }, (_, i) =>
        i % (classes + 1) === 0 ? 1 : -1,
      ),
    ),
    positions: 1,
  },
];

/** The rows that pooling makes of a set: sums over positions, with targets in the same unit. */
const gather = (contest: Contest, x: Tensor<number>): Moments<number> => {
  const { data, shape } = targetsOf(contest, sets.training.labels);
  const summed = { shape, data: Float64Array.from(data, (t) => t * contest.positions) };
  return must(momentsOf(doubles.ring, "sum")(contest.op, x, summed));
};

/** What the dense layer reads. */
const pooled = (x: Tensor<number>): Tensor<number> => {
  const channels = x.shape.at(-1)!;
  const area = size(x.shape.slice(1, -1));
  const out = new Float64Array(x.shape[0]! * channels);
  for (let i = 0; i < x.data.length; i++)
    out[Math.floor(i / (area * channels)) * channels + (i % channels)]! += x.data[i]! / area;
  return tensor([x.shape[0]!, channels], out);
};

const single = (op: NodeOperator<number>): NodeOperator<number> => {
  const scalars = scalarsOf(op);
  const narrowed = withScalars(op, tensor(scalars.shape, Float32Array.from(scalars.data)));
  const bias = op.bias === null ? null : tensor(op.bias.shape, Float32Array.from(op.bias.data));
  return { ...narrowed, bias } as NodeOperator<number>;
};

const byAccuracy = (a: Row, b: Row): number =>
  b.validation.accuracy - a.validation.accuracy || a.validation.loss - b.validation.loss;

/** Least squares at every ridge, from the same moments; the best on the digits to choose by. */
const solveAll = async (
  contest: Contest,
): Promise<{ readonly row: Row; readonly ridge: number; readonly gathering: number }> => {
  const x = contest.op.kind === "dense" ? pooled(inputs) : inputs;
  const [moments, gathering] = await timed(() => gather(contest, x));
  const found: { readonly row: Row; readonly ridge: number; readonly gathering: number }[] = [];
  for (const ridge of ridges) {
    const [op, solving] = await timed(() => must(fitted(doubles, { ridge })(contest.op, moments)));
    const n = contest.around(single(op));
    const method = `least squares, ridge ${ridge}`;
    found.push({
      row: await rowOf(target, sets, contest, method, n, gathering + solving),
      ridge,
      gathering,
    });
  }
  return found.sort((a, b) => byAccuracy(a.row, b.row))[0]!;
};

console.log(
  `${sets.training.size} digits to train on, ${sets.validation.size} to choose by, ${sets.test.size} to test on; seed ${seed}; ` +
    `inputs of ${layer} computed in ${featureSeconds.toFixed(1)} s; ${target.name}, one thread`,
);
for (const contest of contests) {
  const { row, ridge, gathering } = await solveAll(contest);
  const runs: (readonly Row[])[] = [];
  for (const rate of rates)
    runs.push(
      await descend({ target, sets, inputs, layer }, contest, { ridge, rate, epochs, seed }),
    );
  const best = [...runs].sort((a, b) => byAccuracy(a.at(-1)!, b.at(-1)!))[0]!;
  console.log(
    `\n${contest.title} (of ${row.seconds.toFixed(2)} s, ${gathering.toFixed(2)} s gather moments)`,
  );
  console.log(
    showTable(
      [
        { title: "method" },
        { title: "loss, trained on", align: "right" },
        { title: "loss, test", align: "right" },
        { title: "accuracy, test", align: "right" },
        { title: "CPU seconds", align: "right" },
        { title: "over least squares", align: "right" },
      ],
      [row, ...best].map((r) => [
        r.method,
        r.training.loss.toFixed(4),
        r.test.loss.toFixed(4),
        `${(100 * r.test.accuracy).toFixed(1)}%`,
        r.seconds.toFixed(2),
        (r.seconds / row.seconds).toFixed(2),
      ]),
    ),
  );
}
