/** Applying techniques: refusals with counterexamples that can be run again, and where techniques act. */
import { either as E } from "fp-ts";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import {
  axis,
  build,
  conv,
  dense,
  float32,
  globalAveragePool,
  input,
  network,
  project,
  relu,
  sigmoid,
  type Network,
} from "heirloom";
import {
  applyAt,
  applyTechnique,
  connectionPruning,
  counterexampleAt,
  gatePermutation,
  homogeneous,
  isNotInherited,
  layerLaw,
  magnitudePruning,
  reluRescaling,
  scalarWeighted,
  singles,
  technique,
  type NotInherited,
} from "heirloom/inherit";
import { homogeneous as sameForAllNodes } from "../../src/inherit/tries.js";
import { refused, succeed } from "../generators/succeed.js";

const cnn = succeed(
  pipe(
    input([5, 5, 3]),
    conv({ filters: 4, kernel: 3 }),
    relu,
    conv({ filters: 3, kernel: 3 }),
    relu,
    globalAveragePool,
    dense(2),
    build({ seed: 0 }),
  ),
);
const gated: Network<"Projected"> = succeed(project(float32)(cnn)).network;

/** A technique of one's own, about one layer: what node 0 makes of an input is used for all nodes. */
const sharing = technique({
  name: "sharing",
  needs: [scalarWeighted, homogeneous],
  does: "computes inputs once",
  source: "this test",
  scope: "layer",
  theorems: { inherited: [], refused: ["projected_not_homogeneous"] },
  defaults: {},
  law: layerLaw("all nodes make the same of an input", (t, s) => sameForAllNodes(t, s)),
  apply: (_, { network: n, layers }) =>
    E.right({
      network: n,
      changes: layers.map((layer) => ({ layer, what: "shared", figures: {} })),
      figures: {},
      tensors: new Map(),
    }),
});

const notInherited = (r: E.Either<unknown, unknown>): NotInherited => {
  const refusal = E.isLeft(r) ? (r.left as NotInherited) : null;
  if (refusal === null || !isNotInherited(refusal)) throw new Error("expected a refusal by needs");
  return refusal;
};

describe("a refusal", () => {
  const refusal = notInherited(applyAt(singles)(sharing)(gated));

  it("names the technique, the assumption, the layer and what the layer has", () => {
    expect([refusal.technique, refusal.assumption.name, refusal.layer]).toEqual([
      "sharing",
      "homogeneous",
      "conv1",
    ]);
    expect(refusal.where).toBe("layer conv1");
    expect(refusal.found).toMatch(/^frozen kernels of input 0 that differ at tap 0: /);
    expect(refusal.expected).toMatch(/^homogeneous inputs \(homogeneous\), which sharing needs/);
  });

  it("has a small counterexample with the weights of the layer", () => {
    const found = refusal.counterexample!;
    const [, layer] = found.place.network.layers;
    expect(layer!.op.kind === "projected" && layer!.op.kernel.shape).toEqual([3, 3, 1, 2]);
    const ones = Array.from(found.place.batch.data).filter(({ numerator }) => numerator !== 0n);
    expect(ones.length).toBe(1);
    expect(refusal.advice).toContain(found.shown);
  });

  it("can be run again from its seed and path, and alone from its place", () => {
    const found = refusal.counterexample!;
    const again = counterexampleAt(singles)(sharing, gated, "conv1", {
      seed: found.seed,
      path: found.path,
    })!;
    expect([again.shown, again.refusal]).toEqual([found.shown, found.refusal]);
    expect(E.isLeft(sharing.law.holds(found.place))).toBe(true);
  });

  it("comes for a grouped convolution too, whose class has the need without groups only", () => {
    const grouped = succeed(
      pipe(input([4, 4, 4]), conv({ filters: 4, kernel: 3, groups: 2 }), build({ seed: 0 })),
    );
    const refused = notInherited(applyTechnique(sharing)(grouped));
    expect(refused.found).toBe("2 groups, whose nodes see different inputs");
    expect(refused.counterexample).not.toBeNull();
  });
});

describe("where a technique acts", () => {
  const layersOf = (r: E.Either<unknown, { readonly changes: readonly { layer: string }[] }>) =>
    E.isRight(r) ? r.right.changes.map(({ layer }) => layer) : null;

  it("is every layer with nodes, or those named", () => {
    expect(layersOf(applyTechnique(magnitudePruning)(gated))).toEqual(["conv1", "conv2", "dense1"]);
    expect(layersOf(applyAt(singles, { layers: ["conv2"] })(magnitudePruning)(gated))).toEqual([
      "conv2",
    ]);
  });
  it("may be a part of a network that refuses it as a whole: the dense head", () => {
    expect(layersOf(applyAt(singles, { layers: ["dense1"] })(sharing)(gated))).toEqual(["dense1"]);
  });
  it("is not where the position does not allow it, unless it was asked for", () => {
    const mixed = succeed(
      pipe(input([3]), dense(4), relu, dense(4), sigmoid, dense(2), build({ seed: 0 })),
    );
    expect(layersOf(applyTechnique(reluRescaling)(mixed))).toEqual(["dense1"]);
    const asked = notInherited(applyAt(singles, { layers: ["dense2"] })(reluRescaling)(mixed));
    expect([asked.where, asked.found, asked.assumption.name]).toEqual([
      "layer sigmoid1",
      "sigmoid",
      "positiveFactors",
    ]);
    const alone = succeed(pipe(input([3]), dense(2), build({ seed: 0 })));
    expect(notInherited(applyTechnique(reluRescaling)(alone)).assumption.name).toBe("consecutive");
  });
  it("is nowhere in a network without nodes, and at no layer without any", () => {
    const empty = succeed(
      network<number>([{ name: "x", op: { kind: "input", shape: [2] }, inputs: [] }]),
    );
    expect(refused(applyTechnique(magnitudePruning)(empty)).found).toBe("no layer with nodes");
    const relu1 = applyAt(singles, { layers: ["relu1"] })(magnitudePruning)(cnn);
    expect(refused(relu1).found).toBe("activation");
    expect(refused(applyTechnique(magnitudePruning, { share: 2 })(cnn)).found).toBe("2");
  });
});

describe("two techniques that differ by a need", () => {
  it("are told apart on a convolution of one tap, which has one scalar per connection", () => {
    const pointwise = succeed(
      network([
        { name: "x", op: { kind: "input", shape: [3, 2] }, inputs: [] },
        {
          name: "y",
          op: {
            kind: "convolution",
            geometry: [axis({ kernel: 1 })],
            groups: 1,
            kernel: { shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) },
            bias: null,
          },
          inputs: ["x"],
        },
      ]),
    );
    expect(E.isRight(applyAt(singles)(connectionPruning)(pointwise))).toBe(true);
    expect(notInherited(applyAt(singles)(connectionPruning)(cnn)).assumption.name).toBe(
      "scalarConnections",
    );
    expect(notInherited(applyAt(singles)(gatePermutation)(gated)).counterexample).not.toBeNull();
  });
});
