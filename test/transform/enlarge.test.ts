/** Convolutions in larger windows (T6_push): the same meaning, on random networks and for all weights. */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { polynomial } from "../../src/algebra/polynomial.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import type { Convolution, Projected } from "../../src/model/operator.js";
import { readIn } from "../../src/semantics/reading.js";
import { axis, outputExtent, span, type Axis, type Geometry } from "../../src/tensor/geometry.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { readCertificate, type StepOf } from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { enlarge, enlargedWindow, type EnlargeOptions } from "../../src/transform/enlarge.js";
import { merge } from "../../src/transform/merge.js";
import { ungroup } from "../../src/transform/ungroup.js";
import { floats32, formal, rationals, type Sampled } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import { allActivations, type NetworkOptions } from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { idempotent, preserves, type Convert } from "../../src/laws/conversion.js";
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

const divisors = (n: number): readonly number[] =>
  Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);

/** An axis that holds the taps of `a`, with as many outputs over `n` positions. */
const drawLarger = (t: Tape, a: Axis, n: number): Axis => {
  const dilation = t.pick(divisors(a.dilation));
  const [before, after] = [t.below(3), t.below(3)];
  const rest = (n + a.low + a.high - span(a)) % a.stride;
  const high = a.high + after * dilation;
  return {
    kernel: before + ((a.kernel - 1) * a.dilation) / dilation + 1 + after,
    stride: a.stride,
    dilation,
    low: a.low + before * dilation,
    // What the stride leaves over behind the last window may be any rest.
    high: Math.max(0, high - rest + t.below(a.stride)),
  };
};

/** Larger windows for the layers of a network, drawn once; some layers are left alone. */
const drawWindows = <A>(t: Tape, n: AnyNetwork<A>): EnlargeOptions<A> => {
  const shapes = new Map(n.layers.map((l) => [l.name, l.shape]));
  const windows = new Map(
    n.layers.flatMap(({ name, op, inputs }) => {
      if (op.kind !== "convolution" && op.kind !== "projected") return [];
      const extents = shapes.get(inputs[0]!)!;
      const larger = op.geometry.map((a, i) => drawLarger(t, a, extents[i]!));
      return [[name, t.below(4) === 0 ? null : larger] as const];
    }),
  );
  return { geometry: ({ name }) => windows.get(name)! };
};

const windowsOf = <A>(n: AnyNetwork<A>): readonly Geometry[] =>
  n.layers.flatMap(({ op }) =>
    op.kind === "convolution" || op.kind === "projected" ? [op.geometry] : [],
  );

const laws = <A>(name: string, sampled: Sampled<A>, options: Partial<NetworkOptions>): void => {
  const { ring } = sampled;
  const drawn = cases(sampled, { kinds, ...options });
  describe(`over ${name}`, () => {
    it("T6_push: enlarging preserves, whatever the larger windows", () => {
      fc.assert(
        fc.property(drawn, tape(), ({ network: n, batch }, t) => {
          const windows = drawWindows(t, n);
          succeed(preserves(ring)(enlarge(ring, windows))(n, batch));
          expect(succeed(enlarge(ring, windows)(n)).network.class).toBe(n.class);
        }),
        runs,
      );
    });
    it("by default preserves, leaves no dilation and no single tap, and is idempotent", () => {
      fc.assert(
        fc.property(drawn, ({ network: n, batch }) => {
          succeed(preserves(ring)(enlarge(ring))(n, batch));
          succeed(idempotent(ring)(enlarge(ring))(n));
          for (const window of windowsOf(succeed(enlarge(ring)(n)).network)) {
            expect(window.map((a) => a.dilation)).toEqual(window.map(() => 1));
            expect(window.length === 0 || window.some((a) => a.kernel > 1)).toBe(true);
          }
        }),
        runs,
      );
    });
    it("commutes with merging and with ungrouping", () => {
      fc.assert(
        fc.property(drawn, tape(), ({ network: n }, t) => {
          const enlarging = enlarge(ring, drawWindows(t, n));
          const large = succeed(enlarging(n)).network;
          const others: readonly Convert<A>[] = [merge(ring), ungroup(ring)];
          for (const convert of others)
            succeed(
              sameNetwork(ring)(
                succeed(convert(large)).network,
                succeed(enlarging(succeed(convert(n)).network)).network,
              ),
            );
        }),
        runs,
      );
    });
  });
};

