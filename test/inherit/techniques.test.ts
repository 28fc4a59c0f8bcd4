/** Every technique on GFFN, GCNN and projected layers and networks. */
import { either as E } from "fp-ts";
import { describe, expect, it } from "vitest";
import {
  applyAt,
  classes,
  connectionPruning,
  dropConnect,
  evidenceFor,
  fanInInitialisation,
  fractions,
  gatePermutation,
  groupLasso,
  isNotInherited,
  lasso,
  magnitudePruning,
  net2Wider,
  nodePermutation,
  quantisation,
  reluRescaling,
  scalarsOf,
  singles,
  weightDecay,
  weightNormalisation,
  type NodeOperator,
  type Technique,
} from "heirloom/inherit";
import { succeed } from "../generators/succeed.js";
import { computesTheSame, exactly, networks, numbers } from "./networks.js";

const mine: readonly Technique[] = [
  magnitudePruning,
  connectionPruning,
  dropConnect,
  weightDecay,
  lasso,
  groupLasso,
  fanInInitialisation,
  weightNormalisation,
  quantisation,
  net2Wider,
  nodePermutation,
  reluRescaling,
  gatePermutation,
];

describe("the law of every technique, on random layers of every class", () => {
  const cases = mine.flatMap((t) => classes.map((c) => ({ t, c, name: `${t.name} on ${c.name}` })));
  it.each(cases)("$name", ({ t, c }) => {
    const provided = new Set<string>(c.provides.map(({ assumption }) => assumption.name));
    const inherited = t.needs.every(({ name }) => provided.has(name));
    const { counterexample, runs } = evidenceFor(t, c, { runs: inherited ? 60 : 400, seed: 3 });
    if (inherited) {
      expect(counterexample?.shown ?? null).toBeNull();
      expect(runs).toBe(60);
    } else {
      expect(counterexample).not.toBeNull();
      // Small enough to be read: at most five layers, each with a few numbers.
      expect(counterexample!.shown.length).toBeLessThan(700);
    }
  });
});

