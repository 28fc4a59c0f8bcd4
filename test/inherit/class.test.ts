/** Classes, the order of networks, certified arrows, and membership layer by layer. */
import { either as E } from "fp-ts";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import {
  axis,
  build,
  classOfLayers,
  conv,
  dense,
  flatten,
  float32,
  input,
  network,
  project,
  relu,
  type ModelClass,
} from "heirloom";
import {
  andThen,
  arrows,
  classes,
  embedding,
  isBelow,
  join,
  meet,
  membershipOf,
  merging,
  projection,
  recognition,
  applyTechnique,
  gatePermutation,
  homogeneous,
  memberOf,
  scalarWeighted,
  type LayerClass,
} from "heirloom/inherit";
import { sameMeaning, sameNetwork } from "../../src/laws/equality.js";
import { refused, succeed } from "../generators/succeed.js";

const cnn = succeed(
  pipe(
    input([5, 5, 2]),
    conv({ filters: 3, kernel: 3 }),
    relu,
    conv({ filters: 2, kernel: 1 }),
    flatten,
    dense(3),
    build({ seed: 0 }),
  ),
);

const names: readonly ModelClass[] = ["GFFN", "GCNN", "Projected"];

describe("the lattice", () => {
  it("is a chain with joins and meets", () => {
    for (const a of names)
      for (const b of names) {
        expect(isBelow(a, join(a, b)) && isBelow(b, join(a, b))).toBe(true);
        expect(isBelow(meet(a, b), a) && isBelow(meet(a, b), b)).toBe(true);
        expect(join(a, meet(a, b))).toBe(a);
        expect(meet(a, join(a, b))).toBe(a);
        expect(isBelow(a, b) && isBelow(b, a)).toBe(a === b);
        for (const c of names) {
          expect(join(a, join(b, c))).toBe(join(join(a, b), c));
          expect(isBelow(join(a, b), c)).toBe(isBelow(a, c) && isBelow(b, c));
        }
      }
  });
  it("has the class of a network as the join of those of its layers", () => {
    const layers = cnn.layers.map((layer) => classOfLayers([layer]));
    expect(layers.reduce(join)).toBe(cnn.class);
  });
});

describe("arrows", () => {
  it("go from class to class, and what arrives was checked", () => {
    const gated = succeed(projection.along(float32)(cnn));
    expect(gated.network.class).toBe("Projected");
    expect(gated.report.theorem).toBe(projection.theorem);
    expect(gated.report.theorems.get("T3_unit")).toBe(2);
    const back = succeed(merging.along(float32)(gated.network));
    expect(back.report.theorems.get("T4_merge")).toBe(2);
    succeed(sameNetwork(float32)(back.network, cnn));
  });
  it("compose, keeping both certificates", () => {
    const [there, back] = succeed(andThen(float32)(projection, merging)(cnn));
    expect([there.certificate.conversion, back.certificate.conversion]).toEqual([
      "project",
      "merge",
    ]);
  });
  it("embed a dense network on tensors and recognise it again", () => {
    const gffn = succeed(
      network([
        { name: "x", op: { kind: "input", shape: [4, 2] }, inputs: [] },
        {
          name: "y",
          op: {
            kind: "dense",
            weights: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
            bias: null,
          },
          inputs: ["x"],
        },
      ]),
    );
    const [there, back] = succeed(
      andThen(float32)(embedding, recognition)({ ...gffn, class: "GFFN" }),
    );
    expect(there.network.layers[1]!.op.kind).toBe("convolution");
    succeed(sameNetwork(float32)(back.network, gffn));
    const batch = { shape: [1, 4, 2], data: Float32Array.of(1, 0, -1, 2, 3, 1, 0, 5) };
    succeed(sameMeaning(float32)(there.network, gffn, batch));
  });
  it("that are partial say why: a convolution that couples positions is no dense layer", () => {
    expect(refused(recognition.along(float32)(cnn)).where).toContain("conv1");
    expect(arrows.filter(({ total }) => !total).map(({ name }) => name)).toEqual([
      "recognise",
      "project",
    ]);
  });
});

