import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allParameters } from "../../../src/compile/parameters.js";
import { size } from "../../../src/tensor/shape.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { architectures, basicResNet, networkOf, publishedParameters } from "../networks.js";
import { disagreement } from "./agreement.js";
import { comparisonOf } from "./comparison.js";
import type { TimedOutcome } from "./contender.js";
import { permuted } from "./exchange.js";
import type { Run, Trial } from "./rounds.js";
import { readSelection, settingsOf } from "./selection.js";
import type { Setting } from "./setting.js";
import { growthExponent } from "./slope.js";

const outcome = (milliseconds: number, losses: readonly number[], trained = 5): TimedOutcome => ({
  milliseconds: [milliseconds],
  losses,
  logits: [],
  trained,
  baseBytes: 1,
  peakBytes: 2,
  processorTime: 1,
  firstEndedAt: 0,
  engine: "",
  firstRun: 10,
  othersBusy: 0,
});

const run = (contender: string, round: number, answer: TimedOutcome): Run => ({
  contender,
  peer: contender.startsWith("heirloom") ? null : contender.slice(0, contender.lastIndexOf(" ")),
  round,
  outcome: answer,
  failure: null,
});

const setting: Setting = {
  network: "resnet18",
  published: "resnet18",
  architecture: architectures.resnet18,
  size: 32,
  batch: 4,
  threads: 1,
  work: { kind: "step", mode: "full", statistics: "frozen", optimizer: "sgd" },
  growth: null,
};

test("a permuted tensor has at an index what the original has at the permuted index", () => {
  const orders = [
    [3, 2, 0, 1],
    [0, 1, 2, 3],
    [2, 3, 1, 0],
  ];
  fc.assert(
    fc.property(
      fc.tuple(...[1, 2, 3, 4].map(() => fc.integer({ min: 1, max: 4 }))),
      fc.constantFrom(...orders),
      (shape, order) => {
        const from = tensor(
          shape,
          Float32Array.from({ length: size(shape) }, (_, i) => i),
        );
        const to = permuted(from, order);
        let at = 0;
        const visit = (index: readonly number[]): void => {
          if (index.length < order.length)
            return to.shape.length === 4
              ? Array.from({ length: to.shape[index.length]! }).forEach((_, i) =>
                  visit([...index, i]),
                )
              : undefined;
          const flat = shape.reduce(
            (sum, extent, axis) => sum * extent + index[order.indexOf(axis)]!,
            0,
          );
          expect(to.data[at++]).toBe(flat);
        };
        visit([]);
        expect(at).toBe(size(shape));
      },
    ),
  );
});

test("the exponent of a power law is its power", () => {
  const points = (power: number) => [1, 2, 8, 32].map((x) => [x, 3 * x ** power] as const);
  for (const power of [-1, 0, 0.5, 2])
    expect(Math.abs(growthExponent(points(power)) - power)).toBeLessThan(2 ** -40);
  expect(
    growthExponent([
      [1, 1],
      [2, 4],
      [4, 4],
    ]),
  ).toBeCloseTo(1, 12);
});

test("sides that differ in loss, in what they train or that show no update are not compared", () => {
  const same = [run("heirloom original", 0, outcome(1, [2, 1.9, 1.7]))];
  const against = (losses: readonly number[], trained?: number) =>
    disagreement(setting, [...same, run("P contiguous", 0, outcome(1, losses, trained))]);
  expect(against([2.0001, 1.9, 1.7])).toBeNull();
  expect(against([2, 1.9003, 1.7])).toContain("loss 2 is 1.9");
  expect(against([2, 1.9, 1.71])).toContain("loss 3");
  expect(against([2, NaN, 1.7])).toContain("loss 2");
  expect(against([2, 1.9, 1.7], 6)).toContain("5 scalars");
  expect(disagreement(setting, same)).toContain("PyTorch gave no answer");
  const still = [2, 2.0001, 2];
  expect(
    disagreement(setting, [
      run("heirloom original", 0, outcome(1, still)),
      run("P contiguous", 0, outcome(1, still)),
    ]),
  ).toContain("too close");
});

test("a ratio is taken in each round, against what was fastest in that round", () => {
  const losses = [2, 1, 0.5];
  const rows: readonly (readonly [string, number, number])[] = [
    ["heirloom original", 0, 6],
    ["P 1 contiguous", 0, 3],
    ["P 1 channels_last", 0, 4],
    ["P 2 contiguous", 0, 12],
    ["heirloom original", 1, 8],
    ["P 1 contiguous", 1, 20],
    ["P 1 channels_last", 1, 16],
    ["P 2 contiguous", 1, 2],
    ["heirloom original", 2, 9],
    ["P 1 contiguous", 2, 10],
    ["P 1 channels_last", 2, 9],
    ["P 2 contiguous", 2, 9],
  ];
  const trial: Trial = {
    setting,
    runs: rows.map(([name, round, time]) => run(name, round, outcome(time, losses))),
    refusal: null,
  };
  const figures = comparisonOf(trial)!;
  expect(figures.ratio).toEqual({ least: 1, median: 2, most: 4 });
  expect(figures.peers.map(({ peer, layout }) => [peer, layout])).toEqual([
    ["P 1", "channels_last"],
    ["P 2", "contiguous"],
  ]);
  expect(figures.peers[0]!.ratio).toEqual({ least: 0.5, median: 1, most: 2 });
  expect(comparisonOf({ ...trial, refusal: "no" })).toBeNull();
});

test("a selection is read, and what it does not know is refused by name", () => {
  const read = (line: string) => readSelection(line.split(" "));
  const quick = read("--quick --threads 1,2 --mode probe,full");
  if (E.isLeft(quick)) throw new Error(quick.left.found);
  expect(settingsOf(quick.right)).toHaveLength(4);
  expect(E.isLeft(read("--net resnet19"))).toBe(true);
  expect(E.isLeft(read("--batch 0"))).toBe(true);
  expect(E.isLeft(read("--btach 1"))).toBe(true);
});

test("the smallest network has the published number of parameters, and widths scale as they should", () => {
  const count = (architecture: Parameters<typeof networkOf>[0]): number => {
    const network = networkOf(architecture, 32);
    if (E.isLeft(network)) throw new Error(network.left.found);
    return allParameters(network.right).reduce((sum, { value }) => sum + size(value.shape), 0);
  };
  expect(count(architectures.mobilenetv2)).toBe(publishedParameters("mobilenetv2"));
  const [a, b] = [count(basicResNet([1, 1, 1, 1], 8)), count(basicResNet([1, 1, 1, 1], 16))];
  expect(b / a).toBeGreaterThan(3.7);
  expect(b / a).toBeLessThan(4);
});
