/** What the runs of a setting amount to: spreads over the rounds of medians over the steps, and their ratios. */
import { spreadOf, type Spread } from "../spread.js";
import { formName, type TimedOutcome } from "./contender.js";
import type { Run, Trial } from "./rounds.js";

/** One PyTorch: of its layouts the one that was fastest in the round. */
export interface PeerFigures {
  readonly peer: string;
  readonly milliseconds: Spread;
  /** Ours over theirs, round by round. */
  readonly ratio: Spread;
  /** The layout that was fastest most often. */
  readonly layout: string;
  /** Of that layout. */
  readonly memory: Memory;
  readonly firstRun: FirstRun;
}

/** The largest resident set of a process, and what of it was there before the network was read, in bytes. */
export interface Memory {
  readonly peak: number;
  readonly base: number;
}

/** Milliseconds from the start of a process to the end of its first run: in the first round, and later. */
export interface FirstRun {
  readonly cold: number;
  readonly later: Spread | null;
}

/** A setting's figures. */
export interface Comparison {
  readonly milliseconds: Spread;
  readonly memory: Memory;
  readonly firstRun: FirstRun;
  readonly trained: number;
  readonly engine: string;
  readonly peers: readonly PeerFigures[];
  /** Ours over the fastest of all PyTorches and layouts, round by round, and its milliseconds. */
  readonly ratio: Spread;
  readonly fastest: Spread;
  /** For inference: the projected and the merged network over the original one. */
  readonly projected: Spread | null;
  readonly merged: Spread | null;
}

const median = (values: readonly number[]): number => spreadOf(values).median;

interface Timed {
  readonly run: Run;
  readonly outcome: TimedOutcome;
  readonly milliseconds: number;
}

const timed = (run: Run): readonly Timed[] =>
  run.outcome === null
    ? []
    : [{ run, outcome: run.outcome, milliseconds: median(run.outcome.milliseconds) }];

/** The fastest of each round. */
const fastestByRound = (all: readonly Timed[]): ReadonlyMap<number, Timed> => {
  const best = new Map<number, Timed>();
  for (const one of all) {
    const present = best.get(one.run.round);
    if (present === undefined || one.milliseconds < present.milliseconds)
      best.set(one.run.round, one);
  }
  return best;
};

/** `a / b` in every round that has both. */
const ratios = (a: ReadonlyMap<number, Timed>, b: ReadonlyMap<number, Timed>): readonly number[] =>
  [...a].flatMap(([round, { milliseconds }]) => {
    const other = b.get(round);
    return other === undefined ? [] : [milliseconds / other.milliseconds];
  });

const spreadIn = (all: Iterable<Timed>, figure: (one: Timed) => number): Spread =>
  spreadOf(Array.from(all, figure));

const firstRunOf = (all: readonly Timed[]): FirstRun => {
  const later = all.filter(({ run }) => run.round > 0);
  return {
    cold: all.find(({ run }) => run.round === 0)?.outcome.firstRun ?? NaN,
    later: later.length === 0 ? null : spreadIn(later, ({ outcome }) => outcome.firstRun),
  };
};

const memoryOf = (all: readonly Timed[]): Memory => ({
  peak: median(all.map(({ outcome }) => outcome.peakBytes)),
  base: median(all.map(({ outcome }) => outcome.baseBytes)),
});

const mostFrequent = (names: readonly string[]): string => {
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return [...times].sort(([, a], [, b]) => b - a)[0]![0];
};

const unique = <A>(values: readonly A[]): readonly A[] => [...new Set(values)];

/** Above this many threads kept busy by others, times are those of a race for the machine. */
export const quietEnough = 0.1;

/** Hardware threads that other processes kept busy, by process of ours. */
export const disturbance = (trials: readonly Trial[]): Spread | null => {
  const all = trials.flatMap(({ runs }) =>
    runs.flatMap(({ outcome }) => (outcome === null ? [] : [outcome.othersBusy])),
  );
  return all.length === 0 ? null : spreadOf(all);
};

/** The figures of a trial; null where its sides disagreed. */
export const comparisonOf = ({ runs, refusal }: Trial): Comparison | null => {
  if (refusal !== null) return null;
  const all = runs.flatMap(timed);
  const named = (contender: string): readonly Timed[] =>
    all.filter(({ run }) => run.contender === contender);
  const own = named(formName("original"));
  const ours = fastestByRound(own);
  const peerRuns = all.filter(({ run }) => run.peer !== null);
  const fastest = fastestByRound(peerRuns);
  const overOriginal = (contender: string): Spread | null => {
    const form = fastestByRound(named(contender));
    return form.size === 0 ? null : spreadOf(ratios(form, ours));
  };
  return {
    milliseconds: spreadIn(own, (one) => one.milliseconds),
    memory: memoryOf(own),
    firstRun: firstRunOf(own),
    trained: own[0]!.outcome.trained,
    engine: own[0]!.outcome.engine,
    ratio: spreadOf(ratios(ours, fastest)),
    fastest: spreadIn(fastest.values(), (one) => one.milliseconds),
    projected: overOriginal(formName("projected")),
    merged: overOriginal(formName("merged")),
    peers: unique(peerRuns.map(({ run }) => run.peer!)).map((peer) => {
      const best = fastestByRound(peerRuns.filter(({ run }) => run.peer === peer));
      const contender = mostFrequent([...best.values()].map(({ run }) => run.contender));
      const layout = named(contender);
      return {
        peer,
        milliseconds: spreadIn(best.values(), (one) => one.milliseconds),
        ratio: spreadOf(ratios(ours, best)),
        layout: contender.slice(peer.length + 1),
        memory: memoryOf(layout),
        firstRun: firstRunOf(layout),
      };
    }),
  };
};
