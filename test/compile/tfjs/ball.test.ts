/**
 * The compiled program of a network lies in the ball around the network's exact meaning, and so does that meaning:
 * on the backends that are always there, for random networks of random float32 numbers.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { boundsOf, encloses, radius } from "../../../src/algebra/ball.js";
import { rational } from "../../../src/algebra/rational.js";
import { inferenceProgram } from "../../../src/compile/inference.js";
import type { Target } from "../../../src/compile/target.js";
import { tfjsTarget } from "../../../src/compile/tfjs/backend.js";
import { enclosureOf } from "../../../src/laws/enclosure.js";
import { drawCase, type Case } from "../../../src/laws/generators/network.js";
import { piecewiseLinear, type NetworkOptions } from "../../../src/laws/generators/operator.js";
import { floats32 } from "../../../src/laws/generators/ring.js";
import { tape } from "../../../src/laws/generators/tape.js";
import { evaluate } from "../../../src/semantics/evaluate.js";
import { readIn, readTensor } from "../../../src/semantics/reading.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { succeed } from "../../generators/succeed.js";

/** Bilinear enlargement is left out: a backend blends by `x + w (y - x)`, which is another expression. */
const kinds: NetworkOptions["kinds"] = [
  ...(["convolution", "convolution", "convolution", "projected", "projected", "dense"] as const),
  ...(["activation", "activation", "affine", "maxPool", "averagePool", "globalPool"] as const),
  ...(["add", "multiply", "concat", "zeroPad", "flatten"] as const),
];

const networks = (activations: NetworkOptions["activations"]) =>
  tape().map((t) => drawCase(t, floats32, { kinds, activations, layers: 6, ranks: [2, 2, 1, 0] }));

/** The two sides of an element's ball, and what must lie between them. */
const check = (c: Case<number>, computed: Tensor<number>): readonly string[] => {
  const balls = succeed(enclosureOf(c.network, c.batch));
  const exact = succeed(
    evaluate(rational)(
      succeed(readIn(rational)(c.network)),
      succeed(readTensor(rational)(c.batch)),
    ),
  );
  const compare = rational.functions.compare!;
  const number = (x: number) => succeed(rational.fromNumber(x));
  return Array.from(computed.data).flatMap((y, i) => {
    const b = balls.data[i]!;
    const [low, high] = boundsOf(b);
    const meant = exact.data[i]!;
    return radius(b) < Infinity &&
      encloses(b, y) &&
      compare(number(low), meant) <= 0 &&
      compare(meant, number(high)) <= 0
      ? []
      : [`element ${i}: ${y} and ${rational.show(meant)} in ${low}..${high}`];
  });
};

describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  let target: Target;
  beforeAll(async () => {
    target = succeed(await tfjsTarget(backend));
  });

  const outputOf = async ({ network, batch }: Case<number>): Promise<Tensor<number>> => {
    const { program, initial } = succeed(inferenceProgram(network, batch.shape[0]!));
    const executable = succeed(await target.load(program, initial));
    const outputs = succeed(await executable.step({ input: batch }));
    executable.dispose();
    return outputs["output"]!;
  };

  it("the compiled network and its exact meaning lie in the ball", async () => {
    await fc.assert(
      fc.asyncProperty(networks(piecewiseLinear), async (c) => {
        expect(check(c, await outputOf(c))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

it("a ball is small enough to notice one weight that is off by a thousandth", () => {
  let noticed = 0;
  const runs = 100;
  fc.assert(
    fc.property(networks([{ name: "relu" }]), (c) => {
      const balls = succeed(enclosureOf(c.network, c.batch));
      let nudged = false;
      const layers = c.network.layers.map((layer) => {
        if (nudged || (layer.op.kind !== "convolution" && layer.op.kind !== "dense")) return layer;
        nudged = true;
        const off = (t: Tensor<number>): Tensor<number> => ({
          ...t,
          data: Float32Array.from(t.data, (x) => x * 1.001),
        });
        return layer.op.kind === "dense"
          ? { ...layer, op: { ...layer.op, weights: off(layer.op.weights) } }
          : { ...layer, op: { ...layer.op, kernel: off(layer.op.kernel) } };
      });
      const wrong = succeed(enclosureOf({ ...c.network, layers }, c.batch));
      if (
        wrong.data.length > 0 &&
        Array.from(wrong.data).some((y, i) => !encloses(balls.data[i]!, y.mid))
      )
        noticed++;
    }),
    { numRuns: runs },
  );
  expect(noticed).toBeGreaterThan(runs / 4);
});
