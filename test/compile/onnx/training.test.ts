/**
 * The same step program on all targets: ONNX in blocks, plain ONNX, and TensorFlow.js, on real digits.
 *
 * Steps are certified: intermediate values and results lie within the rounding bound of what they were computed
 * from (enclosure.ts). That is what can be asked of a deep network. Bounds of a whole step multiply worst cases
 * over its depth: of this network's logits they allow 2% with relu and more than everything with swish, of the
 * stem's gradient a hundred times and more, and they leave every maximum over a flat background open. On a
 * network of one convolution they are sharp, and there whole steps are held against exact ones as well.
 */
import { pipe } from "fp-ts/lib/function.js";
import { beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../../src/algebra/random.js";
import { stepProgram } from "../../../src/compile/step.js";
import type { Feed } from "../../../src/compile/target.js";
import type { Dataset } from "../../../src/format/dataset.js";
import * as m from "../../../src/model/builder.js";
import { weightsWhere } from "../../../src/adapt/trainable.js";
import type { Network } from "../../../src/model/network.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { succeed } from "../../generators/succeed.js";
import { certifiedStep, differing, dispose, stepped, watchAll } from "./certificate.js";
import { batchOf, digits, digitsStep, setups, startAll } from "./digits.js";
import { compare, enclose } from "./enclosure.js";

let data: Dataset;
beforeAll(async () => {
  data = await digits();
});

describe.each(setups)(
  "$method with $fn.name and $optimizer.kind",
  ({ method, fn, optimizer, rate }) => {
    it("takes steps that are right up to rounding, on every target", async () => {
      const step = digitsStep(method, fn, 8, optimizer);
      const watched = await watchAll(step);
      for (const t of [1, 2]) {
        const feed = await batchOf(data, step, optimizer, rate, t);
        for (const target of watched) await certifiedStep(step.program, target, feed);
      }
      dispose(watched);
    });

    it("leaves nothing behind but parameters and states", async () => {
      const step = digitsStep(method, fn, 8, optimizer);
      const feeds: Feed[] = [];
      for (let t = 1; t <= 6; t++) feeds.push(await batchOf(data, step, optimizer, rate, t));
      const [free, rewritten] = [
        await startAll(step, step.program),
        await startAll(step, step.program),
      ];
      for (const [i, running] of free.entries()) {
        const other = rewritten[i]!;
        for (const feed of feeds) {
          const after = await stepped(running, feed);
          succeed(other.executable.write(succeed(await other.executable.read())));
          expect(differing(after, await stepped(other, feed)), running.name).toEqual([]);
        }
        running.executable.dispose();
        other.executable.dispose();
      }
    });
  },
);

describe("one convolution with relu and a maximum", () => {
  const shallow = succeed(
    pipe(
      m.input([14, 14, 1]),
      m.conv({ filters: 16, kernel: 5, strides: 2, bias: m.normal(1) }),
      m.relu,
      m.maxPool({ size: 2, strides: 2 }),
      m.globalAveragePool,
      m.dense(10),
      m.build({ seed: 1 }),
    ),
  ) as Network;

  /** The background of a digit is all zeros, where every maximum is a tie; grain makes it a picture. */
  const grainy = ({ shape, data: pixels }: Tensor<number>, seed: number): Tensor<number> => {
    const random = randomStream(seed, "grain");
    return tensor(
      shape,
      Float32Array.from(pixels, (x) => x + random.uniform() / 4),
    );
  };

  it("has the exact gradients wherever every kink and every maximum is decided", async () => {
    const optimizer = { kind: "sgd", momentum: 0, weightDecay: 0 } as const;
    const step = succeed(
      stepProgram(shallow, { batch: 1, trainable: weightsWhere(shallow, () => true), optimizer }),
    );
    const running = await startAll(step, step.program);
    // A rate of 2^20 makes the new parameters all but the gradients.
    const rate = 2 ** 20;
    let decided = 0;
    for (let seed = 0; decided < 3 && seed < 30; seed++) {
      const drawn = await batchOf(data, step, optimizer, rate, 1, seed);
      const feed = { ...drawn, input: grainy(drawn["input"]!, seed) };
      const { outputs, undecided } = enclose(step.program, { ...step.initial, ...feed });
      if (undecided > 0) continue;
      decided++;
      for (const target of running) {
        succeed(target.executable.write(step.initial));
        const after = await stepped(target, feed);
        for (const [name, e] of Object.entries(outputs)) {
          const { violation, looseness } = compare(`${target.name}, ${name}`, after[name]!, e);
          expect(violation).toBe("");
          expect(looseness).toBeLessThan(1e-3);
        }
      }
    }
    expect(decided).toBe(3);
    for (const { executable } of running) executable.dispose();
  });
});
