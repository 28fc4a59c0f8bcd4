/**
 * Where the smallest gates of a trained projection are, on the network of pruning.ts: why their magnitude is no guide
 * to pruning. For each layer the gates' least, tenth percentile, mean and largest, and of the smallest tenth of them
 * the share of the layer's squared kernel lengths that they hold, and how many stand in the tenth of the nodes
 * (outputs) where they are most frequent. Spread at random, a few more than a tenth would.
 */
import { adaptByProjection } from "../../../src/adapt/projection.js";
import { replaceHead } from "../../../src/adapt/head.js";
import { float32 } from "../../../src/algebra/float32.js";
import type { Projected } from "../../../src/model/operator.js";
import { showTable } from "../../../src/report/table.js";
import { defaultPlan } from "../../../src/train/plan.js";
import { train } from "../../../src/train/train.js";
import { materialOf, must } from "./material.js";

const seed = Number(process.env["HEIRLOOM_BENCH_SEED"] ?? 0);
const material = await materialOf({ training: 60, validation: 50, test: 100 }, seed);
const adaptation = must(adaptByProjection(float32)(must(replaceHead(10)(material.stages))));
const { network } = must(
  await train(material.target, adaptation, material.training, {
    plan: { ...defaultPlan, epochs: 5, validation: 0, seed },
    rate: 1e-2,
  }),
);

const sum = (xs: ArrayLike<number>): number => Array.from(xs).reduce((s, x) => s + x, 0);

const rowOf = (name: string, { gates, kernel }: Projected<number>): readonly string[] => {
  const [inputs, outputs] = gates.shape as readonly [number, number];
  const pairs = gates.data.length;
  const sizes = Array.from(gates.data, Math.abs);
  const lengths = new Float64Array(pairs);
  for (let i = 0; i < kernel.data.length; i++)
    lengths[i % pairs]! += (kernel.data[i]! * sizes[i % pairs]!) ** 2;
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[a]! - sizes[b]!);
  const least = order.slice(0, Math.floor(pairs / 10));
  const perNode = new Float64Array(outputs);
  for (const i of least) perNode[i % outputs]! += 1;
  const crowded = [...perNode].sort((a, b) => b - a).slice(0, Math.ceil(outputs / 10));
  const percent = (x: number): string => `${(100 * x).toFixed(0)}%`;
  return [
    name,
    `${inputs}x${outputs}`,
    ...[order[0]!, order[least.length]!].map((i) => sizes[i]!.toFixed(2)),
    (sum(sizes) / pairs).toFixed(2),
    sizes[order[pairs - 1]!]!.toFixed(2),
    percent(sum(least.map((i) => lengths[i]!)) / sum(lengths)),
    percent(sum(crowded) / least.length),
  ];
};

console.log(
  showTable(
    [
      { title: "layer" },
      ...["gates", "least", "tenth", "mean", "largest", "length held", "in a tenth of nodes"].map(
        (title) => ({ title, align: "right" as const }),
      ),
    ],
    network.layers.flatMap(({ name, op }) => (op.kind === "projected" ? [rowOf(name, op)] : [])),
  ),
);
