/**
 * What pruning saves on ResNet-50 up to the end of its third stage, at equal accuracy on MNIST digits.
 *
 * A zero gate is a kernel less, so pruning gates takes out whole kernels, as pruning kernels by their norm does. The
 * same share of each layer's kernels goes
 *
 *     at random          of a network adapted by projection, any
 *     by gate            of the same network, those whose gate is smallest in magnitude
 *     by saliency        of the same network, those whose gate is least salient (Optimal Brain Damage, on digits
 *                        trained on, with the cross-entropy of their labels)
 *     by norm            of the same network merged, those whose kernel |g F| is shortest
 *     full, by norm      of a network whose kernels were all fine-tuned, those that are shortest
 *     full, by saliency  of that network, those whose gate of one is least salient: projected after training
 *
 * and nothing is trained afterwards. Accuracies are of digits that nothing else saw; the largest share within a point
 * of the unpruned network is chosen on digits of their own. Weights and multiply-adds are those of the connections
 * that are alive (liveness.ts).
 */
import { randomStream } from "../../../src/algebra/random.js";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { float32 } from "../../../src/algebra/float32.js";
import { fullMethod } from "../../../src/adapt/full.js";
import { replaceHead } from "../../../src/adapt/head.js";
import type { ChosenMethod } from "../../../src/adapt/method.js";
import { adaptByProjection } from "../../../src/adapt/projection.js";
import { machine } from "../../../src/compile/arithmetic.js";
import type { Feed } from "../../../src/compile/target.js";
import { scoreProgram } from "../../../src/inherit/fisher.js";
import { livenessOf, savingOf } from "../../../src/inherit/liveness.js";
import { gradientName } from "../../../src/inherit/objective.js";
import { singles } from "../../../src/inherit/reals.js";
import { withoutLeast } from "../../../src/inherit/techniques/optimalBrainDamage.js";
import type { Layer, Network } from "../../../src/model/network.js";
import type { Projected } from "../../../src/model/operator.js";
import { showTable } from "../../../src/report/table.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { evaluate } from "../../../src/train/evaluate.js";
import { defaultPlan, type Plan } from "../../../src/train/plan.js";
import { runMethod } from "../../../src/train/runMethod.js";
import { train } from "../../../src/train/train.js";
import type { Examples } from "../../../src/train/examples.js";
import { materialOf, must, projectedStages, timed } from "./material.js";

const seed = Number(process.env["HEIRLOOM_BENCH_SEED"] ?? 0);
const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
const material = await materialOf({ training: 60, validation: 50, test: 100 }, seed);
const { target } = material;

const plan = (epochs: number): Plan => ({ ...defaultPlan, epochs, validation: 0, seed });

/** Train gates, biases and classifier. */
const adaptGates = async (n: Network, epochs: number): Promise<Network> => {
  const adaptation = must(adaptByProjection(float32)(n));
  return must(
    await train(target, adaptation, material.training, { plan: plan(epochs), rate: 1e-2 }),
  ).network;
};

const accuracyOf = async (n: Network, examples: Examples): Promise<number> =>
  must(await evaluate(target, n, examples, { batch: 50 })).accuracy;

/** A number for each gate of each projected layer, by the layer's name. */
type Scores = ReadonlyMap<string, Tensor<number>>;

const gated = (n: Network): readonly (Layer & { readonly op: Projected<number> })[] =>
  n.layers.flatMap((layer) => (layer.op.kind === "projected" ? [{ ...layer, op: layer.op }] : []));

const scoresBy = (n: Network, score: (op: Projected<number>, pair: number) => number): Scores =>
  new Map(
    gated(n).map(({ name, op }) => [
      name,
      tensor(
        op.gates.shape,
        Float64Array.from({ length: op.gates.data.length }, (_, pair) => score(op, pair)),
      ),
    ]),
  );

const magnitude = (op: Projected<number>, pair: number): number => Math.abs(op.gates.data[pair]!);

/** The length of the merged kernel. */
const norm = (op: Projected<number>, pair: number): number => {
  let square = 0;
  for (let i = pair; i < op.kernel.data.length; i += op.gates.data.length)
    square += op.kernel.data[i]! ** 2;
  return Math.abs(op.gates.data[pair]!) * Math.sqrt(square);
};

/** Mean squares of the scores of the labels, one example at a time. */
const empiricalFisher = async (n: Network, examples: Examples, count: number): Promise<Scores> => {
  const names = gated(n).map(({ name }) => `${name}/gates`);
  const program = must(scoreProgram(machine)(n, new Set(names)));
  const initial: Feed = Object.fromEntries(
    gated(n).map(({ name, op }) => [`${name}/gates`, op.gates]),
  );
  const executable = must(await target.load(program, initial));
  const sums = new Map(
    gated(n).map(({ name, op }) => [name, new Float64Array(op.gates.data.length)]),
  );
  const classes = examples.classes.length;
  for (let taken = 0; taken < count; taken++) {
    const i = Math.floor((taken * examples.size) / count);
    const input = tensor([1, ...examples.shape], must(await examples.input(i)));
    const zero = tensor([1, classes], new Float32Array(classes));
    const logits = must(await executable.step({ input, seed: zero }))["output"]!.data;
    const most = Math.max(...Array.from(logits));
    const weights = Array.from(logits, (x) => Math.exp(x - most));
    const total = weights.reduce((x, y) => x + y, 0);
    const away = Float32Array.from(
      weights,
      (w, c) => (c === examples.labels[i] ? 1 : 0) - w / total,
    );
    const scores = must(await executable.step({ input, seed: tensor([1, classes], away) }));
    for (const [name, sum] of sums) {
      const { data } = scores[gradientName(`${name}/gates`)]!;
      for (let at = 0; at < sum.length; at++) sum[at]! += data[at]! ** 2 / count;
    }
  }
  executable.dispose();
  return new Map([...sums].map(([name, data]) => [name, tensor([data.length], data)]));
};

