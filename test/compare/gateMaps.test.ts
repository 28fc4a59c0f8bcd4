/** Gates in figures and as pictures: of which channel, and how much. */
import { describe, expect, it } from "vitest";
import { gateMapsOf, gatesOf } from "../../src/compare/gateMaps.js";
import { network } from "../../src/model/network.js";
import { axis } from "../../src/tensor/geometry.js";
import { tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

/** Two groups of two inputs and three outputs each; every tap says which kernel it is of. */
const gates = [1, 2, 3, 4, 5, -6, 0.5, 1, 1, 1, 1, 1];
const projected = succeed(
  network([
    { name: "x", op: { kind: "input", shape: [4, 4, 4] }, inputs: [] },
    {
      name: "conv",
      op: {
        kind: "projected",
        geometry: [axis({ kernel: 2 }), axis({ kernel: 3 })],
        groups: 2,
        kernel: tensor(
          [2, 3, 2, 6],
          Float32Array.from({ length: 72 }, (_, i) => 100 * Math.floor(i / 12) + (i % 12)),
        ),
        gates: tensor([2, 6], Float32Array.from(gates)),
        bias: null,
      },
      inputs: ["x"],
    },
  ]),
);

describe("gates", () => {
  it("are summed up layer by layer", () => {
    const mean = gates.reduce((a, b) => a + b) / 12;
    const deviation = Math.sqrt(gates.reduce((s, g) => s + (g - mean) ** 2, 0) / 12);
    const [layer] = gatesOf(projected)!;
    expect(layer).toMatchObject({ layer: "conv", inputs: 2, outputs: 6, least: -6, most: 5 });
    expect(layer!.mean).toBeCloseTo(mean, 12);
    expect(layer!.deviation).toBeCloseTo(deviation, 12);
  });

  it("are null for a network without any", () => {
    expect(gatesOf(succeed(network(projected.layers.slice(0, 1))))).toBeNull();
    expect(gateMapsOf(succeed(network(projected.layers.slice(0, 1))))).toEqual([]);
  });

  it("are mapped channel by channel where there are few, and counted once each", () => {
    const [map] = gateMapsOf(projected);
    expect(map!.map).toEqual({ rows: 2, columns: 6, values: gates });
    expect(map!.histogram.counts.reduce((a, b) => a + b)).toBe(12);
    expect(map!.histogram.counts[0]).toBe(1);
    expect(map!.histogram.counts.at(-1)).toBe(1);
  });

  it("name the filters at both ends, a group's input counted within the network", () => {
    const [map] = gateMapsOf(projected);
    expect(map!.suppressed[0]).toEqual({
      // Output 5 is of the second group, whose first input is the network's third.
      ...{ input: 2, output: 5, gate: -6, height: 2, width: 3 },
      taps: [5, 105, 205, 305, 405, 505],
    });
    expect(map!.suppressed[1]).toMatchObject({ input: 1, output: 0, gate: 0.5 });
    expect(map!.amplified[0]).toMatchObject({ input: 2, output: 4, gate: 5 });
  });

  it("are averaged over blocks where there are many", () => {
    const wide = succeed(
      network([
        { name: "x", op: { kind: "input", shape: [1, 1, 96] }, inputs: [] },
        {
          name: "conv",
          op: {
            kind: "projected",
            geometry: [axis({ kernel: 1 }), axis({ kernel: 1 })],
            groups: 1,
            kernel: tensor([1, 1, 96, 48], new Float32Array(96 * 48)),
            gates: tensor(
              [96, 48],
              Float32Array.from({ length: 96 * 48 }, (_, i) => Math.floor(i / 48)),
            ),
            bias: null,
          },
          inputs: ["x"],
        },
      ]),
    );
    const { rows, columns, values } = gateMapsOf(wide)[0]!.map;
    expect([rows, columns]).toEqual([48, 48]);
    expect(values.slice(0, 48)).toEqual(Array.from({ length: 48 }, () => 0.5));
    expect(values.at(-1)).toBe(94.5);
  });
});
