/**
 * Made-up comparisons for tests of the report: records of the right form that nobody measured. Accuracies follow a
 * plain law (better with more labels, a little apart by method, worse on random filters) with noise from the seed.
 */
import { randomStream, type RandomStream } from "../../src/algebra/random.js";
import type { Grid } from "../../src/compare/grid.js";
import { runId, type Filters, type RunRecord, type RunSpec } from "../../src/compare/record.js";
import { metricsOf, type Metrics } from "../../src/train/metrics.js";
import { defaultPlan } from "../../src/train/plan.js";

/** What is compared. */
export interface MadeUp {
  readonly models: readonly string[];
  readonly data: Readonly<Record<string, readonly string[]>>;
  readonly methods: readonly string[];
  readonly filters: readonly Filters[];
  readonly budgets: readonly (number | null)[];
  readonly seeds: readonly number[];
  readonly rateFactors: readonly number[];
  readonly epochs: number;
}

const digits = Array.from({ length: 10 }, (_, i) => `${i}`);

/** Three methods and two seeds: enough for every part of the page. */
export const small: MadeUp = {
  models: ["resnet"],
  data: { digits },
  methods: ["probe", "projection", "full"],
  filters: ["pretrained", "random"],
  budgets: [5, null],
  seeds: [0, 1],
  rateFactors: [1],
  epochs: 4,
};

/** As large as a comparison gets. */
export const large: MadeUp = {
  models: ["resnet50", "resnet18-fashion"],
  data: {
    digits,
    fashion: [
      ...["t-shirt", "trouser", "pullover", "dress", "coat"],
      ...["sandal", "shirt", "sneaker", "bag", "ankle boot"],
    ],
    cutouts: [
      ...["animals", "food", "plants", "vehicles", "clothes"],
      ...["sports", "symbols", "people", "household"],
    ],
  },
  methods: [
    ...["probe", "batch-norm", "bias", "projection", "projection:pointwise=freeze"],
    ...[
      "projection:pointwise=train",
      "projection-then-full",
      "scaling",
      "ia3",
      "ssf",
      "lora:rank=4",
    ],
    ...["hira:rank=4", "conv-adapter", "filter-subspace", "meta-transfer", "last-stage", "full"],
  ],
  filters: ["pretrained", "random"],
  budgets: [5, 10, 50, null],
  seeds: [0, 1, 2],
  rateFactors: [0.3, 1, 3],
  epochs: 20,
};

/** The grid that asks for such a comparison. */
export const gridOf = (of: MadeUp): Grid => ({
  ...{ format: "heirloom-comparison", version: 1 },
  ...{ models: of.models, data: Object.keys(of.data), filters: of.filters, methods: of.methods },
  ...{
    perClass: of.budgets,
    seeds: of.seeds,
    rateFactors: of.rateFactors,
    search: "every seed" as const,
  },
  heldOut: 100,
  reading: { input: null, preprocessing: null, cut: null },
  plan: { ...defaultPlan, epochs: of.epochs },
});

const trainedBy: Readonly<Record<string, number>> = {
  probe: 20_490,
  bias: 47_050,
  "batch-norm": 73_610,
  projection: 13_416_000,
  "projection:pointwise=freeze": 1_240_000,
  "projection:pointwise=train": 15_900_000,
  "projection-then-full": 23_520_000,
  scaling: 47_100,
  ia3: 47_120,
  ssf: 126_700,
  "lora:rank=4": 912_000,
  "hira:rank=4": 912_000,
  "conv-adapter": 1_610_000,
  "filter-subspace": 31_400,
  "meta-transfer": 13_460_000,
  "last-stage": 14_985_000,
  full: 23_528_000,
};

/** A matrix of predictions with about this share on the diagonal; neighbours are confused most. */
const confusion = (
  random: RandomStream,
  classes: number,
  perClass: number,
  accuracy: number,
): readonly number[] => {
  const counts = Array.from({ length: classes * classes }, () => 0);
  for (let label = 0; label < classes; label++)
    for (let i = 0; i < perClass; i++) {
      const isRight = random.uniform() < accuracy;
      const near = random.uniform() < 0.6;
      const other = near
        ? (label + 1) % classes
        : (label + 1 + random.below(classes - 1)) % classes;
      counts[label * classes + (isRight ? label : other)]! += 1;
    }
  return counts;
};

const metrics = (
  random: RandomStream,
  classes: number,
  perClass: number,
  accuracy: number,
): Metrics =>
  metricsOf({
    classes,
    confusion: confusion(random, classes, perClass, accuracy),
    topFive: Math.round(classes * perClass * (1 - (1 - accuracy) / 4)),
    loss: classes * perClass * -Math.log(0.05 + 0.95 * accuracy),
  });

/** The same on the images set aside: ten of each class. */
const score = (
  random: RandomStream,
  classes: number,
  share: number,
): NonNullable<RunRecord["validation"]> => {
  const { examples, loss, accuracy } = metrics(random, classes, 10, share);
  return { examples, loss, accuracy };
};