describe("membership", () => {
  it("of a convolutional network with a dense head, layer by layer and in total", () => {
    const { layers, passesFor, provides, class: of } = membershipOf(float32)(cnn);
    expect(layers.map((l) => [l.layer, l.class])).toEqual([
      ["conv1", "GCNN"],
      ["conv2", "GCNN"],
      ["dense1", "GFFN"],
    ]);
    expect(of).toBe("GCNN");
    expect(passesFor).toEqual(["GCNN", "Projected"]);
    const lacking = (layer: string) =>
      layers
        .find((l) => l.layer === layer)!
        .provides.flatMap(({ assumption, met }) =>
          E.isLeft(met) && assumption.of === "class" ? [assumption.name] : [],
        );
    expect(lacking("conv1")).toEqual(["scalarConnections"]);
    // A kernel of one tap is one scalar.
    expect(lacking("conv2")).toEqual([]);
    expect(lacking("dense1")).toEqual([]);
    expect(provides.map(({ name }) => name)).toEqual([
      "linear",
      "scalarWeighted",
      "homogeneous",
      "proportional",
    ]);
  });
  it("of the same network projected", () => {
    const { network: gated } = succeed(project(float32)(cnn));
    const { provides } = membershipOf(float32)(gated);
    expect(provides.map(({ name }) => name)).toEqual([
      "linear",
      "scalarWeighted",
      "scalarConnections",
      "proportional",
    ]);
  });
  it("of a class is what its layers are", () => {
    for (const c of classes) {
      const held = memberOf(c)(float32)(cnn);
      expect(E.isLeft(held)).toBe(true);
    }
    expect(refused(memberOf(classes[0])(float32)(cnn)).where).toBe("layer conv1");
  });
});

describe("a class of one's own", () => {
  // Its words and what it provides are declared in inherit.test-d.ts, by declaration merging.
  const tied: LayerClass<"Tied"> = {
    name: "Tied",
    statement: "projected layers whose nodes have their kernels in common",
    provides: [
      { assumption: scalarWeighted, theorem: "projected_provides", when: null },
      { assumption: homogeneous, theorem: "gffn_provides", when: null },
    ],
    holds: (ring) => (op) => {
      if (op.kind === "dense") return E.right(null);
      const { data, shape } = op.kernel;
      const nodes = shape.at(-1)!;
      const other = Array.from({ length: data.length }, (_, i) => i).find(
        (i) => !ring.equals(data[i]!, data[i - (i % nodes)]!),
      );
      return other === undefined
        ? E.right(null)
        : E.left({
            where: "",
            found: `a kernel of node ${other % nodes}`,
            expected: "that of node 0",
          });
    },
    draw: (t, shape) => {
      const op = classes[2].draw(t, shape);
      if (op.kind !== "projected") return op;
      const nodes = op.kernel.shape.at(-1)!;
      const data = Array.from(
        { length: op.kernel.data.length },
        (_, i) => op.kernel.data[i - (i % nodes)]!,
      );
      return { ...op, kernel: { ...op.kernel, data } };
    },
  };
  const projectedOf = (values: readonly number[]) =>
    ({
      kind: "projected",
      geometry: [axis({ kernel: 2, high: 1 })],
      groups: 1,
      kernel: { shape: [2, 1, 2], data: Float32Array.from(values) },
      gates: { shape: [1, 2], data: Float32Array.of(1, 2) },
      bias: null,
    }) as const;
  const networkOf = (values: readonly number[]) => {
    const n = succeed(
      network([
        { name: "x", op: { kind: "input", shape: [3, 1] }, inputs: [] },
        { name: "h", op: projectedOf(values), inputs: ["x"] },
        {
          name: "y",
          op: {
            kind: "dense",
            weights: { shape: [2, 1], data: Float32Array.of(1, 3) },
            bias: null,
          },
          inputs: ["h"],
        },
      ]),
    );
    return { ...n, class: "Projected" as const };
  };

  it("lets a technique through that projected networks refuse", () => {
    const member = memberOf(tied)(float32)(networkOf([1, 1, 5, 5]));
    const permuted = pipe(
      member,
      E.chainW((n) => applyTechnique(gatePermutation, { seed: 1 })(n)),
    );
    expect(E.isRight(permuted)).toBe(true);
  });
  it("refuses a network that is not of it, by layer", () => {
    const r = refused(memberOf(tied)(float32)(networkOf([1, 2, 5, 5])));
    expect([r.where, r.found]).toEqual(["layer h", "a kernel of node 1"]);
  });
});
