/** The extracted checker and the semantics it is proved against, held against the evaluator. */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { rational } from "../../src/algebra/rational.js";
import type { Ring } from "../../src/algebra/ring.js";
import { arithmetic } from "../../src/certify/arithmetic.js";
import { check } from "../../src/certify/check.js";
import { encode, numbering } from "../../src/certify/encode.js";
import { exec$, type Value } from "../../src/certify/extracted.js";
import { arrayOf, listOf } from "../../src/certify/list.js";
import { network, type LayerSpec, type Network } from "../../src/model/network.js";
import { mapWeights, type Operator } from "../../src/model/operator.js";
import { evaluate, evaluateLayers } from "../../src/semantics/evaluate.js";
import { readIn } from "../../src/semantics/reading.js";
import { channelsOf, size, spatialOf, type Shape } from "../../src/tensor/shape.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import type { Conversion } from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { enlarge } from "../../src/transform/enlarge.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { recognise } from "../../src/transform/recognise.js";
import { ungroup } from "../../src/transform/ungroup.js";
import type { Convert } from "../../src/laws/conversion.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { floats32, formal, rationals, type Sampled } from "../../src/laws/generators/ring.js";
import { sameTensor } from "../../src/laws/equality.js";
import { cases } from "../../src/laws/generators/network.js";
import { orderedKinds, type NetworkOptions } from "../../src/laws/generators/operator.js";
import { succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

const kinds: NetworkOptions["kinds"] = [
  "convolution",
  "convolution",
  "projected",
  "projected",
  "dense",
  "affine",
  "zeroPad",
  ...orderedKinds,
];

/** A value of one example as the extracted semantics has it. */
const valueOf = <A>(ring: Ring<A>, { shape, data }: Tensor<A>): Value => {
  const [extents, channels] = [spatialOf(shape), channelsOf(shape)];
  return (position) => {
    const p = arrayOf(position);
    const isInside = p.length === extents.length && p.every((i, axis) => i < extents[axis]!);
    const row = p.reduce((at, i, axis) => at * extents[axis]! + i, 0) * channels;
    return (j) => (isInside && j < channels ? data[row + j] : ring.zero);
  };
};

/** The elements of such a value. */
const elementsOf = <A>(ring: Ring<A>, shape: Shape, value: Value): Tensor<A> => {
  const [extents, channels] = [spatialOf(shape), channelsOf(shape)];
  return generated(ring)(shape, (i) => {
    let rest = Math.floor(i / channels);
    const p = [...extents]
      .reverse()
      .map((n) => {
        const at = rest % n;
        rest = Math.floor(rest / n);
        return at;
      })
      .reverse();
    return value(listOf(p))(i % channels) as A;
  });
};

/** Every layer that is not opaque, computed by the extracted semantics from the evaluator's inputs. */
const agreesLayerByLayer = <A>(sampled: Sampled<A>, n: AnyNetwork<A>, batch: Tensor<A>): number => {
  const { ring } = sampled;
  const example: Tensor<A> = {
    shape: [1, ...n.input],
    data: Array.from({ length: size(n.input) }, (_, i) => batch.data[i]!),
  };
  const values = succeed(evaluateLayers(ring)(n, example));
  const without = ({ shape, data }: Tensor<A>): Tensor<A> => ({ shape: shape.slice(1), data });
  const numbers = arithmetic(ring);
  const encoded = arrayOf(encode(ring, numbers, numbering(numbers), n));
  let compared = 0;
  for (const [i, [, layer]] of encoded.entries()) {
    if (layer[1][0] === "Opaque") continue;
    const inputs = n.layers[i]!.inputs.map((name) => valueOf(ring, without(values.get(name)!)));
    const computed = exec$(numbers.cring)(() => () => () => () => ring.zero)(layer)(listOf(inputs));
    const expected = without(values.get(n.layers[i]!.name)!);
    expect(sameTensor(sampled, elementsOf(ring, expected.shape, computed), expected)).toBe(true);
    compared++;
  }
  return compared;
};

describe("the extracted semantics", () => {
  it("check_runs: computes what the evaluator computes, layer by layer, on random networks", () => {
    let compared = 0;
    fc.assert(
      fc.property(cases(rationals, { kinds }), ({ network: n, batch }) => {
        compared += agreesLayerByLayer(rationals, n, batch);
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it("check_runs: batch norms with frozen statistics among them", () => {
    const sampled = formal("extracted");
    fc.assert(
      fc.property(
        cases(sampled, { kinds: ["batchNorm", "batchNorm", "convolution", "dense", "affine"] }),
        ({ network: n, batch }) => {
          agreesLayerByLayer(sampled, n, batch);
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** One random change of one layer: a weight, a wire, a window, an operator. */
const disturbed = <A>(ring: Ring<A>, t: Tape, n: AnyNetwork<A>): AnyNetwork<A> | null => {
  const at = t.below(n.layers.length);
  const changed = (layer: LayerSpec<A>): LayerSpec<A> => {
    switch (t.below(4)) {
      case 0: {
        const i = t.below(1000);
        return {
          ...layer,
          op: mapWeights(layer.op, (w) =>
            generated(ring)(w.shape, (k) =>
              k === i % w.data.length ? ring.add(w.data[k]!, ring.one) : w.data[k]!,
            ),
          ),
        };
      }
      case 1:
        return {
          ...layer,
          inputs: layer.inputs.map(() => n.layers[t.below(Math.max(1, at))]!.name),
        };
      case 2: {
        const { op } = layer;
        if (op.kind !== "convolution" && op.kind !== "projected") return layer;
        const geometry = op.geometry.map((a) => ({ ...a, low: a.high, high: a.low }));
        return { ...layer, op: { ...op, geometry } };
      }
      default:
        return { ...layer, op: { kind: "activation", fn: { name: "relu" } } as Operator<A> };
    }
  };
  const built = network(n.layers.map((layer, i) => (i === at ? changed(layer) : layer)));
  return E.isLeft(built) ? null : { ...built.right, class: n.class };
};

const conversions = <A>(ring: Ring<A>): readonly Convert<A>[] => [
  (n) => project(ring)(n as Network<"GCNN", Shape, Shape, A>),
  merge(ring) as Convert<A>,
  foldBatchNorm(ring) as Convert<A>,
  absorbPadding(ring) as Convert<A>,
  ungroup(ring) as Convert<A>,
  enlarge(ring) as Convert<A>,
  recognise(ring) as Convert<A>,
];

describe("what the checker accepts", () => {
  it("check_sound: means the same, also where the target was disturbed", () => {
    const sampled = formal("disturbed");
    const { ring } = sampled;
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(cases(sampled, { kinds }), tape(), ({ network: n, batch }, t) => {
        const convert = t.pick(conversions(ring));
        const made = convert(n);
        if (E.isLeft(made)) return;
        const { network: honest, certificate } = made.right as Conversion<
          AnyNetwork<bigint>["class"],
          Shape,
          Shape,
          bigint
        >;
        const target = t.below(3) === 0 ? honest : disturbed(ring, t, honest);
        if (target === null) return;
        const verdict = check(ring)(n, target, { ...certificate, target: digestOf(ring)(target) });
        if (E.isLeft(verdict)) {
          refused++;
          expect(target).not.toBe(honest);
          return;
        }
        accepted++;
        const [before, after] = [n, target].map((x) => succeed(evaluate(ring)(x, batch)));
        expect(sameTensor(sampled, before!, after!)).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(40);
  });

  it("check_near_sound: over float32, is one rounding a weight away from a network that means the same", () => {
    fc.assert(
      fc.property(
        cases(floats32, { kinds: ["projected", "projected", "dense", "activation", "add"] }),
        ({ network: n, batch }) => {
          const made = succeed(merge(float32)(n));
          succeed(check(float32)(n, made.network, made.certificate));
          // The network between: the exact products.
          const exact = succeed(readIn(rational)(n));
          const between = succeed(merge(rational)(exact)).network;
          const x = generated(rational)(batch.shape, (i) =>
            succeed(rational.fromNumber(batch.data[i]!)),
          );
          const [source, middle] = [exact, between].map((m) => succeed(evaluate(rational)(m, x)));
          expect(sameTensor(rationals, source!, middle!)).toBe(true);
          for (const [i, { op }] of between.layers.entries()) {
            const found = made.network.layers[i]!.op;
            if (op.kind !== "convolution" || found.kind !== "convolution") continue;
            for (let k = 0; k < op.kernel.data.length; k++) {
              const w = succeed(rational.fromNumber(found.kernel.data[k]!));
              const e = op.kernel.data[k]!;
              const gap = rational.sub(w, e);
              const size = (v: typeof e) =>
                rational.functions.compare!(v, rational.zero) < 0
                  ? rational.sub(rational.zero, v)
                  : v;
              const allowed = rational.add(
                rational.mul(size(e), succeed(rational.fromNumber(2 ** -24))),
                succeed(rational.fromNumber(2 ** -150)),
              );
              expect(rational.functions.compare!(size(gap), allowed)).toBeLessThanOrEqual(0);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
