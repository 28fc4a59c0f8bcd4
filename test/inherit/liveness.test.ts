/** What is dead in a network may be anything: its value does not depend on it. */
import { pipe } from "fp-ts/lib/function.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  build,
  conv,
  flatten,
  dense,
  float32,
  input,
  network,
  project,
  rational,
  relu,
  type Rational,
} from "heirloom";
import {
  applyTechnique,
  fanIn,
  hasNodes,
  livenessOf,
  magnitudePruning,
  nodeCount,
  savingOf,
  scalarsOf,
  withScalars,
  type NodeOperator,
} from "heirloom/inherit";
import { sameMeaning } from "../../src/laws/equality.js";
import { drawCase, type AnyNetwork } from "../../src/laws/generators/network.js";
import { worldOf } from "../../src/laws/generators/world.js";
import { generated } from "../../src/tensor/tensor.js";
import { drawTensor, rationals } from "../../src/laws/generators/ring.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

/** The network with its scalars changed: `f` gets the layer, the pair and the scalar. */
const changed = (
  n: AnyNetwork<Rational>,
  f: (layer: string, pair: number, x: Rational) => Rational,
): AnyNetwork<Rational> =>
  succeed(
    network<Rational>(
      n.layers.map((layer) => {
        const { name, op } = layer;
        if (!hasNodes(op)) return layer;
        const { shape, data } = scalarsOf(op);
        const pairs = fanIn(op) * nodeCount(op);
        const scalars = generated(rational)(shape, (i) => f(name, i % pairs, data[i]!));
        return { ...layer, op: withScalars<Rational, NodeOperator<Rational>>(op, scalars) };
      }),
    ),
  );

describe("liveness", () => {
  it("connections that are not alive may have any scalars", () => {
    let dead = 0;
    const kinds = [
      "convolution",
      "projected",
      "dense",
      "activation",
      "add",
      "concat",
      "multiply",
      "maxPool",
      "zeroPad",
      "flatten",
    ] as const;
    fc.assert(
      fc.property(tape(), (t) => {
        const { network: drawn, batch } = drawCase(t, rationals, {
          ...worldOf(rational, { kinds, layers: 6 }),
        });
        const uniform = t.bulk();
        // Most scalars are zero, so that channels die; biases go as well.
        const sparse = changed(drawn, (_, __, x) => (uniform() < 0.7 ? rational.zero : x));
        const unbiased = {
          ...sparse,
          layers: sparse.layers.map((layer) =>
            hasNodes(layer.op) ? { ...layer, op: { ...layer.op, bias: null } } : layer,
          ),
        };
        const { connections, layers } = livenessOf(rational)(unbiased);
        const other = changed(unbiased, (layer, pair, x) => {
          const isDead = connections.get(layer)![pair] === 0;
          if (isDead && !rational.equals(x, rational.zero)) dead++;
          // A scalar that is zero is why its connection is dead; any other may change.
          return isDead && !rational.equals(x, rational.zero)
            ? drawTensor(rationals, [1], uniform).data[0]!
            : x;
        });
        succeed(sameMeaning(rational)(other, unbiased, batch));
        for (const l of layers) expect(l.alive).toBeLessThanOrEqual(l.connections);
      }),
      { numRuns: 250 },
    );
    expect(dead).toBeGreaterThan(30);
  });

  it("counts what is left of a network that is known", () => {
    const gates = [0, 1, 0, 1, 0, 0];
    const geometry = [{ kernel: 3, stride: 1, dilation: 1, low: 1, high: 1 }];
    const ones = (shape: readonly number[]) => ({
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
    });
    const n = succeed(
      network([
        { name: "x", op: { kind: "input", shape: [4, 2] }, inputs: [] },
        {
          name: "h",
          op: {
            kind: "projected",
            geometry,
            groups: 1,
            kernel: ones([3, 2, 3]),
            gates: { shape: [2, 3], data: Float32Array.from(gates) },
            bias: null,
          },
          inputs: ["x"],
        },
        { name: "a", op: { kind: "activation", fn: { name: "relu" } }, inputs: ["h"] },
        {
          name: "y",
          op: {
            kind: "dense",
            weights: { shape: [3, 2], data: Float32Array.of(1, 1, 0, 0, 1, 1) },
            bias: null,
          },
          inputs: ["a"],
        },
      ]),
    );
    // Node 0 of h reads input 1, node 1 reads input 0 and nobody reads it, node 2 reads nothing and is silent.
    const { layers } = livenessOf(float32)(n);
    expect(layers.map((l) => [l.layer, l.connections, l.alive, l.taps, l.dead])).toEqual([
      ["h", 6, 1, 3, 2],
      ["y", 6, 2, 1, 0],
    ]);
    expect(savingOf(layers)).toEqual({
      weights: 24,
      weightsLeft: 5,
      multiplyAdds: 6 * 3 * 4 + 6 * 4,
      multiplyAddsLeft: 3 * 4 + 2 * 4,
      deadNodes: 2,
    });
  });

  it("pruning gates removes whole kernels; pruning the convolution's own weights does not", () => {
    const cnn = succeed(
      pipe(
        input([6, 6, 3]),
        conv({ filters: 4, kernel: 3 }),
        relu,
        conv({ filters: 4, kernel: 3 }),
        relu,
        flatten,
        dense(2),
        build({ seed: 3 }),
      ),
    );
    const { network: gated } = succeed(project(float32)(cnn));
    const prune = applyTechnique(magnitudePruning, { share: 0.5 });
    const kernels = succeed(prune(gated)).figures;
    const taps = succeed(prune(cnn)).figures;
    // Half of 28 kernels of nine weights and half of 288 dense weights; no channel dies at this share.
    expect(kernels["weights"]).toBe(28 * 9 + 288);
    expect(kernels["weights left"]).toBeLessThanOrEqual(14 * 9 + 144);
    expect(taps["weights left"]! - 144).toBeGreaterThan(20 * 9);
  });
});