/** The share that a run would get right on endless images. */
const promise = ({ model, data, method, filters, perClass, rateFactor }: RunSpec): number => {
  const effect = randomStream(7, "effect", method).normal() * 0.02;
  const taste = randomStream(7, "taste", method, data, model).normal() * 0.01;
  const ease = data === "digits" ? 0.06 : data === "fashion" ? -0.02 : -0.06;
  const labels = 0.09 * Math.log10((perClass ?? 400) / 5);
  const transfer = filters === "pretrained" ? 0 : -0.28 + labels;
  const rate = -0.03 * Math.abs(Math.log10(rateFactor / (method === "full" ? 0.3 : 1)));
  return Math.min(0.985, 0.72 + effect + taste + ease + labels + transfer + rate);
};

const isGated = (method: string): boolean => /^projection(:|$)/.test(method);

const layerNames = Array.from({ length: 53 }, (_, i) =>
  i === 0 ? "conv1" : `res${2 + Math.floor(i / 13)}_block${i % 13}_conv${1 + (i % 3)}`,
);

const gatesOf = (random: RandomStream): RunRecord["gates"] =>
  layerNames.map((layer, i) => {
    const deviation = 0.02 + 0.08 * random.uniform();
    const mean = 1 + 0.05 * random.normal();
    const reach = 4 * deviation;
    const inputs = i === 0 ? 3 : 64 << Math.floor(i / 14);
    return {
      ...{ layer, inputs, outputs: 64 << Math.floor(i / 14), mean, deviation },
      ...{ least: mean - reach, most: mean + 1.3 * reach },
    };
  });

/** One record. */
export const madeUpRecord = (
  run: RunSpec,
  classes: readonly string[],
  epochs: number,
): RunRecord => {
  const { seed, method, perClass, filters } = run;
  const random = randomStream(seed, "record", JSON.stringify(run));
  const luck = randomStream(seed, "block", run.data, `${perClass}`).normal() * 0.012;
  const goal = promise(run) + luck + 0.006 * random.normal();
  const trained = trainedBy[method] ?? 1000;
  const history = Array.from({ length: epochs }, (_, i) => {
    const share = goal * (1 - Math.exp(-(i + 1) / 3)) + 0.015 * random.normal();
    return {
      epoch: i + 1,
      loss: 2.3 * Math.exp(-(i + 1) / 4),
      accuracy: Math.min(1, share + 0.06),
      validation: score(random, classes.length, share),
    };
  });
  const adapters = method === "conv-adapter" ? 1_600_000 : 0;
  return {
    ...{ format: "heirloom-run", version: 1, id: runId(run), run, classes },
    options: { pointwise: "gate" },
    phases: [
      {
        name: method,
        status: seed === 1 ? "stopped early" : "finished",
        rate: 0.001 * run.rateFactor,
        trainedParameters: trained,
        storedParameters: trained,
        history,
        restored: epochs - 1,
        steps: epochs * 12,
        medianStep: 120 + 40 * random.uniform(),
        peakResident: 9e8 + 1e8 * random.uniform(),
      },
    ],
    trainedParameters: trained,
    storedParameters: trained + 53_120,
    inference: {
      parameters: 23_581_642 + adapters,
      multiplyAdds: 334_000_000 + (adapters === 0 ? 0 : 41_000_000),
      merged: adapters === 0,
    },
    validation: score(random, classes.length, goal),
    test: metrics(random, classes.length, 100, goal),
    images: (perClass ?? 400) * classes.length,
    gates: isGated(method) ? gatesOf(random) : null,
    provenance: {
      ...{ heirloom: "0.1.0", node: "20.20.0", backend: "onnx-cpu", device: "a made-up machine" },
      threads: 2,
      command: ["compare", "--seeds", "3", "-o", "a folder"],
      plan: { batch: 32, epochs, schedule: "cosine" },
      modelSha256: "ab".repeat(32),
      trainingSha256: "cd".repeat(32),
      testSha256: "ef".repeat(32),
      finishedAt: `2026-01-0${1 + (seed % 9)}T00:00:00.000Z`,
      seconds: 30 + 20 * random.uniform() + (filters === "random" ? 1 : 0),
    },
  };
};

/** The records of a comparison, in the order of a grid. */
export const madeUpRecords = (of: MadeUp): readonly RunRecord[] =>
  of.seeds.flatMap((seed) =>
    of.budgets.flatMap((perClass) =>
      of.models.flatMap((model) =>
        Object.entries(of.data).flatMap(([data, classes]) =>
          of.filters.flatMap((filters) =>
            of.methods.flatMap((method) =>
              of.rateFactors.map((rateFactor) =>
                madeUpRecord(
                  { model, data, method, filters, perClass, seed, rateFactor },
                  classes,
                  of.epochs,
                ),
              ),
            ),
          ),
        ),
      ),
    ),
  );
