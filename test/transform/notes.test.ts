/** What the conversions leave as it is and say so, and what they choose unless told. */
import { describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { type Result } from "../../src/algebra/refusal.js";
import { network, type LayerSpec } from "../../src/model/network.js";
import type { Convolution, Operator } from "../../src/model/operator.js";
import { axis } from "../../src/tensor/geometry.js";
import { tensor } from "../../src/tensor/tensor.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import type { Note } from "../../src/transform/certificate.js";
import { type EmbedOptions } from "../../src/transform/embed.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { kept } from "../../src/transform/rebuild.js";
import { recognise } from "../../src/transform/recognise.js";
import { succeed } from "../generators/succeed.js";
import { sameMeaning } from "../../src/laws/equality.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import {
  affine,
  chain,
  convolution,
  dense,
  embedding,
  input,
  numbers,
  one,
  pad,
  pointwise,
  projected,
  projecting,
  relu,
  same3,
} from "./worked.js";

const spatial = convolution(numbers([3, 3, 2, 2], (i) => i));

const layer = (
  name: string,
  op: Operator<Rational>,
  ...inputs: readonly string[]
): LayerSpec<Rational> => ({ name, op, inputs });
const dag = (...layers: readonly LayerSpec<Rational>[]): AnyNetwork<Rational> =>
  succeed(network([input([3, 3, 2]), ...layers]));

describe("what is left as it is", () => {
  const pool: Operator<Rational> = { kind: "maxPool", geometry: one };
  const bare: Operator<Rational> = {
    kind: "batchNorm",
    statistics: "batch",
    gamma: null,
    beta: null,
    mean: numbers([2], () => 1),
    variance: numbers([2], () => 1),
    epsilon: 0,
    momentum: 0.5,
  };
  const noted = (made: Result<{ readonly certificate: { readonly notes: readonly Note[] } }>) =>
    succeed(made).certificate.notes.map(({ layer: name, note }) => `${name}: ${note}`);

  it.each<readonly [string, AnyNetwork<Rational>, readonly string[]]>([
    ["nothing, where a convolution reads the padding", chain([3, 3, 2], pad, spatial), []],
    ["nothing, where a gated one does", chain([3, 3, 2], pad, projected), []],
    [
      "nothing, where two convolutions do",
      dag(
        layer("p", pad, "x"),
        layer("c", spatial, "p"),
        layer("d", projected, "c"),
        layer("e", spatial, "p"),
        layer("s", { kind: "add" }, "d", "e"),
      ),
      [],
    ],
    [
      "padding that is the output",
      chain([3, 3, 2], pointwise, pad),
      ["l1: left as it is: it is the output"],
    ],
    [
      "padding that another layer reads as well",
      dag(
        layer("p", pad, "x"),
        layer("c", pointwise, "p"),
        layer("m", pool, "p"),
        layer("r", relu, "p"),
        layer("s", { kind: "add" }, "c", "m", "r"),
      ),
      ["p: left as it is: read by m (maxPool), r (activation)"],
    ],
    [
      "padding that padding reads",
      chain([3, 3, 2], pad, pad, spatial),
      ["l0: left as it is: read by l1 (zeroPad)"],
    ],
  ])("absorbPadding: %s", (_, n, notes) => {
    const made = succeed(absorbPadding(rational)(n));
    expect(noted(absorbPadding(rational)(n))).toEqual(notes);
    const paddings = made.network.layers.filter((l) => l.op.kind === "zeroPad");
    expect(paddings.map((l) => l.name)).toEqual(notes.map((note) => note.split(":")[0]));
    expect(made.network.class).toBe(n.class);
    succeed(
      sameMeaning(rational)(
        made.network,
        n,
        numbers([1, 3, 3, 2], (i) => i - 4),
      ),
    );
  });

  it("absorbPadding: padding before weights that are not finite, which a zero does not silence", () => {
    const broken: Convolution<number> = {
      kind: "convolution",
      geometry: [axis({ kernel: 1 })],
      groups: 1,
      kernel: tensor([1, 1, 1], Float32Array.of(Infinity)),
      bias: null,
    };
    const n = succeed(
      network<number>([
        { name: "x", op: { kind: "input", shape: [2, 1] }, inputs: [] },
        { name: "p", op: { kind: "zeroPad", padding: [[1, 1]] }, inputs: ["x"] },
        { name: "c", op: broken, inputs: ["p"] },
      ]),
    );
    expect(noted(absorbPadding(float32)(n))).toEqual([
      "p: left as it is: read by c (convolution, weights not finite)",
    ]);
    const whole = { ...broken, kernel: tensor([1, 1, 1], Float32Array.of(3)) };
    const finite = succeed(
      network(n.layers.map((l) => (l.name === "c" ? { ...l, op: whole } : l))),
    );
    expect(noted(absorbPadding(float32)(finite))).toEqual([]);
  });

  it.each<readonly [string, AnyNetwork<Rational>, readonly string[], readonly string[]]>([
    ["nothing behind a dense layer", chain([3, 3, 2], dense, affine), [], ["x", "l0"]],
    ["nothing behind a gated one", chain([3, 3, 2], projected, affine), [], ["x", "l0"]],
    [
      "statistics of the batch",
      chain([3, 3, 2], pointwise, bare),
      ["l1: left as it is: its statistics are those of the batch"],
      ["x", "l0", "l1"],
    ],
    [
      "a map behind something else",
      chain([3, 3, 2], affine, relu, affine, pointwise),
      [
        "l0: left as it is: it reads x, a layer of kind input",
        "l2: left as it is: it reads l1, a layer of kind activation",
      ],
      ["x", "l0", "l1", "l2", "l3"],
    ],
    [
      "the second of two maps, which reads the first",
      chain([3, 3, 2], pointwise, affine, affine),
      ["l2: left as it is: it reads l1, a layer of kind affine"],
      ["x", "l0", "l2"],
    ],
    [
      "a map of a value that others read",
      dag(
        layer("c", pointwise, "x"),
        layer("a", affine, "c"),
        layer("b", affine, "c"),
        layer("s", { kind: "add" }, "a", "b", "c"),
      ),
      ["a: left as it is: c has 3 readers", "b: left as it is: c has 3 readers"],
      ["x", "c", "a", "b", "s"],
    ],
  ])("foldBatchNorm: %s", (_, n, notes, names) => {
    const made = succeed(foldBatchNorm(rational)(n));
    expect(noted(foldBatchNorm(rational)(n))).toEqual(notes);
    expect(made.network.layers.map((l) => l.name)).toEqual(names);
    if (notes.every((note) => !note.includes("batch")))
      succeed(
        sameMeaning(rational)(
          made.network,
          n,
          numbers([1, 3, 3, 2], (i) => i - 4),
        ),
      );
  });

  it("embed: dense layers on vectors, and nothing else is worth a note", () => {
    const n = chain([2], relu, dense, relu);
    expect(noted(embedding(n))).toEqual([
      "l1: on vectors there is one position and one tap, and a dense layer is its own convolution",
    ]);
    expect(noted(embedding(chain([2, 3, 2], relu, dense)))).toEqual([]);
  });

  it("project: says which gates no gradient reaches, the first eight of them", () => {
    const zeros = (count: number) =>
      noted(
        projecting(
          chain(
            [3, 3, 2],
            convolution(
              numbers([3, 3, 2, 5], (i) => (i % 10 < count ? 0 : 1)),
              same3,
            ),
          ),
        ),
      );
    const eight = [0, 1].flatMap((k) => [0, 1, 2, 3, 4].map((j) => `input ${k} to output ${j}`));
    const sentence = (count: number, list: string) =>
      `l0: ${count} kernels are zero at every tap, so their gates have no gradient: ${list}`;
    expect(zeros(0)).toEqual([]);
    expect(zeros(1)).toEqual([sentence(1, "input 0 to output 0")]);
    expect(zeros(8)).toEqual([sentence(8, eight.slice(0, 8).join(", "))]);
    expect(zeros(9)).toEqual([sentence(9, `${eight.slice(0, 8).join(", ")}, ...`)]);
  });
});