laws("rational", rationals, {});
laws("a formal field", formal("enlarge"), { activations: allActivations });

it("the random windows grow in every way", () => {
  const seen = fc.sample(fc.tuple(cases(rationals, { kinds }), tape()), { numRuns: 300, seed: 1 });
  const steps = seen.flatMap(([{ network: n }, t]) =>
    succeed(enlarge(rational, drawWindows(t, n))(n)).certificate.steps.filter(
      (s): s is StepOf<"T6_push"> => s.theorem === "T6_push",
    ),
  );
  const axes = steps.flatMap((s) =>
    s.geometry.map((a, i) => ({ ...a, offset: s.offset[i]!, factor: s.factor[i]! })),
  );
  expect(axes.filter((a) => a.offset > 0 && a.stride > 1).length).toBeGreaterThan(30);
  expect(axes.filter((a) => a.factor > 1 && a.kernel > 1).length).toBeGreaterThan(30);
  expect(axes.filter((a) => a.factor === 1 && a.dilation > 1).length).toBeGreaterThan(30);
});

const number = (x: number): Rational => succeed(rational.fromNumber(x));
const numbers = (shape: Shape, f: (i: number) => number): Tensor<Rational> =>
  generated(rational)(shape, (i) => number(f(i)));
const chain = (shape: Shape, op: LayerSpec<Rational>["op"]): AnyNetwork<Rational> =>
  succeed(
    network([
      { name: "x", op: { kind: "input", shape }, inputs: [] },
      { name: "c", op, inputs: ["x"] },
    ]),
  );
const convolution = (geometry: Geometry): Convolution<Rational> => ({
  kind: "convolution",
  geometry,
  groups: 1,
  kernel: numbers([...geometry.map((a) => a.kernel), 1, 1], (i) => i + 1),
  bias: numbers([1], () => 5),
});

