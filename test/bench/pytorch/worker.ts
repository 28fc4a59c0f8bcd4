/**
 * Our side of a comparison, in a process of its own: read the network, prepare the method, compile, run.
 * From the document on it does what `heirloom train` does.
 */
import { readFileSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { methods } from "../../../src/adapt/methods.js";
import { weightsWhere } from "../../../src/adapt/trainable.js";
import { float32 } from "../../../src/algebra/float32.js";
import { inferenceProgram } from "../../../src/compile/inference.js";
import { hyperValues, type Optimizer } from "../../../src/compile/optimizer.js";
import { allParameters } from "../../../src/compile/parameters.js";
import { stepProgram } from "../../../src/compile/step.js";
import type { Feed, Target } from "../../../src/compile/target.js";
import { readModel } from "../../../src/format/readModel.js";
import { asFloat32 } from "../../../src/format/safetensors.js";
import { readSafetensors } from "../../../src/format/safetensorsFile.js";
import { asClass, type Network } from "../../../src/model/network.js";
import { size } from "../../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { merge } from "../../../src/transform/merge.js";
import { project } from "../../../src/transform/project.js";
import { classes } from "../networks.js";
import { openEngine, type EngineName } from "./engine.js";
import { documentFolder, inputFile, must } from "./exchange.js";
import type { Form } from "./form.js";
import type { Order, Outcome } from "./outcome.js";
import type { OptimizerName, Work } from "./setting.js";

/** One run, given its number from 1: the loss of training, or the logits of inference. */
interface Runner {
  readonly trained: number;
  readonly run: (number: number) => Promise<Tensor<number>>;
}

type StepWork = Extract<Work, { readonly kind: "step" }>;

const optimizers: Readonly<Record<OptimizerName, Optimizer>> = {
  sgd: { kind: "sgd", momentum: 0.9, weightDecay: 0 },
  adamw: { kind: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
};

/** Example `i` is of class `i` modulo the number of classes. */
const targetsOf = (batch: number): Tensor<number> => {
  const data = new Float32Array(batch * classes);
  for (let i = 0; i < batch; i++) data[i * classes + (i % classes)] = 1;
  return tensor([batch, classes], data);
};

const scalarsIn = (values: Feed, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + size(values[name]!.shape), 0);

const trainer = async (
  target: Target,
  network: Network,
  input: Tensor<number>,
  { batch, rate, work }: { readonly batch: number; readonly rate: number; readonly work: StepWork },
): Promise<Runner> => {
  const method = methods.find(({ name }) => name === work.mode)!;
  const options = work.mode === "probe" ? {} : { statistics: work.statistics };
  const chosen = method.choose.decode(options);
  if (E.isLeft(chosen)) throw new Error(`${work.mode} refuses ${JSON.stringify(options)}`);
  const adapted = must(chosen.right.phases[0]!.prepare(network));
  const optimizer = optimizers[work.optimizer];
  const { program, initial, parameters, hypers } = must(
    stepProgram(adapted.network, { batch, trainable: adapted.trainable, optimizer }),
  );
  const executable = must(await target.load(program, initial));
  const targets = targetsOf(batch);
  return {
    trained: scalarsIn(initial, parameters),
    run: async (number) => {
      const values: Readonly<Record<string, number>> = {
        ...hyperValues(optimizer, rate, number),
        exampleWeight: 1 / batch,
      };
      const scalars = hypers.map((name) => [name, tensor([], Float32Array.of(values[name]!))]);
      const outputs = must(
        await executable.step({ input, targets, ...Object.fromEntries(scalars) }),
      );
      return outputs["loss"]!;
    },
  };
};

/** The projected network's gates stay replaceable, as when it is looked at between training steps. */
const formOf = (network: Network, form: Form) => {
  if (form === "original") return { network };
  const projected = must(project(float32)(must(asClass("GCNN")(network)))).network;
  return form === "projected"
    ? { network: projected, trainable: weightsWhere(projected, (_, weight) => weight === "gates") }
    : { network: must(merge(float32)(projected)).network };
};

const predictor = async (
  target: Target,
  original: Network,
  input: Tensor<number>,
  form: Form,
): Promise<Runner> => {
  const { network, ...options } = formOf(original, form);
  const { program, initial } = must(inferenceProgram(network, input.shape[0]!, options));
  const executable = must(await target.load(program, initial));
  return { trained: 0, run: async () => must(await executable.step({ input }))["output"]! };
};

const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * The largest resident set of this process so far, in bytes. The kernel's `getrusage` would count in that of
 * the parent, whose memory a child shares between fork and exec.
 */
const peakSoFar = (): number => {
  const status = E.tryCatch(
    () => /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")),
    () => null,
  );
  const found = E.isRight(status) ? status.right?.[1] : undefined;
  return 1024 * (found === undefined ? process.resourceUsage().maxRSS : Number(found));
};

const measure = async ({
  setting,
  rate,
  parameters,
  folder,
  steps,
  warmup,
  variant,
}: Order): Promise<Outcome> => {
  const baseBytes = peakSoFar();
  const [engine, form] = variant.split(":") as [EngineName, Form];
  const { network } = must(await readModel(documentFolder(folder)));
  const own = allParameters(network).reduce((sum, { value }) => sum + size(value.shape), 0);
  if (own !== parameters) throw new Error(`found ${own} parameters, expected ${parameters}`);
  const images = must(await readSafetensors(inputFile(folder, setting.batch))).tensors;
  const input = must(asFloat32("images")(images.get("images")!));
  const target = must(await openEngine(engine, setting.threads));
  const { work, batch } = setting;
  const { trained, run } =
    work.kind === "step"
      ? await trainer(target, network, input, { batch, rate, work })
      : await predictor(target, network, input, form);
  const milliseconds: number[] = [];
  const losses: number[] = [];
  let logits: readonly number[] = [];
  let firstEndedAt = 0;
  for (let number = 1; number <= warmup + steps; number++) {
    const begun = performance.now();
    const { data } = await run(number);
    const elapsed = performance.now() - begun;
    if (number === 1) firstEndedAt = Date.now();
    if (number > warmup) milliseconds.push(elapsed);
    if (work.kind === "inference") logits = Array.from(data);
    else if (number <= warmup) losses.push(data[0]!);
  }
  return {
    milliseconds,
    losses,
    logits,
    trained,
    baseBytes,
    processorTime: processorTime(),
    peakBytes: peakSoFar(),
    firstEndedAt,
    engine: `${target.name} (${target.device})`,
  };
};

try {
  const outcome = await measure(JSON.parse(process.argv[2]!) as Order);
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message.replaceAll("\n", " ")}\n`, () => process.exit(1));
}