describe("what is chosen unless told", () => {
  it("embed: three taps an axis, whatever the rank", () => {
    const tap = { kernel: 3, stride: 1, dilation: 1, low: 1, high: 1 };
    for (const extents of [[4], [4, 3], [2, 3, 2]]) {
      const made = succeed(embedding(chain([...extents, 2], dense)));
      expect((made.network.layers[1]!.op as Convolution<Rational>).geometry).toEqual(
        extents.map(() => tap),
      );
      expect(made.certificate.steps[1]).toMatchObject({ centre: extents.map(() => 1) });
    }
  });
  it("embed: asks for the window of each layer by its name and extents", () => {
    const asked: unknown[] = [];
    const options: EmbedOptions = {
      geometry: (name, extents) => (asked.push([name, extents]), one),
    };
    succeed(embedding(chain([4, 3, 2], relu, dense), options));
    expect(asked).toEqual([["l1", [4, 3]]]);
  });
});

describe("recognising", () => {
  it("ignores the weights of taps that read nothing where no tap is the centre", () => {
    const n = chain(
      [2, 1],
      convolution(
        numbers([2, 1, 1], (i) => (i === 0 ? 5 : 0)),
        [axis({ kernel: 2, dilation: 3, low: 2, high: 1 })],
      ),
    );
    const made = succeed(recognise(rational)(n));
    expect(made.certificate.steps[1]).toMatchObject({ centre: null, dead: [0] });
    succeed(
      sameMeaning(rational)(
        made.network,
        n,
        numbers([1, 2, 1], (i) => i + 1),
      ),
    );
  });
  it("leaves everything else, with its step", () => {
    const n = chain([3, 3, 2], relu, dense);
    const made = succeed(recognise(rational)(n));
    expect(made.certificate.steps).toEqual([kept("x"), kept("l0"), kept("l1")]);
    expect(made.network.layers.map((l) => l.op)).toEqual(n.layers.map((l) => l.op));
  });
});