describe("enlarging", () => {
  const source = chain([6, 5, 1], {
    ...convolution([axis({ kernel: 2, dilation: 2, low: 1, high: 1 }), axis({ kernel: 1 })]),
    kind: "projected",
    gates: numbers([1, 1], () => 7),
  });
  const into: EnlargeOptions<Rational> = {
    geometry: () => [axis({ kernel: 4, low: 2, high: 1 }), axis({ kernel: 2, low: 1 })],
  };
  const made = () => succeed(enlarge(rational, into)(source));

  it("puts each tap at its place, zeros elsewhere, and keeps names, gates and biases", () => {
    const before = source.layers[1]!.op as Projected<Rational>;
    const after = made().network.layers[1]!.op as Projected<Rational>;
    expect(after.kernel.shape).toEqual([4, 2, 1, 1]);
    expect(Array.from(after.kernel.data, (x) => rational.show(x))).toEqual(
      [0, 0, 0, 1, 0, 0, 0, 2].map(String),
    );
    expect(after.gates).toBe(before.gates);
    expect(after.bias).toBe(before.bias);
    expect(made().network.layers.map((l) => [l.name, l.inputs, l.shape])).toEqual(
      source.layers.map((l) => [l.name, l.inputs, l.shape]),
    );
  });

  it("leaves a certificate that survives being written and read", () => {
    expect(made().certificate).toEqual({
      conversion: "enlarge",
      theorem: "rewrite_sound",
      ring: rational.name,
      rounding: "exact",
      source: digestOf(rational)(source),
      target: digestOf(rational)(made().network),
      steps: [
        { theorem: "keep", layer: "x", from: ["x"] },
        {
          theorem: "T6_push",
          layer: "c",
          from: ["c"],
          geometry: [axis({ kernel: 2, dilation: 2, low: 1, high: 1 }), axis({ kernel: 1 })],
          offset: [1, 1],
          factor: [2, 1],
        },
      ],
      notes: [],
    });
    const written: unknown = JSON.parse(JSON.stringify(made().certificate));
    expect(succeed(readCertificate(written))).toEqual(made().certificate);
    const broken = {
      ...made().certificate,
      steps: [{ ...made().certificate.steps[1]!, factor: [2, "1"] }],
    };
    expect(refused(readCertificate(broken)).where).toMatch(/^certificate steps/);
  });

  it("asks with the input's extents, and leaves a layer at null or at the window it has", () => {
    const asked: Shape[] = [];
    for (const same of [false, true]) {
      const kept = succeed(
        enlarge(rational, {
          geometry: ({ op }, extents) => {
            asked.push(extents);
            return same ? op.geometry.map((a) => ({ ...a })) : null;
          },
        })(source),
      );
      expect(kept.network).toEqual(source);
      expect(kept.network.layers[1]!.op).toBe(source.layers[1]!.op);
      expect(kept.certificate.steps.map((s) => s.theorem)).toEqual(["keep", "keep"]);
    }
    expect(asked).toEqual([
      [6, 5],
      [6, 5],
    ]);
  });

  it("has three taps for one and dense windows for dilated ones by default", () => {
    expect(
      enlargedWindow([axis({ kernel: 1, stride: 2, high: 1 }), axis({ kernel: 1, dilation: 3 })]),
    ).toEqual([
      axis({ kernel: 3, stride: 2, low: 1, high: 2 }),
      axis({ kernel: 3, low: 1, high: 1 }),
    ]);
    expect(
      enlargedWindow([axis({ kernel: 3, dilation: 2, stride: 3, low: 4 }), axis({ kernel: 1 })]),
    ).toEqual([axis({ kernel: 5, stride: 3, low: 4 }), axis({ kernel: 1 })]);
    const dense = [axis({ kernel: 3, low: 1, high: 1 }), axis({ kernel: 1 })];
    expect(enlargedWindow(dense)).toEqual(dense);
    expect(enlargedWindow([])).toEqual([]);
  });

  it("moves float32 weights without a rounding: to enlarge and to read exactly commute", () => {
    fc.assert(
      fc.property(cases(floats32, { kinds }), ({ network: n }) => {
        const large = succeed(enlarge(float32)(n));
        expect(large.certificate.rounding).toBe("exact");
        succeed(
          sameNetwork(rational)(
            succeed(readIn(rational)(large.network)),
            succeed(enlarge(rational)(succeed(readIn(rational)(n)))).network,
          ),
        );
      }),
      runs,
    );
  });
});

describe("refusals", () => {
  const plain = axis({ kernel: 3, low: 1, high: 1 });
  const dilated = axis({ kernel: 3, stride: 2, dilation: 6, low: 6, high: 6 });
  const source = chain([9, 9, 1], convolution([plain, dilated]));
  const onto = (...window: Geometry) =>
    showRefusal(refused(enlarge(rational, { geometry: () => window })(source)));
  it.each<readonly [string, Axis, string]>([
    [
      "another stride",
      { ...dilated, stride: 1 },
      "found stride 1, expected stride 2, as it was; a larger window has its outputs where they were",
    ],
    [
      "a dilation that the old one is no multiple of",
      { ...dilated, dilation: 4 },
      "found dilation 4, expected a divisor of the dilation 6 that it was; " +
        "between the old taps only whole steps of the new ones are possible",
    ],
    [
      "less padding before",
      axis({ kernel: 13, stride: 2, low: 5, high: 7 }),
      "found padding before of 5, expected 6, as it was, and 1 for each tap put before the first",
    ],
    [
      "padding before that is no whole number of taps",
      axis({ kernel: 6, stride: 2, dilation: 3, low: 8, high: 7 }),
      "found padding before of 8, expected 6, as it was, and 3 for each tap put before the first",
    ],
    [
      "too few taps",
      axis({ kernel: 7, stride: 2, dilation: 2, low: 8, high: 4 }),
      "found kernel 7, expected at least 8 taps: 1 before the first, 3 old ones 3 apart",
    ],
    [
      "another number of outputs",
      axis({ kernel: 13, stride: 2, low: 6, high: 4 }),
      "found 4 outputs with padding 6 + 4, expected 5, as many as before; " +
        "choose the padding after so that the outputs stay as many",
    ],
  ])("%s, by layer and axis", (_, a, sentence) => {
    expect(onto(plain, a)).toBe(`layer c: axis 1: ${sentence}`);
    expect(E.isRight(enlarge(rational, { geometry: () => [plain, dilated] })(source))).toBe(true);
  });
  it("a window with too few axes, and one that is none", () => {
    expect(onto(plain)).toContain("layer c: window: found 1 axes over 2 spatial dimensions");
    expect(onto(plain, { ...dilated, dilation: 0.5 })).toContain(
      "layer c: axis 1: found kernel 3, stride 2, dilation 0.5",
    );
    expect(onto(plain, { ...dilated, high: -1 })).toContain("padding 6 before and -1 after");
  });
});

