/** What each conversion writes into its certificate, in full, and what a reader takes for a certificate. */
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import { asClass, network, type ModelClass } from "../../src/model/network.js";
import type { Projected } from "../../src/model/operator.js";
import { axis } from "../../src/tensor/geometry.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import {
  readCertificate,
  type Certificate,
  type Conversion,
} from "../../src/transform/certificate.js";
import { digestOf } from "../../src/transform/digest.js";
import { embed } from "../../src/transform/embed.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { recognise } from "../../src/transform/recognise.js";
import { unmerge } from "../../src/transform/unmerge.js";
import { refused, succeed } from "../generators/succeed.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { chain, convolution, input, numbers, same3 } from "./worked.js";

/** A conversion with its source, and what its certificate should say apart from the digests. */
interface Worked {
  readonly source: AnyNetwork<Rational>;
  readonly made: Conversion<ModelClass, readonly number[], readonly number[], Rational>;
  readonly class: ModelClass;
  readonly says: Omit<Certificate, "source" | "target" | "ring" | "rounding">;
}

const relu = { kind: "activation", fn: { name: "relu" } } as const;
const keep = (layer: string) => ({ theorem: "keep", layer, from: [layer] }) as const;
const grouped = convolution(
  numbers([3, 3, 1, 4], (i) => i),
  same3,
  2,
);
const gates = numbers([1, 4], (i) => i + 2);
const projected: Projected<Rational> = { ...grouped, kind: "projected", gates };
const lopsided = [axis({ kernel: 2, dilation: 2, low: 2 }), axis({ kernel: 3, high: 2 })];
const dense = { kind: "dense", weights: numbers([2, 2], (i) => i + 1), bias: null } as const;

/** Converted when a test asks, so that a conversion belongs to the test that runs it. */
const worked =
  (
    source: () => AnyNetwork<Rational>,
    convert: (n: AnyNetwork<Rational>) => Result<Worked["made"]>,
    kind: ModelClass,
    says: Worked["says"],
  ) =>
  (): Worked => {
    const n = source();
    return { source: n, made: succeed(convert(n)), class: kind, says };
  };

const images = chain([3, 3, 2], grouped, relu);
const withGates = chain([3, 3, 2], projected, relu);
const merged = () => succeed(merge(rational)(withGates)).network;
const mixing = chain([3, 2, 2], dense, relu);
const centred = chain(
  [3, 2, 2],
  convolution(
    numbers([2, 3, 2, 2], (i) => (i >= 12 && i < 16 ? i : 0)),
    lopsided,
  ),
);
const zero = chain(
  [2, 2, 1],
  convolution(
    numbers([2, 2, 1, 1], () => 0),
    [axis({ kernel: 2, stride: 1, high: 1 }), axis({ kernel: 2, dilation: 2, low: 1, high: 1 })],
  ),
);
const scaled = succeed(
  network([
    input([2, 2, 1]),
    { name: "d", op: { ...dense, weights: numbers([1, 2], (i) => i + 1) }, inputs: ["x"] },
    {
      name: "n",
      op: {
        kind: "batchNorm",
        statistics: "frozen",
        gamma: null,
        beta: null,
        mean: numbers([2], () => 1),
        variance: numbers([2], (i) => (i === 0 ? 0 : 2)),
        epsilon: 0.25,
        momentum: 0.5,
      },
      inputs: ["d"],
    },
    {
      name: "c",
      op: convolution(
        numbers([1, 1, 2, 1], (i) => i + 1),
        [axis({ kernel: 1 }), axis({ kernel: 1 })],
      ),
      inputs: ["n"],
    },
    {
      name: "a",
      op: {
        kind: "affine",
        scale: numbers([1], () => -1.5),
        shift: numbers([1], () => 2),
      },
      inputs: ["c"],
    },
    { name: "r", op: relu, inputs: ["a"] },
  ]),
);
const explicit = chain(
  [2, 3, 1],
  {
    kind: "zeroPad",
    padding: [
      [0, 1],
      [2, 3],
    ],
  },
  convolution(
    numbers([2, 2, 1, 1], (i) => i + 1),
    [axis({ kernel: 2, low: 1 }), axis({ kernel: 2, stride: 2, high: 1 })],
  ),
);