describe.each(networks)("on a $name network", ({ name, n }) => {
  const count = numbers(n).length;

  it("magnitude pruning zeroes the share that was asked for, the smallest", () => {
    const { network, figures } = succeed(applyAt(singles)(magnitudePruning, { share: 0.5 })(n));
    const [before, after] = [numbers(n), numbers(network)];
    const zeros = after.filter((x) => x === 0).length;
    expect(figures["scalars removed"]).toBe(zeros);
    expect(zeros).toBeGreaterThanOrEqual(Math.floor(count / 2) - 4);
    expect(after.every((x, i) => x === 0 || x === before[i])).toBe(true);
    expect(figures["weights left"]! < figures["weights"]! || name === "GCNN").toBe(true);
    expect(figures["multiply-adds left"]! <= figures["multiply-adds"]!).toBe(true);
  });

  it("DropConnect drops at random, and its mean network scales", () => {
    const sample = succeed(applyAt(singles)(dropConnect, { rate: 0.25, seed: 7 })(n));
    const again = succeed(applyAt(singles)(dropConnect, { rate: 0.25, seed: 7 })(n));
    expect(numbers(sample.network)).toEqual(numbers(again.network));
    expect(sample.figures["kept"]).toBeLessThan(count);
    expect(sample.figures["kept"]).toBeGreaterThan(count / 2);
    const mean = succeed(applyAt(singles)(dropConnect, { rate: 0.25, network: "mean" })(n));
    expect(numbers(mean.network)).toEqual(numbers(n).map((x) => Math.fround(0.75 * x)));
  });

  it("penalties shrink scalars, and make zeros where they should", () => {
    const soft = succeed(applyAt(singles)(lasso, { lambda: 0.125 })(n));
    numbers(soft.network).forEach((x, i) => {
      const v = numbers(n)[i]!;
      expect(x + 0).toBe(
        0 + Math.fround(Math.sign(v) * Math.max(0, Math.fround(Math.abs(v) - 0.125))),
      );
    });
    const decayed = succeed(applyAt(singles)(weightDecay, { lambda: 0.125, rate: 1 })(n));
    expect(numbers(decayed.network)).toEqual(
      numbers(n).map((x) => Math.fround(x - Math.fround(0.25 * x))),
    );
    expect([...decayed.tensors.values()].flatMap(({ data }) => Array.from(data))).toEqual(
      numbers(n).map((x) => Math.fround(0.25 * x)),
    );
    for (const groups of ["node", "input", "connection"] as const) {
      const none = succeed(applyAt(singles)(groupLasso, { lambda: 1000, groups })(n));
      expect(numbers(none.network).every((x) => x === 0)).toBe(true);
      expect(none.figures["groups gone"]).toBe(none.figures["groups"]);
    }
  });

  it("fan-in initialisation draws scalars of the mean square of its scheme", () => {
    const { network } = succeed(
      applyAt(singles)(fanInInitialisation, {
        distribution: "signs",
        seed: 5,
      })(n),
    );
    for (const { op } of network.layers) {
      if (op.kind !== "dense" && op.kind !== "convolution" && op.kind !== "projected") continue;
      const { data } = scalarsOf(op);
      const nodes = op.bias!.data.length;
      const deviation = Math.fround(Math.sqrt((2 * nodes) / data.length));
      const values = Array.from(data as ArrayLike<number>);
      expect(values.every((x) => Math.abs(x) === deviation)).toBe(true);
      expect(Array.from(op.bias!.data as ArrayLike<number>).every((x) => x === 0)).toBe(true);
    }
  });

  it("weight normalisation means the same, exactly over fractions", () => {
    const source = exactly(n);
    const { network } = succeed(applyAt(fractions)(weightNormalisation)(source));
    expect(network.layers.filter(({ op }) => op.kind === "affine").length).toBe(
      n.layers.filter(({ op }) => ["dense", "convolution", "projected"].includes(op.kind)).length,
    );
    computesTheSame(network, source);
  });

  it("quantisation leaves few values, each near its own", () => {
    const { network, figures } = succeed(applyAt(singles)(quantisation, { bits: 4 })(n));
    expect(figures["bits left"]!).toBeLessThan(figures["bits of the scalars"]!);
    for (const [i, { op }] of network.layers.entries()) {
      if (op.kind !== "dense" && op.kind !== "convolution" && op.kind !== "projected") continue;
      const before = scalarsOf(n.layers[i]!.op as NodeOperator<number>).data;
      const { data } = scalarsOf(op);
      const nodes = op.bias!.data.length;
      for (let j = 0; j < nodes; j++) {
        const own = Array.from(data).filter((_, at) => at % nodes === j);
        expect(new Set(own.map((x) => x + 0)).size).toBeLessThanOrEqual(15);
        const largest = Math.max(
          ...Array.from(before)
            .filter((_, at) => at % nodes === j)
            .map(Math.abs),
        );
        // Half a step, and four roundings of float32 of numbers no larger than the largest.
        const bound = largest / 14 + 4 * 2 ** -24 * largest;
        own.forEach((x, row) => {
          expect(Math.abs(x - before[row * nodes + j]!)).toBeLessThanOrEqual(bound);
        });
      }
    }
  });

  it("gate permutation and connection pruning are refused exactly where a need is missing", () => {
    const permuted = applyAt(singles)(gatePermutation)(n);
    const pruned = applyAt(singles)(connectionPruning)(n);
    expect([E.isRight(permuted), E.isRight(pruned)]).toEqual(
      {
        GFFN: [true, true],
        GCNN: [true, false],
        Projected: [false, true],
      }[name],
    );
    for (const result of [permuted, pruned])
      if (E.isLeft(result)) {
        expect(isNotInherited(result.left)).toBe(true);
        expect(isNotInherited(result.left) && result.left.counterexample).not.toBeNull();
      }
  });
});
