/** The checker accepts what the converters make and catches every mutation of it. */
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import { check, type CheckReport } from "../../src/certify/check.js";
import { network, type Layer, type LayerSpec, type Network } from "../../src/model/network.js";
import { mapWeights, type Kernelled, type Operator } from "../../src/model/operator.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import type { Certificate, Conversion, Step } from "../../src/transform/certificate.js";
import { readCertificate } from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { embed } from "../../src/transform/embed.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { recognise } from "../../src/transform/recognise.js";
import { unmerge } from "../../src/transform/unmerge.js";
import { refused, succeed } from "../generators/succeed.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";

const number = (x: number): Rational => succeed(rational.fromNumber(x));
const numbers = (shape: Shape, f: (i: number) => number): Tensor<Rational> =>
  generated(rational)(shape, (i) => number(f(i)));
const same3: Geometry = [
  axis({ kernel: 3, low: 1, high: 1 }),
  axis({ kernel: 3, low: 1, high: 1 }),
];
const build = (specs: readonly LayerSpec<Rational>[]): AnyNetwork<Rational> =>
  succeed(network(specs));

/** Two convolutions (one grouped) around an activation and a padding, a batch norm, and a residual. */
const gcnn = build([
  { name: "x", op: { kind: "input", shape: [4, 4, 2] }, inputs: [] },
  {
    name: "c1",
    op: {
      kind: "convolution",
      geometry: same3,
      groups: 1,
      kernel: numbers([3, 3, 2, 4], (i) => (i % 11) - 5),
      bias: numbers([4], (i) => i + 1),
    },
    inputs: ["x"],
  },
  {
    name: "b1",
    op: { kind: "affine", scale: numbers([4], (i) => i + 2), shift: numbers([4], (i) => i - 3) },
    inputs: ["c1"],
  },
  { name: "a1", op: { kind: "activation", fn: { name: "relu" } }, inputs: ["b1"] },
  {
    name: "p1",
    op: {
      kind: "zeroPad",
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    inputs: ["a1"],
  },
  {
    name: "c2",
    op: {
      kind: "convolution",
      geometry: [axis({ kernel: 3 }), axis({ kernel: 3 })],
      groups: 2,
      kernel: numbers([3, 3, 2, 4], (i) => (i % 7) - 2),
      bias: null,
    },
    inputs: ["p1"],
  },
  { name: "s", op: { kind: "add" }, inputs: ["c2", "a1"] },
]);

const gffn = build([
  { name: "x", op: { kind: "input", shape: [3, 3, 2] }, inputs: [] },
  {
    name: "d1",
    op: { kind: "dense", weights: numbers([2, 3], (i) => i + 1), bias: numbers([3], (i) => i + 1) },
    inputs: ["x"],
  },
  { name: "a1", op: { kind: "activation", fn: { name: "relu" } }, inputs: ["d1"] },
]);

const projected = ((): AnyNetwork<Rational> => {
  const p = succeed(project(rational)(gcnn as Network<"GCNN", Shape, Shape, Rational>)).network;
  return build(
    p.layers.map((l) =>
      l.op.kind === "projected"
        ? { ...l, op: { ...l.op, gates: numbers(l.op.gates.shape, (i) => i + 2) } }
        : l,
    ),
  );
})();
const merged = succeed(merge(rational)(projected)).network;
const embedded = succeed(embed(rational)(gffn as Network<"GFFN", Shape, Shape, Rational>)).network;

type Made = Conversion<"GFFN" | "GCNN" | "Projected", Shape, Shape, Rational>;
interface Example {
  readonly source: AnyNetwork<Rational>;
  readonly made: Made;
}
const example = (source: AnyNetwork<Rational>, made: Result<Made>): Example => ({
  source,
  made: succeed(made),
});

const examples: Readonly<Record<string, Example>> = {
  project: example(gcnn, project(rational)(gcnn as never)),
  merge: example(projected, merge(rational)(projected)),
  unmerge: example(merged, unmerge(rational)(merged, projected as never)),
  embed: example(gffn, embed(rational)(gffn as never)),
  recognise: example(embedded, recognise(rational)(embedded)),
  foldBatchNorm: example(gcnn, foldBatchNorm(rational)(gcnn)),
  absorbPadding: example(gcnn, absorbPadding(rational)(gcnn)),
};

/** Check a mutated target or certificate; the mutant's digests are those of the mutant. */
const checkMutant = (
  { source, made }: Example,
  mutateLayers: (layers: readonly Layer<Rational>[]) => readonly Layer<Rational>[],
  mutateSteps: (steps: readonly Step[]) => readonly Step[] = (steps) => steps,
): Result<CheckReport> => {
  const target = { ...made.network, layers: mutateLayers(made.network.layers) };
  const certificate: Certificate = {
    ...made.certificate,
    target: digestOf(rational)(target),
    steps: mutateSteps(made.certificate.steps),
  };
  return check(rational)(source, target, certificate);
};

const unchanged = (layers: readonly Layer<Rational>[]): readonly Layer<Rational>[] => layers;

const bump = (t: Tensor<Rational>, at: number): Tensor<Rational> =>
  generated(rational)(t.shape, (i) =>
    i === at ? rational.add(t.data[i]!, rational.one) : t.data[i]!,
  );

/** Every single-element change of every weight of a layer. */
const weightMutants = (
  layer: Layer<Rational>,
): readonly (readonly [string, Operator<Rational>])[] => {
  const mutants: [string, Operator<Rational>][] = [];
  mapWeights(layer.op, (t, name) => {
    for (let at = 0; at < t.data.length; at++)
      mutants.push([
        `${layer.name}.${name}[${at}]`,
        mapWeights(layer.op, (w, other) => (other === name ? bump(w, at) : w)),
      ]);
    return t;
  });
  return mutants;
};

const replace =
  (name: string, change: (layer: Layer<Rational>) => Layer<Rational>) =>
  (layers: readonly Layer<Rational>[]): readonly Layer<Rational>[] =>
    layers.map((l) => (l.name === name ? change(l) : l));

describe.each(Object.entries(examples))("%s", (name, made) => {
  it("is accepted, and its certificate survives JSON", () => {
    const report = succeed(check(rational)(made.source, made.made.network, made.made.certificate));
    expect(report.rounding).toBe("exact");
    expect(report.layers).toBe(made.made.network.layers.length);
    const written: unknown = JSON.parse(JSON.stringify(made.made.certificate));
    expect(succeed(readCertificate(written))).toEqual(made.made.certificate);
  });
  it("is rejected when any one weight of any layer is changed", () => {
    for (const layer of made.made.network.layers)
      for (const [what, op] of weightMutants(layer)) {
        const verdict = checkMutant(
          made,
          replace(layer.name, (l) => ({ ...l, op })),
        );
        expect(verdict._tag, what).toBe("Left");
        expect(refused(verdict).where).toContain(`layer ${layer.name}`);
      }
  });
  it("is rejected when a bias is dropped", () => {
    for (const layer of made.made.network.layers)
      if ("bias" in layer.op && layer.op.bias !== null)
        refused(
          checkMutant(
            made,
            replace(layer.name, (l) => ({
              ...l,
              op: { ...l.op, bias: null } as Operator<Rational>,
            })),
          ),
        );
  });
  it("is rejected when a wire is moved", () => {
    for (const [i, layer] of made.made.network.layers.entries())
      for (const [k] of layer.inputs.entries())
        for (const other of made.made.network.layers.slice(0, i)) {
          if (other.name === layer.inputs[k]) continue;
          const inputs = layer.inputs.map((n, j) => (j === k ? other.name : n));
          refused(
            checkMutant(
              made,
              replace(layer.name, (l) => ({ ...l, inputs })),
            ),
          );
        }
  });
  it("is rejected when geometry or groups are changed", () => {
    for (const layer of made.made.network.layers) {
      if (layer.op.kind !== "convolution" && layer.op.kind !== "projected") continue;
      const op: Kernelled<Rational> = layer.op;
      const changes: readonly Partial<Kernelled<Rational>>[] = [
        { geometry: op.geometry.map((a) => ({ ...a, stride: a.stride + 1 })) },
        { geometry: op.geometry.map((a) => ({ ...a, dilation: a.dilation + 1 })) },
        { geometry: op.geometry.map((a) => ({ ...a, low: a.low + 1, high: a.high - 1 })) },
        { groups: op.groups === 1 ? 2 : 1 },
      ];
      for (const change of changes)
        refused(
          checkMutant(
            made,
            replace(layer.name, (l) => ({ ...l, op: { ...op, ...change } as Operator<Rational> })),
          ),
        );
    }
  });
  it("is rejected when a step is dropped, repeated, or moved to another layer", () => {
    const { steps } = made.made.certificate;
    for (const [i] of steps.entries()) {
      refused(checkMutant(made, unchanged, (s) => s.filter((_, k) => k !== i)));
      refused(checkMutant(made, unchanged, (s) => [...s, s[i]!]));
      if (i > 0)
        refused(
          checkMutant(made, unchanged, (s) =>
            s.map((step, k) => (k === i ? { ...step, from: [steps[i - 1]!.from[0]!] } : step)),
          ),
        );
    }
  });
  it("is rejected under any other theorem, an invented one included", () => {
    const { steps } = made.made.certificate;
    const names = [
      "keep",
      "T1_embed",
      "T2_collapse",
      "T3_unit",
      "T4_merge",
      "T6_bn_fold",
      "T6_pad",
      "T9_magic",
    ];
    for (const [i, step] of steps.entries())
      for (const theorem of names) {
        if (theorem === step.theorem) continue;
        const lie = { ...step, theorem } as unknown as Step;
        const verdict = checkMutant(made, unchanged, (s) => s.map((t, k) => (k === i ? lie : t)));
        expect(verdict._tag, `${name}: ${step.layer} by ${theorem}`).toBe("Left");
      }
  });
  it("is rejected for another source, another target, another ring", () => {
    const { certificate, network: target } = made.made;
    for (const lie of [
      { source: certificate.target },
      { target: certificate.source },
      { ring: "reals" },
      { rounding: "once per weight" as const },
      { theorem: "T_everything" as never },
      { conversion: "magic" as never },
    ])
      if (certificate.source !== certificate.target || !("source" in lie || "target" in lie))
        refused(check(rational)(made.source, target, { ...certificate, ...lie }));
  });
  it("quotes layer, theorem and values", () => {
    const layer = made.made.network.layers.find((l) => weightMutants(l).length > 0)!;
    const [, op] = weightMutants(layer)[0]!;
    const sentence = showRefusal(
      refused(
        checkMutant(
          made,
          replace(layer.name, (l) => ({ ...l, op })),
        ),
      ),
    );
    expect(sentence).toMatch(
      /^layer \w+, theorem \w+: \w+( tap \[[0, ]+\])?, input 0 to output 0: found .+, expected .+/,
    );
  });
});

describe("side conditions", () => {
  const mutateStep = (name: string, change: object): Result<CheckReport> =>
    checkMutant(examples[name]!, unchanged, (steps) =>
      steps.map((s) => (s.theorem === "keep" ? s : ({ ...s, ...change } as Step))),
    );
  it.each([
    ["project", { unidentifiable: { count: 1, first: [[0, 0]] } }],
    ["merge", { groups: 7 }],
    ["embed", { centre: [0, 1] }],
    ["embed", { centre: [1] }],
    ["embed", { geometry: [axis({ kernel: 3 }), axis({ kernel: 3 })] }],
    ["recognise", { centre: 0 }],
    ["recognise", { dead: [0] }],
    ["recognise", { extents: [2, 2] }],
    ["recognise", { groups: 2 }],
    ["foldBatchNorm", { readers: 2 }],
    ["foldBatchNorm", { folded: "batchNorm" }],
    ["foldBatchNorm", { scale: ["2", "3", "4", "6"] }],
    [
      "absorbPadding",
      {
        padding: [
          [1, 1],
          [1, 0],
        ],
      },
    ],
    ["absorbPadding", { geometry: same3 }],
  ])("%s: a step that claims %o is rejected", (name, change) => {
    refused(mutateStep(name, change));
  });
  it("a merged network that keeps its gates is rejected", () => {
    const kept: Conversion<"Projected", Shape, Shape, Rational> = {
      network: projected as Network<"Projected", Shape, Shape, Rational>,
      certificate: {
        ...examples.merge!.made.certificate,
        steps: projected.layers.map((l) => ({ theorem: "keep", layer: l.name, from: [l.name] })),
        target: digestOf(rational)(projected),
      },
    };
    expect(
      showRefusal(refused(check(rational)(projected, kept.network, kept.certificate))),
    ).toContain("a layer of kind projected left over");
  });
  it("a certificate that is no certificate is refused with the place", () => {
    const json = { ...examples.merge!.made.certificate, steps: [{ layer: "x", theorem: "keep" }] };
    expect(showRefusal(refused(readCertificate(json)))).toContain("certificate steps.0");
  });
});