describe("T6_push for all weights and inputs", () => {
  const ring = polynomial(rational);
  type P = typeof ring.zero;
  const variables = (name: string, shape: Shape): Tensor<P> => ({
    shape,
    data: Array.from({ length: size(shape) }, (_, i) => ring.variable(`${name}${i}`)),
  });
  const from: Geometry = [axis({ kernel: 2, stride: 2, dilation: 2, low: 1 }), axis({ kernel: 1 })];
  const to: Geometry = [
    axis({ kernel: 5, stride: 2, low: 2, high: 1 }),
    axis({ kernel: 3, low: 2 }),
  ];
  const extents: Shape = [4, 3];
  const source: AnyNetwork<P> = succeed(
    network<P>([
      { name: "x", op: { kind: "input", shape: [...extents, 2] }, inputs: [] },
      {
        name: "p",
        op: {
          kind: "projected",
          geometry: from,
          groups: 1,
          kernel: variables("f", [2, 1, 2, 2]),
          gates: variables("g", [2, 2]),
          bias: variables("b", [2]),
        },
        inputs: ["x"],
      },
      {
        name: "c",
        op: {
          kind: "convolution",
          geometry: [axis({ kernel: 1 }), axis({ kernel: 2 })],
          groups: 2,
          kernel: variables("h", [1, 2, 1, 2]),
          bias: null,
        },
        inputs: ["p"],
      },
    ]),
  );
  const x = variables("x", [1, ...extents, 2]);
  const target = () =>
    succeed(enlarge(ring, { geometry: ({ name }) => (name === "p" ? to : null) })(source)).network;

  it("holds for symbolic gates, kernels, biases and inputs", () => {
    succeed(sameMeaning(ring)(target(), source, x));
    succeed(sameMeaning(ring)(succeed(enlarge(ring)(target())).network, source, x));
  });
  it("holds for no other padding before, and for no new weight but zero at a tap that reads", () => {
    const changed = (change: (op: Projected<P>) => Projected<P>): AnyNetwork<P> =>
      succeed(
        network(
          target().layers.map((l) => (l.op.kind === "projected" ? { ...l, op: change(l.op) } : l)),
        ),
      );
    const [rows, columns] = to as readonly [Axis, Axis];
    const shifted: Axis = { ...rows, low: rows.low - 1, high: rows.high + 1 };
    expect(outputExtent(shifted, 4)).toBe(outputExtent(rows, 4));
    refused(
      sameMeaning(ring)(
        changed((op) => ({ ...op, geometry: [shifted, columns] })),
        source,
        x,
      ),
    );
    const weights = 4;
    const old = new Set([1, 3].map((row) => row * 3 + 2));
    for (let tap = 0; tap < 15; tap++)
      if (!old.has(tap))
        refused(
          sameMeaning(ring)(
            changed((op) => ({
              ...op,
              kernel: generated(ring)(op.kernel.shape, (i) =>
                i === tap * weights ? ring.variable("new") : op.kernel.data[i]!,
              ),
            })),
            source,
            x,
          ),
        );
  });
});
