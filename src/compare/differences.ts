/**
 * Paired comparisons. Two ways of training meet in a *block*: one model, data set, label budget and seed, which fix
 * the labelled images, their split and the test images. Their difference there owes nothing to an easy or hard
 * block, so differences are compared, never accuracies of different blocks.
 *
 * A difference is (c n' - c' n) / (n n') for c of n and c' of n' images right: whole numbers until the division, so
 * that equal differences are equal numbers, and tie.
 */
import { bootstrap } from "./bootstrap.js";
import { conditionKey, type Group } from "./aggregate.js";
import { holm } from "./holm.js";
import type { Filters, RunRecord } from "./record.js";
import { signedRank, type SignedRank } from "./signedRank.js";
import { confidence, mean, type Interval } from "./statistics.js";

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

/** Whether a difference is one at the level of the report. */
export const isReal = ({ corrected }: Difference): boolean => corrected <= 1 - confidence;

/** How many test images a run got right. */
const right = ({ test }: RunRecord): number =>
  test.confusion.reduce((sum, row, i) => sum + row[i]!, 0);

const differenceOf = (a: RunRecord, b: RunRecord): number => {
  const [n, m] = [a.test.examples, b.test.examples];
  return n * m === 0 ? 0 : (right(a) * m - right(b) * n) / (n * m);
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

type Uncorrected = Omit<Difference, "corrected">;

const agreement = (
  pairs: readonly (readonly [RunRecord, number])[],
  overall: number,
): Pick<Difference, "settings" | "agreeing"> => {
  const bySetting = new Map<string, number[]>();
  for (const [{ run }, difference] of pairs) {
    const key = JSON.stringify([run.model, run.data]);
    bySetting.set(key, [...(bySetting.get(key) ?? []), difference]);
  }
  const signs = [...bySetting.values()].map((some) => Math.sign(mean(some)));
  return {
    settings: signs.length,
    agreeing: signs.filter((sign) => sign !== 0 && sign === Math.sign(overall)).length,
  };
};

const compare = (
  groups: readonly Group[],
  [a, b]: readonly [Side, Side],
  interval: (differences: readonly number[]) => Interval | null,
): Uncorrected | null => {
  const others = blocksOf(groups, b);
  const pairs = [...blocksOf(groups, a)].flatMap(([key, run]) => {
    const other = others.get(key);
    return other === undefined ? [] : [[run, differenceOf(run, other)] as const];
  });
  if (pairs.length === 0) return null;
  const differences = pairs.map(([, difference]) => difference);
  const overall = mean(differences);
  return {
    ...{ a, b, differences, mean: overall, interval: interval(differences) },
    wins: differences.filter((d) => d > 0).length,
    ties: differences.filter((d) => d === 0).length,
    losses: differences.filter((d) => d < 0).length,
    ...agreement(pairs, overall),
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
