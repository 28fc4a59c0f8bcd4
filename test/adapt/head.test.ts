import { pipe } from "fp-ts/lib/function.js";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { featuresOf, replaceHead, withProbabilities } from "../../src/adapt/head.js";
import { float32 } from "../../src/algebra/float32.js";
import {
  build,
  conv,
  dense,
  dropout,
  flatten,
  globalAveragePool,
  input,
  relu,
  softmax,
} from "../../src/model/builder.js";
import { truncate, type Network } from "../../src/model/network.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { generated } from "../../src/tensor/tensor.js";
import { refused, succeed } from "../generators/succeed.js";

const body = () => pipe(input([4, 4, 2]), conv({ filters: 3, kernel: 3, name: "conv" }), relu);
const built = (draft: ReturnType<typeof pooled>) => succeed(build({ seed: 1 })(draft)) as Network;
const pooled = () => pipe(body(), globalAveragePool, dense(7, { name: "top" }), softmax);
const batch = (shape: readonly number[]) => generated(float32)([2, ...shape], (i) => (i % 5) - 2);

describe("replaceHead", () => {
  it("puts a dense layer on the features before the old classifier and its softmax", () => {
    const n = built(pooled());
    const replaced = succeed(replaceHead(4, "glorot", 3)(n));
    expect(replaced.output).toEqual([4]);
    expect(replaced.layers.map((l) => l.op.kind)).toEqual([
      "input",
      "convolution",
      "activation",
      "globalPool",
      "dense",
    ]);
    const x = batch([4, 4, 2]);
    const features = succeed(evaluate(float32)(succeed(truncate(featuresOf(n))(n)), x));
    const head = replaced.layers.at(-1)!.op;
    const logits = succeed(evaluate(float32)(replaced, x));
    if (head.kind !== "dense") throw new Error(head.kind);
    for (let row = 0; row < 2; row++)
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let k = 0; k < 3; k++)
          sum = Math.fround(
            sum + Math.fround(features.data[row * 3 + k]! * head.weights.data[k * 4 + c]!),
          );
        expect(logits.data[row * 4 + c]).toBe(sum);
      }
  });

  it("pools first where the network ends in feature maps", () => {
    const maps = succeed(build({ seed: 0 })(body())) as Network;
    const replaced = succeed(replaceHead(5)(maps));
    expect(replaced.layers.slice(-2).map((l) => l.name)).toEqual(["head_pool", "head"]);
    expect(replaced.output).toEqual([5]);
  });

  it("keeps flatten and dropout before the classifier, and replaces a classifying convolution", () => {
    const flat = succeed(
      build({ seed: 0 })(pipe(body(), flatten, dropout(0.5), dense(3, { name: "top" }))),
    ) as Network;
    const kinds = succeed(replaceHead(2)(flat)).layers.map((l) => l.op.kind);
    expect(kinds.slice(-3)).toEqual(["flatten", "dropout", "dense"]);
    const convolutional = succeed(
      build({ seed: 0 })(
        pipe(
          input([4, 4, 2]),
          conv({ filters: 3, kernel: 4, padding: "valid", name: "features" }),
          conv({ filters: 6, kernel: 1, name: "classes" }),
          flatten,
          softmax,
        ),
      ),
    ) as Network;
    expect(featuresOf(convolutional)).toBe("features");
  });

  it("replaces its own head again", () => {
    const twice = E.chain(replaceHead(3))(replaceHead(4)(built(pooled())));
    expect(succeed(twice).output).toEqual([3]);
  });

  it("starts at zero, or at Glorot's bounds from its seed", () => {
    const weights = (start: "zero" | "glorot", seed: number) => {
      const head = succeed(replaceHead(4, start, seed)(built(pooled()))).layers.at(-1)!.op;
      return head.kind === "dense" ? Array.from(head.weights.data) : [];
    };
    expect(weights("zero", 0)).toEqual(new Array(12).fill(0));
    expect(weights("glorot", 0)).toEqual(weights("glorot", 0));
    expect(weights("glorot", 0)).not.toEqual(weights("glorot", 1));
    expect(Math.max(...weights("glorot", 0).map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / 7));
  });

  it("refuses fewer than two classes", () => {
    expect(refused(replaceHead(1)(built(pooled()))).found).toBe("1 classes");
  });

  it("gives probabilities on request, once", () => {
    const n = succeed(E.chain(withProbabilities<number>)(replaceHead(4)(built(pooled()))));
    expect(succeed(withProbabilities(n))).toBe(n);
    const p = succeed(evaluate(float32)(n, batch([4, 4, 2])));
    expect(Array.from(p.data)).toEqual(new Array(8).fill(0.25));
  });
});
