/**
 * What inference costs, counted and measured: networks side by side on one target, at one batch size, in turns
 * (latency.ts). A run is timed as a caller of the engine sees it: the batch is handed over, the result comes
 * back.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { Form } from "../adapt/form.js";
import { randomStream } from "../algebra/random.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { costOf, runnable, type InferenceCost } from "../compile/inferenceCost.js";
import type { InferenceProgram } from "../compile/inference.js";
import type { Executable, Target } from "../compile/target.js";
import { Finite, Natural, Positive, ShapeOf } from "../format/codec.js";
import { sameShape, showShape, size, type Shape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import { interleaved, type Rounds, type Watch } from "./latency.js";
import { IntervalCodec, medianInterval, spreadOf, SpreadCodec } from "./spread.js";

const NetworkCostCodec = t.readonly(
  t.strict({
    name: t.string,
    parameters: Natural,
    multiplyAdds: Natural,
    operations: Natural,
    resident: Natural,
    activations: Natural,
    busiest: t.string,
    /** Milliseconds of a run. */
    latency: SpreadCodec,
    /** Images a second, at the median. */
    throughput: Finite,
    /** Of its latency to that of the first network in the same round; null for the first itself. */
    ratio: t.union([SpreadCodec, t.null]),
    /** Where the median ratio is with a probability of 99%; null where rounds were too few to say. */
    ratioInterval: t.union([IntervalCodec, t.null]),
  }),
);

/** What one network costs at one batch size (see `InferenceCost`), and how it compares with the first. */
export type NetworkCost = t.TypeOf<typeof NetworkCostCodec>;

/** The codec of {@link SettingCost}. */
export const SettingCostCodec = t.readonly(
  t.strict({
    input: ShapeOf,
    batch: Positive,
    rounds: Positive,
    networks: t.readonlyArray(NetworkCostCodec),
  }),
);

/** What several networks cost at one input shape and batch size. */
export type SettingCost = t.TypeOf<typeof SettingCostCodec>;

/** How to measure. */
export interface MeasureOptions extends Rounds, Watch {
  readonly batch: number;
  /** Bytes that may be used. */
  readonly memory: number;
}

/** A form with its program. */
interface Compiled {
  readonly form: Form;
  readonly made: InferenceProgram;
  readonly cost: InferenceCost;
}

const compile =
  (batch: number) =>
  (form: Form): Result<Compiled> =>
    E.bimap(within(form.name), (made: InferenceProgram) => ({
      form,
      made,
      cost: costOf(form.network, made.program),
    }))(runnable(form.network, batch, form.replaceable));

const oneInput = (forms: readonly Form[]): Result<Shape> => {
  const first = forms[0];
  if (first === undefined)
    return refuse({ where: "cost", found: "no networks", expected: "at least one" });
  const { input } = first.network;
  const other = forms.find(({ network }) => !sameShape(network.input, input));
  return other === undefined
    ? E.right(input)
    : refuse({
        where: other.name,
        found: `input ${showShape(other.network.input)}`,
        expected: `${showShape(input)}, that of ${first.name}: costs are compared at one input`,
      });
};

/**
 * An engine holds weights in its own layout beside the program's, and takes more for values than are alive at
 * once: ONNX Runtime on the CPU up to 2.7 times as much, measured on ResNet-50 at 224x224.
 */
const engineNeeds = ({ resident, activations }: InferenceCost): number =>
  2 * resident + 3 * activations;

const fitsMemory = (
  compiled: readonly Compiled[],
  { batch, memory }: MeasureOptions,
): Result<null> => {
  const needed = compiled.reduce((bytes, { cost }) => bytes + engineNeeds(cost), 0);
  const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  return needed <= memory
    ? E.right(null)
    : refuse({
        where: `batch ${batch}`,
        found: `about ${gibibytes(needed)} for ${compiled.length} network${compiled.length === 1 ? "" : "s side by side"}`,
        expected: `at most the ${gibibytes(memory)} that are free`,
        advice: "measure smaller batches, a smaller input or fewer networks at a time",
      });
};