const examples: Readonly<Record<string, () => Worked>> = {
  project: worked(
    () => images,
    (n) => project(rational)(succeed(asClass("GCNN")(n))),
    "Projected",
    {
      conversion: "project",
      theorem: "network_projection",
      steps: [
        keep("x"),
        { theorem: "T3_unit", layer: "l0", from: ["l0"], unidentifiable: { count: 0, first: [] } },
        keep("l1"),
      ],
      notes: [],
    },
  ),
  "project a zero kernel": worked(
    () => zero,
    (n) => project(rational)(succeed(asClass("GCNN")(n))),
    "Projected",
    {
      conversion: "project",
      theorem: "network_projection",
      steps: [
        keep("x"),
        {
          theorem: "T3_unit",
          layer: "l0",
          from: ["l0"],
          unidentifiable: { count: 1, first: [[0, 0]] },
        },
      ],
      notes: [
        {
          layer: "l0",
          note: "1 kernels are zero at every tap, so their gates have no gradient: input 0 to output 0",
        },
      ],
    },
  ),
  merge: worked(() => withGates, merge(rational), "GCNN", {
    conversion: "merge",
    theorem: "network_merge",
    steps: [keep("x"), { theorem: "T4_merge", layer: "l0", from: ["l0"], groups: 2 }, keep("l1")],
    notes: [],
  }),
  unmerge: worked(
    merged,
    (n) => unmerge(rational)(n, succeed(asClass("Projected")(withGates))),
    "Projected",
    {
      conversion: "unmerge",
      theorem: "network_merge",
      steps: [keep("x"), { theorem: "T4_merge", layer: "l0", from: ["l0"], groups: 2 }, keep("l1")],
      notes: [],
    },
  ),
  embed: worked(
    () => mixing,
    (n) => embed(rational, { geometry: () => lopsided })(succeed(asClass("GFFN")(n))),
    "GCNN",
    {
      conversion: "embed",
      theorem: "network_embed",
      steps: [
        keep("x"),
        { theorem: "T1_embed", layer: "l0", from: ["l0"], geometry: lopsided, centre: [1, 0] },
        keep("l1"),
      ],
      notes: [],
    },
  ),
  recognise: worked(() => centred, recognise(rational), "GFFN", {
    conversion: "recognise",
    theorem: "network_embed",
    steps: [
      keep("x"),
      {
        theorem: "T2_collapse",
        layer: "l0",
        from: ["l0"],
        geometry: lopsided,
        groups: 1,
        extents: [3, 2],
        centre: 3,
        dead: [2, 5],
      },
    ],
    notes: [],
  }),
  "recognise a zero kernel": worked(() => zero, recognise(rational), "GFFN", {
    conversion: "recognise",
    theorem: "network_embed",
    steps: [
      keep("x"),
      {
        theorem: "T2_collapse",
        layer: "l0",
        from: ["l0"],
        geometry: [
          { kernel: 2, stride: 1, dilation: 1, low: 0, high: 1 },
          { kernel: 2, stride: 1, dilation: 2, low: 1, high: 1 },
        ],
        groups: 1,
        extents: [2, 2],
        centre: null,
        dead: [],
      },
    ],
    notes: [],
  }),
  foldBatchNorm: worked(() => scaled, foldBatchNorm(rational), "GCNN", {
    conversion: "foldBatchNorm",
    theorem: "rewrite_sound",
    steps: [
      keep("x"),
      {
        theorem: "T6_bn_fold",
        layer: "d",
        from: ["d", "n"],
        folded: "batchNorm",
        readers: 1,
        scale: ["2", "2/3"],
      },
      {
        theorem: "T6_bn_fold",
        layer: "c",
        from: ["c", "a"],
        folded: "affine",
        readers: 1,
        scale: ["-3/2"],
      },
      keep("r"),
    ],
    notes: [],
  }),
  absorbPadding: worked(() => explicit, absorbPadding(rational), "GCNN", {
    conversion: "absorbPadding",
    theorem: "rewrite_sound",
    steps: [
      keep("x"),
      {
        theorem: "T6_pad",
        layer: "l1",
        from: ["l0", "l1"],
        padding: [
          [0, 1],
          [2, 3],
        ],
        geometry: [
          { kernel: 2, stride: 1, dilation: 1, low: 1, high: 0 },
          { kernel: 2, stride: 2, dilation: 1, low: 0, high: 1 },
        ],
      },
    ],
    notes: [],
  }),
};

