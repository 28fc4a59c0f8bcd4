/** Grouped layers without groups (T6_groups): the same meaning, on random networks and for all weights. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { polynomial } from "../../src/algebra/polynomial.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import type { Convolution, Projected } from "../../src/model/operator.js";
import { readIn } from "../../src/semantics/reading.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { readCertificate } from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { merge } from "../../src/transform/merge.js";
import { recognise } from "../../src/transform/recognise.js";
import { ungroup } from "../../src/transform/ungroup.js";
import { floats32, formal, rationals, type Sampled } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import { allActivations, type NetworkOptions } from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";
import { idempotent, preserves } from "../../src/laws/conversion.js";
import { sameMeaning, sameNetwork } from "../../src/laws/equality.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";

const runs = { numRuns: 300 };

const kernelled = ["convolution", "projected"] as const;
const kinds: NetworkOptions["kinds"] = [
  ...kernelled,
  ...kernelled,
  ...kernelled,
  "activation",
  "add",
];

const groupsOf = <A>({ op }: LayerSpec<A>): number =>
  op.kind === "convolution" || op.kind === "projected" ? op.groups : 1;

const laws = <A>(name: string, sampled: Sampled<A>, options: Partial<NetworkOptions>): void => {
  const { ring } = sampled;
  const drawn = cases(sampled, { kinds, channels: [2, 4], ...options });
  describe(`over ${name}`, () => {
    it("T6_groups: ungrouping preserves, leaves no groups, and is idempotent", () => {
      fc.assert(
        fc.property(drawn, ({ network: n, batch }) => {
          succeed(preserves(ring)(ungroup(ring))(n, batch));
          succeed(idempotent(ring)(ungroup(ring))(n));
          const made = succeed(ungroup(ring)(n)).network;
          expect(made.layers.map(groupsOf)).toEqual(made.layers.map(() => 1));
          expect(made.class).toBe(n.class);
        }),
        runs,
      );
    });
    it("merging what was ungrouped is ungrouping what was merged", () => {
      fc.assert(
        fc.property(drawn, ({ network: n }) => {
          const merged = succeed(merge(ring)(n)).network;
          const made = succeed(ungroup(ring)(n)).network;
          succeed(
            sameNetwork(ring)(
              succeed(merge(ring)(made)).network,
              succeed(ungroup(ring)(merged)).network,
            ),
          );
        }),
        runs,
      );
    });
  });
};

laws("rational", rationals, {});
laws("a formal field", formal("ungroup"), { activations: allActivations });

it("the random networks have groups of both kinds of layers, depthwise ones among them", () => {
  const seen = fc.sample(cases(rationals, { kinds, channels: [2, 4] }), { numRuns: 300, seed: 1 });
  const grouped = seen.flatMap(({ network: n }) => n.layers.filter((l) => groupsOf(l) > 1));
  const ofKind = (kind: string) => grouped.filter(({ op }) => op.kind === kind);
  expect(ofKind("convolution").length).toBeGreaterThan(30);
  expect(ofKind("projected").length).toBeGreaterThan(30);
  const perGroup = grouped.flatMap(({ op }) => ("kernel" in op ? [op.kernel.shape.at(-2)!] : []));
  expect(new Set(perGroup)).toEqual(new Set([1, 2]));
});

describe("ungrouping", () => {
  const number = (x: number): Rational => succeed(rational.fromNumber(x));
  const numbers = (shape: Shape, f: (i: number) => number): Tensor<Rational> =>
    generated(rational)(shape, (i) => number(f(i)));
  const shown = ({ data }: Tensor<Rational>): readonly string[] =>
    Array.from(data, (x) => rational.show(x));
  const one: Geometry = [axis({ kernel: 1 })];
  const grouped: Convolution<Rational> = {
    kind: "convolution",
    geometry: one,
    groups: 2,
    kernel: numbers([1, 2, 2], (i) => i + 1),
    bias: numbers([2], (i) => i),
  };
  const gated: Projected<Rational> = {
    ...grouped,
    kind: "projected",
    groups: 2,
    kernel: numbers([1, 1, 4], (i) => i + 1),
    gates: numbers([1, 4], (i) => 10 * (i + 1)),
    bias: null,
  };
  const layers: readonly LayerSpec<Rational>[] = [
    { name: "x", op: { kind: "input", shape: [3, 4] }, inputs: [] },
    { name: "grouped", op: grouped, inputs: ["x"] },
    { name: "gated", op: gated, inputs: ["grouped"] },
    { name: "y", op: { kind: "add" }, inputs: ["gated", "x"] },
  ];
  const source: AnyNetwork<Rational> = succeed(network(layers));

  it("has zeros in the kernel between groups, and gates of one there", () => {
    const made = succeed(ungroup(rational)(source)).network.layers;
    const [a, b] = [made[1]!.op as Convolution<Rational>, made[2]!.op as Projected<Rational>];
    expect([a.kernel.shape, b.kernel.shape, b.gates.shape]).toEqual([
      [1, 4, 2],
      [1, 2, 4],
      [2, 4],
    ]);
    expect(shown(a.kernel)).toEqual(["1", "0", "3", "0", "0", "2", "0", "4"]);
    expect(shown(b.kernel)).toEqual(["1", "2", "0", "0", "0", "0", "3", "4"]);
    expect(shown(b.gates)).toEqual(["10", "20", "1", "1", "1", "1", "30", "40"]);
  });

  it("keeps names, wires, windows and biases", () => {
    const made = succeed(ungroup(rational)(source)).network.layers;
    expect(made.map((l) => [l.name, l.inputs, l.shape])).toEqual(
      source.layers.map((l) => [l.name, l.inputs, l.shape]),
    );
    const op = made[1]!.op as Convolution<Rational>;
    expect([op.geometry, op.bias]).toEqual([one, grouped.bias]);
  });

  it("leaves a certificate that survives being written and read", () => {
    const { certificate, network: target } = succeed(ungroup(rational)(source));
    expect(certificate).toEqual({
      conversion: "ungroup",
      theorem: "rewrite_sound",
      ring: rational.name,
      rounding: "exact",
      source: digestOf(rational)(source),
      target: digestOf(rational)(target),
      steps: [
        { theorem: "keep", layer: "x", from: ["x"] },
        { theorem: "T6_groups", layer: "grouped", from: ["grouped"], groups: 2 },
        { theorem: "T6_groups", layer: "gated", from: ["gated"], groups: 2 },
        { theorem: "keep", layer: "y", from: ["y"] },
      ],
      notes: [
        {
          layer: "gated",
          note: "its gates between the 2 groups are one and have no gradient: the kernel is zero there",
        },
      ],
    });
    const written: unknown = JSON.parse(JSON.stringify(certificate));
    expect(succeed(readCertificate(written))).toEqual(certificate);
    const broken = { ...certificate, steps: [{ ...certificate.steps[1]!, groups: "2" }] };
    expect(refused(readCertificate(broken)).where).toMatch(/^certificate steps/);
  });

  it("asks of grouped layers alone, and leaves those that are not chosen", () => {
    const asked: string[] = [];
    const choose = ({ name, op }: { readonly name: string; readonly op: { groups: number } }) => {
      asked.push(`${name} with ${op.groups}`);
      return name === "gated";
    };
    const made = succeed(ungroup(rational, { choose })(source));
    expect(asked).toEqual(["grouped with 2", "gated with 2"]);
    expect(made.network.layers.map(groupsOf)).toEqual([1, 2, 1, 1]);
    expect(made.network.layers[1]!.op).toBe(grouped);
    expect(made.certificate.steps.map((s) => s.theorem)).toEqual([
      "keep",
      "keep",
      "T6_groups",
      "keep",
    ]);
  });

  it("gives a network without groups back unchanged, weights shared", () => {
    const once = succeed(ungroup(rational)(source)).network;
    const twice = succeed(ungroup(rational)(once));
    expect(twice.network).toEqual(once);
    expect(twice.network.layers[1]!.op).toBe(once.layers[1]!.op);
    expect(new Set(twice.certificate.steps.map((s) => s.theorem))).toEqual(new Set(["keep"]));
  });

  it("agrees with what `recognise` makes of groups", () => {
    const pointwise = succeed(network(layers.slice(0, 2)));
    succeed(
      sameNetwork(rational)(
        succeed(recognise(rational)(succeed(ungroup(rational)(pointwise)).network)).network,
        succeed(recognise(rational)(pointwise)).network,
      ),
    );
  });

  it("moves float32 weights without a rounding: to ungroup and to read exactly commute", () => {
    fc.assert(
      fc.property(cases(floats32, { kinds, channels: [2, 4] }), ({ network: n }) => {
        const made = succeed(ungroup(float32)(n));
        expect(made.certificate.rounding).toBe("exact");
        succeed(
          sameNetwork(rational)(
            succeed(readIn(rational)(made.network)),
            succeed(ungroup(rational)(succeed(readIn(rational)(n)))).network,
          ),
        );
      }),
      runs,
    );
  });
});

describe("T6_groups for all weights and inputs", () => {
  const ring = polynomial(rational);
  type P = typeof ring.zero;
  const variables = (name: string, shape: Shape): Tensor<P> => ({
    shape,
    data: Array.from({ length: size(shape) }, (_, i) => ring.variable(`${name}${i}`)),
  });
  const geometry: Geometry = [axis({ kernel: 2, stride: 2, dilation: 2, low: 1 })];
  const source: AnyNetwork<P> = succeed(
    network<P>([
      { name: "x", op: { kind: "input", shape: [4, 4] }, inputs: [] },
      {
        name: "p",
        op: {
          kind: "projected",
          geometry,
          groups: 2,
          kernel: variables("f", [2, 2, 4]),
          gates: variables("g", [2, 4]),
          bias: variables("b", [4]),
        },
        inputs: ["x"],
      },
      {
        name: "depthwise",
        op: {
          kind: "convolution",
          geometry: [axis({ kernel: 1 })],
          groups: 4,
          kernel: variables("d", [1, 1, 4]),
          bias: null,
        },
        inputs: ["p"],
      },
    ]),
  );
  const x = variables("x", [1, 4, 4]);
  const target = () => succeed(ungroup(ring)(source)).network;
  const withProjected = (change: (op: Projected<P>) => Projected<P>): AnyNetwork<P> =>
    succeed(
      network(
        target().layers.map((l) => (l.op.kind === "projected" ? { ...l, op: change(l.op) } : l)),
      ),
    );
  /** Variables where a weight `[.., 4, 4]` of two groups is between them. */
  const between = (t: Tensor<P>): Tensor<P> =>
    generated(ring)(t.shape, (i) =>
      Math.floor((i % 16) / 8) === Math.floor((i % 4) / 2) ? t.data[i]! : ring.variable(`h${i}`),
    );

  it("holds for symbolic gates, kernels, biases and inputs, and two groups that differ", () => {
    succeed(sameMeaning(ring)(target(), source, x));
  });
  it("holds whatever the gates between groups are, and for no kernel but zero there", () => {
    const gates = withProjected((op) => ({ ...op, gates: between(op.gates) }));
    succeed(sameMeaning(ring)(gates, source, x));
    const kernel = withProjected((op) => ({ ...op, kernel: between(op.kernel) }));
    refused(sameMeaning(ring)(kernel, source, x));
  });
});
