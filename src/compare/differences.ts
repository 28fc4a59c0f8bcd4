/**
 * Paired comparisons. Two ways of training meet in a *block*: one model, data set, label budget and seed, which fix
 * the labelled images, their split and the test images. Their difference there owes nothing to an easy or hard
 * block, so differences are compared, never accuracies of different blocks.
 *
 * A difference is (c n' - c' n) / (n n') for c of n and c' of n' images right: whole numbers until the division, so
 * that equal differences are equal numbers, and tie. Their sum is exact too, so that its sign is that of the mean.
 *
 * Label budgets beyond what the classes have come to the same images. Runs that differ in such a budget alone are one
 * block, not two: of these the smallest budget that both sides have stands.
 *
 * The test is of signed ranks, which may lean to one side while the mean leans to the other. A direction is given
 * only where both have the same sign.
 */
import * as E from "fp-ts/lib/Either.js";
import { ratio, rational, toNumber, type Rational } from "../algebra/rational.js";
import { bootstrap } from "./bootstrap.js";
import { conditionKey, type Group } from "./aggregate.js";
import { holm } from "./holm.js";
import type { Filters, RunRecord } from "./record.js";
import { signedRank, type SignedRank } from "./signedRank.js";
import { confidence, type Interval } from "./statistics.js";

/** One side of a comparison. */
export interface Side {
  readonly method: string;
  readonly filters: Filters;
}

/** How two sides compare over the blocks that they share. */
export interface Difference {
  readonly a: Side;
  readonly b: Side;
  /** Accuracy of `a` minus that of `b`, block by block. */
  readonly differences: readonly number[];
  readonly mean: number;
  /** Null for a single block. */
  readonly interval: Interval | null;
  /** Blocks in which `a` is better, equal, worse. */
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  /** Pairs of model and data, and those of them whose mean difference has the sign of the whole. */
  readonly settings: number;
  readonly agreeing: number;
  readonly test: SignedRank;
  /** The test's p, corrected by Holm over the family. */
  readonly corrected: number;
}

/** What is said of a difference at the level of the report. */
export type Verdict = "better" | "worse" | "open" | "open: the mean and the ranks disagree";

/** Whether `a` is better or worse than `b`, or what keeps the question open. */
export const verdictOf = ({ corrected, mean, test }: Difference): Verdict =>
  corrected > 1 - confidence
    ? "open"
    : mean === 0 || Math.sign(mean) !== Math.sign(test.statistic)
      ? "open: the mean and the ranks disagree"
      : mean > 0
        ? "better"
        : "worse";

/** Whether the test bears a difference out and it has a direction. */
export const isReal = (d: Difference): boolean =>
  verdictOf(d) === "better" || verdictOf(d) === "worse";

/** How many test images a run got right. */
const right = ({ test }: RunRecord): number =>
  test.confusion.reduce((sum, row, i) => sum + row[i]!, 0);

/** A run without test images differs from none. */
const differenceOf = (a: RunRecord, b: RunRecord): Rational => {
  const [n, m] = [BigInt(a.test.examples), BigInt(b.test.examples)];
  const exact = ratio(BigInt(right(a)) * m - BigInt(right(b)) * n, n * m);
  return E.isLeft(exact) ? rational.zero : exact.right;
};

const total = (differences: readonly Rational[]): Rational =>
  differences.reduce(rational.add, rational.zero);

const sign = ({ numerator }: Rational): number => Math.sign(Number(numerator));

/** The mean of differences of which there is at least one, rounded once. */
const meanOf = (differences: readonly Rational[]): number => {
  const { numerator, denominator } = total(differences);
  return toNumber({ numerator, denominator: denominator * BigInt(differences.length) });
};

/** The runs of a side by their blocks, and the model and data of each. */
type Blocks = ReadonlyMap<string, RunRecord>;

const blocksOf = (groups: readonly Group[], { method, filters }: Side): Blocks =>
  new Map(
    groups
      .filter((g) => g.method === method && g.filters === filters)
      .flatMap((g) =>
        g.runs.map((run) => [JSON.stringify([conditionKey(g), run.run.seed]), run] as const),
      ),
  );

/** A block: a run of either side, and how far the first is ahead. */
interface Block {
  readonly a: RunRecord;
  readonly b: RunRecord;
  readonly difference: Rational;
}

/** The blocks of two sides; groups come by budget, so that of equal images the smallest budget is met first. */
const shared = (groups: readonly Group[], a: Side, b: Side): readonly Block[] => {
  const others = blocksOf(groups, b);
  const blocks = new Map<string, Block>();
  for (const [key, run] of blocksOf(groups, a)) {
    const other = others.get(key);
    if (other === undefined) continue;
    const { model, data, seed } = run.run;
    const images = JSON.stringify([model, data, seed, run.images, other.images]);
    if (!blocks.has(images))
      blocks.set(images, { a: run, b: other, difference: differenceOf(run, other) });
  }
  return [...blocks.values()];
};

type Uncorrected = Omit<Difference, "corrected">;

const agreement = (
  blocks: readonly Block[],
  overall: number,
): Pick<Difference, "settings" | "agreeing"> => {
  const bySetting = new Map<string, Rational[]>();
  for (const { a, difference } of blocks) {
    const key = JSON.stringify([a.run.model, a.run.data]);
    bySetting.set(key, [...(bySetting.get(key) ?? []), difference]);
  }
  const signs = [...bySetting.values()].map((some) => sign(total(some)));
  return {
    settings: signs.length,
    agreeing: signs.filter((each) => each !== 0 && each === Math.sign(overall)).length,
  };
};

const compare = (
  groups: readonly Group[],
  [a, b]: readonly [Side, Side],
  interval: (differences: readonly number[]) => Interval | null,
): Uncorrected | null => {
  const blocks = shared(groups, a, b);
  if (blocks.length === 0) return null;
  const differences = blocks.map(({ difference }) => toNumber(difference));
  const overall = meanOf(blocks.map(({ difference }) => difference));
  return {
    ...{ a, b, differences, mean: overall, interval: interval(differences) },
    wins: differences.filter((d) => d > 0).length,
    ties: differences.filter((d) => d === 0).length,
    losses: differences.filter((d) => d < 0).length,
    ...agreement(blocks, overall),
    test: signedRank(differences),
  };
};

/** Compare each of these pairs where they share a block; the family for Holm's correction is all of them. */
export const family = (
  groups: readonly Group[],
  pairs: readonly (readonly [Side, Side])[],
  seed = 0,
): readonly Difference[] => {
  const interval = bootstrap(seed);
  const found = pairs.flatMap((pair) => compare(groups, pair, interval) ?? []);
  const corrected = holm(found.map(({ test }) => test.p));
  return found.map((difference, i) => ({ ...difference, corrected: corrected[i]! }));
};

/** Every method against every other, each pair once, on the pretrained network. */
export const methodPairs = (methods: readonly string[]): readonly (readonly [Side, Side])[] =>
  methods.flatMap((a, i) =>
    methods.slice(i + 1).map((b): readonly [Side, Side] => [
      { method: a, filters: "pretrained" },
      { method: b, filters: "pretrained" },
    ]),
  );

/** Every method on the pretrained network against itself on random filters. */
export const controlPairs = (methods: readonly string[]): readonly (readonly [Side, Side])[] =>
  methods.map((method) => [
    { method, filters: "pretrained" },
    { method, filters: "random" },
  ]);