const written = (certificate: Certificate): unknown => JSON.parse(JSON.stringify(certificate));

/** Every place in a JSON value, from the outside in, with the value there. */
const places = (
  json: unknown,
  path: readonly string[] = [],
): readonly (readonly [readonly string[], unknown])[] => [
  ...(path.length === 0 ? [] : [[path, json] as const]),
  ...(typeof json === "object" && json !== null
    ? Object.entries(json).flatMap(([key, inner]) => places(inner, [...path, key]))
    : []),
];

/** The JSON value with another value in one place. */
const replaced = (json: unknown, [key, ...rest]: readonly string[], by: unknown): unknown => {
  if (key === undefined) return by;
  const changed = structuredClone(json) as Record<string, unknown>;
  changed[key] = replaced(changed[key], rest, by);
  return changed;
};

describe.each(Object.entries(examples))("%s", (_, example) => {
  it("names its theorem and that of every layer, with the side conditions", () => {
    const { source, made, class: kind, says } = example();
    expect(made.certificate).toEqual({
      ...says,
      ring: "rational",
      rounding: "exact",
      source: digestOf(rational)(source),
      target: digestOf(rational)(made.network),
    });
    expect(made.network.class).toBe(kind);
    expect([made.network.input, made.network.output]).toEqual([source.input, source.output]);
  });
  it("is read back from JSON", () => {
    const { certificate } = example().made;
    expect(succeed(readCertificate(written(certificate)))).toEqual(certificate);
  });
  it("is refused with a value of another type in any one place, or with nothing there", () => {
    const json = written(example().made.certificate);
    for (const [path, value] of places(json))
      for (const other of [undefined, typeof value === "object" && value !== null ? 1 : {}])
        expect(readCertificate(replaced(json, path, other))._tag, path.join(".")).toBe("Left");
  });
});

describe("a certificate", () => {
  const certificate = () => examples["project"]!().made.certificate;
  const saying = (path: readonly string[], by: unknown): string =>
    showRefusal(refused(readCertificate(replaced(written(certificate()), path, by))));
  it("may have notes", () => {
    const noted = { ...certificate(), notes: [{ layer: "l0", note: "remember" }] };
    expect(succeed(readCertificate(noted))).toEqual(noted);
    expect(saying(["notes"], [{ layer: "l0" }])).toBe(
      "certificate notes.0.note: found nothing, expected what the field, or the step of a known " +
        "theorem, holds there",
    );
  });
  it("is refused with the place and the value that is wrong there", () => {
    expect(saying(["ring"], 61)).toMatch(/^certificate ring: found 61, expected what the field/);
    expect(saying(["rounding"], "twice")).toMatch(/^certificate rounding: found "twice", expected/);
    expect(saying(["steps"], [{ theorem: "T4_merge", layer: 1, from: [2, 3], groups: 4 }])).toMatch(
      /^certificate steps\.0\.(\d\.)?from\.0: found 2, expected/,
    );
    expect(saying(["source"], undefined)).toMatch(/^certificate source: found nothing, expected/);
    expect(saying(["source"], 7n)).toMatch(
      /^certificate source: found a value of type bigint, expected/,
    );
    expect(saying(["steps"], [{ ...keep("x"), theorem: "T7" }])).toMatch(
      /^certificate steps\.0: found \{"theorem":"T7",/,
    );
  });
});