/** Random numbers are drawn once for this many elements, and repeated. */
const drawn = 2 ** 14;

/** Normal noise: what the values are makes no difference. */
const noise = (shape: Shape, seed: number): Tensor<number> => {
  const data = new Float32Array(size(shape));
  const random = randomStream(seed, "input");
  for (let i = 0; i < Math.min(drawn, data.length); i++) data[i] = random.normal();
  for (let filled = drawn; filled < data.length; filled *= 2)
    data.copyWithin(filled, 0, Math.min(filled, data.length - filled));
  return tensor(shape, data);
};

const compare = (
  compiled: readonly Compiled[],
  times: readonly (readonly number[])[],
  batch: number,
): readonly NetworkCost[] =>
  compiled.map(({ form: { name }, cost }, i) => {
    const latency = spreadOf(times[i]!)!;
    const ratios = i === 0 ? [] : times[i]!.map((time, round) => time / times[0]![round]!);
    return {
      name,
      ...cost,
      latency,
      throughput: (1000 * batch) / latency.median,
      ratio: spreadOf(ratios),
      ratioInterval: medianInterval(ratios),
    };
  });

/** Load programs one after another, use them, and free what was loaded, whatever happens. */
const withAll = async <A>(
  target: Target,
  compiled: readonly Compiled[],
  use: (executables: readonly Executable[]) => Promise<Result<A>>,
): Promise<Result<A>> => {
  const loaded: Executable[] = [];
  try {
    for (const { form, made } of compiled) {
      const executable = await target.load(made.program, made.initial);
      if (E.isLeft(executable)) return E.left(within(form.name)(executable.left));
      loaded.push(executable.right);
    }
    return await use(loaded);
  } finally {
    for (const executable of loaded) executable.dispose();
  }
};

/**
 * Count and measure networks side by side. Refuses networks of different inputs, and what does not fit into
 * the memory that may be used.
 *
 * @example
 * import { build, conv, formsOf, input, measureCost } from "heirloom"
 * import { tfjsTarget } from "heirloom/tfjs"
 *
 * const n = pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }))
 * const forms = pipe(n, E.chain((network) => formsOf(network, ["original", "merged"])))
 * const target = await tfjsTarget("cpu")
 * if (E.isLeft(forms) || E.isLeft(target)) throw new Error("refused")
 * const cost = await measureCost(target.right, forms.right, {
 *   batch: 2, warmUp: 1, least: 8, most: 8, seconds: 1, seed: 0, memory: 2 ** 30,
 * })
 * if (E.isLeft(cost)) throw new Error(cost.left.found)
 * const [original, merged] = cost.right.networks
 * assert.deepStrictEqual(merged?.operations, original?.operations)
 * assert.deepStrictEqual(original?.ratio, null)
 */
export const measureCost = async (
  target: Target,
  forms: readonly Form[],
  options: MeasureOptions,
): Promise<Result<SettingCost>> => {
  const { batch, seed } = options;
  const input = oneInput(forms);
  if (E.isLeft(input)) return input;
  const compiled = E.traverseArray(compile(batch))(forms);
  if (E.isLeft(compiled)) return compiled;
  const fits = fitsMemory(compiled.right, options);
  if (E.isLeft(fits)) return fits;
  const images = noise([batch, ...input.right], seed);
  return withAll(target, compiled.right, async (executables) => {
    const runners = executables.map(({ step }, i) => ({
      name: forms[i]!.name,
      run: () => step({ input: images }),
    }));
    return E.map((times: readonly (readonly number[])[]): SettingCost => ({
      input: input.right,
      batch,
      rounds: times[0]!.length,
      networks: compare(compiled.right, times, batch),
    }))(await interleaved(runners, options, options));
  });
};