/** The share of each layer's kernels with the smallest scores is gone, kernel and gate. */
const pruned = (n: Network, scores: Scores, share: number): Network => ({
  ...n,
  layers: n.layers.map((layer): Layer => {
    const { op } = layer;
    const score = scores.get(layer.name);
    if (op.kind !== "projected" || score === undefined) return layer;
    const pairs = op.gates.data.length;
    const gates = withoutLeast(singles, op.gates, score, Math.floor(share * pairs));
    const kernel = tensor(
      op.kernel.shape,
      Float32Array.from(op.kernel.data, (w, i) => (gates.data[i % pairs] === 0 ? 0 : w)),
    );
    return { ...layer, op: { ...op, gates, kernel } };
  }),
});

interface Point {
  readonly share: number;
  readonly validation: number;
  readonly test: number;
  readonly weights: number;
  readonly multiplyAdds: number;
}

const pointAt = async (n: Network, scores: Scores, share: number): Promise<Point> => {
  const cut = pruned(n, scores, share);
  const { weights, weightsLeft, multiplyAdds, multiplyAddsLeft } = savingOf(
    livenessOf(float32)(cut).layers,
  );
  return {
    share,
    validation: await accuracyOf(cut, material.validation),
    test: await accuracyOf(cut, material.test),
    weights: 1 - weightsLeft / weights,
    multiplyAdds: 1 - multiplyAddsLeft / multiplyAdds,
  };
};

const percent = (x: number): string => `${(100 * x).toFixed(1)}%`;

const start = must(replaceHead(10)(material.stages));
const [projectedNetwork, projecting] = await timed(() => adaptGates(start, 5));
const [fullNetwork, tuning] = await timed(async () => {
  const chosen = pipe(
    fullMethod.choose.decode({}),
    E.getOrElse((): ChosenMethod => {
      throw new Error("full fine-tuning has defaults");
    }),
  );
  const run = must(await runMethod(target, chosen, start, material.training, { plan: plan(5) }));
  return projectedStages(run.outcome!.merged);
});

const saliency = async (n: Network): Promise<Scores> => {
  const importance = await empiricalFisher(n, material.training, 200);
  return new Map(
    gated(n).map(({ name, op }) => [
      name,
      tensor(
        op.gates.shape,
        Float64Array.from(op.gates.data, (g, i) => importance.get(name)!.data[i]! * g ** 2),
      ),
    ]),
  );
};

const random = randomStream(seed, "pruning");
const contenders: readonly (readonly [title: string, network: Network, scores: Scores])[] = [
  ["at random", projectedNetwork, scoresBy(projectedNetwork, () => random.uniform())],
  ["by gate", projectedNetwork, scoresBy(projectedNetwork, magnitude)],
  ["by saliency", projectedNetwork, await saliency(projectedNetwork)],
  ["by norm", projectedNetwork, scoresBy(projectedNetwork, norm)],
  ["full, by norm", fullNetwork, scoresBy(fullNetwork, norm)],
  ["full, by saliency", fullNetwork, await saliency(fullNetwork)],
];

const whole = savingOf(livenessOf(float32)(projectedNetwork).layers);
console.log(
  `${material.training.size} digits to train on, ${material.validation.size} to choose by, ${material.test.size} to test on; seed ${seed}; ` +
    `${whole.weights} weights and ${whole.multiplyAdds} multiply-adds in kernels and classifier; ` +
    `projection ${projecting.toFixed(0)} and full fine-tuning ${tuning.toFixed(0)} CPU seconds; ${target.name}, one thread`,
);
const accuracies: string[][] = [];
const chosen: string[][] = [];
for (const [title, network, scores] of contenders) {
  const points: Point[] = [];
  for (const share of shares) points.push(await pointAt(network, scores, share));
  accuracies.push([title, ...points.map(({ test }) => percent(test))]);
  const unpruned = points[0]!;
  const best = points.filter(({ validation }) => validation >= unpruned.validation - 0.01).at(-1)!;
  chosen.push([
    title,
    percent(unpruned.test),
    percent(best.share),
    percent(best.test),
    percent(best.weights),
    percent(best.multiplyAdds),
  ]);
}
console.log("\naccuracy on the test digits, by the share of kernels that went:");
console.log(
  showTable(
    [
      { title: "kernels pruned" },
      ...shares.map((share) => ({ title: percent(share), align: "right" as const })),
    ],
    accuracies,
  ),
);
console.log(
  "\nthe largest share within a point of the unpruned network, chosen on digits of their own:",
);
console.log(
  showTable(
    [
      { title: "kernels pruned" },
      { title: "unpruned", align: "right" },
      { title: "share", align: "right" },
      { title: "accuracy", align: "right" },
      { title: "weights saved", align: "right" },
      { title: "multiply-adds saved", align: "right" },
    ],
    chosen,
  ),
);
