/** The same checks over float32: a merge is the correctly rounded product of each weight and nothing else. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { check } from "../../src/certify/check.js";
import { mapNetwork, type Layer, type Network } from "../../src/model/network.js";
import { mapWeights } from "../../src/model/operator.js";
import type { Shape } from "../../src/tensor/shape.js";
import { tensor } from "../../src/tensor/tensor.js";
import { digestOf } from "../../src/transform/digest.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { unmerge } from "../../src/transform/unmerge.js";
import { floats32 } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import { refused, succeed } from "../generators/succeed.js";

type Gcnn = Network<"GCNN", Shape, Shape>;
type Projected = Network<"Projected", Shape, Shape>;

const networks = cases(floats32, {
  kinds: ["convolution", "dense", "affine", "activation", "add", "concat", "zeroPad"],
})
  .map(({ network }) => network)
  .filter((n) => n.layers.some(({ op }) => op.kind === "convolution"))
  .map((n) => n as Gcnn);

/** Gates that are no longer one, as after training. */
const trained = (n: Projected): Projected => ({
  ...n,
  layers: n.layers.map((layer): Layer => {
    if (layer.op.kind !== "projected") return layer;
    const { shape, data } = layer.op.gates;
    const gates = tensor(
      shape,
      Float32Array.from(data, (g, i) => g + 0.3 * Math.sin(i + 1)),
    );
    return { ...layer, op: { ...layer.op, gates } };
  }),
});

/** The next float32 away from zero, and the smallest subnormal after zero. */
const nextFloat = (x: number): number => {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0]! += 1;
  return new Float32Array(bits.buffer)[0]!;
};

describe("over float32", () => {
  test("projecting rounds nothing; merging and folding round each weight once", () => {
    fc.assert(
      fc.property(networks, (source) => {
        const projected = succeed(project(float32)(source));
        const first = succeed(check(float32)(source, projected.network, projected.certificate));
        expect(first.rounding).toBe("exact");
        const gated = trained(projected.network);
        const merged = succeed(merge(float32)(gated));
        const second = succeed(check(float32)(gated, merged.network, merged.certificate));
        expect(second.rounding).toBe("once per weight");
        const back = succeed(unmerge(float32)(merged.network, gated));
        succeed(check(float32)(merged.network, back.network, back.certificate));
        expect(digestOf(float32)(back.network)).toBe(digestOf(float32)(gated));
        const folded = succeed(foldBatchNorm(float32)(source));
        succeed(check(float32)(source, folded.network, folded.certificate));
      }),
      { numRuns: 100 },
    );
  });

  test("one unit in the last place of one merged tap is caught", () => {
    fc.assert(
      fc.property(networks, fc.nat(), (source, pick) => {
        const gated = trained(succeed(project(float32)(source)).network);
        const { network: merged, certificate } = succeed(merge(float32)(gated));
        const kernels = gated.layers.filter(({ op }) => op.kind === "projected");
        const chosen = kernels[pick % kernels.length]!.name;
        const wrong: Network = {
          ...merged,
          layers: merged.layers.map((layer) =>
            layer.name !== chosen
              ? layer
              : {
                  ...layer,
                  op: mapWeights(layer.op, (t, name) =>
                    name !== "kernel"
                      ? t
                      : tensor(
                          t.shape,
                          Float32Array.from(t.data, (x, i) =>
                            i === pick % t.data.length ? nextFloat(x) : x,
                          ),
                        ),
                  ),
                },
          ),
        };
        const forged = { ...certificate, target: digestOf(float32)(wrong) };
        expect(refused(check(float32)(gated, wrong, forged)).where).toContain(chosen);
      }),
      { numRuns: 100 },
    );
  });

  test("a certificate does not carry over to a copy with other weights", () => {
    fc.assert(
      fc.property(networks, (source) => {
        const { network: projected, certificate } = succeed(project(float32)(source));
        const other = mapNetwork(float32)(projected, (x) => nextFloat(x));
        refused(check(float32)(source, other, certificate));
      }),
      { numRuns: 30 },
    );
  });
});
