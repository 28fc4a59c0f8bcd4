/**
 * Running a law: random cases, over the law's rings in turn by chance; a failure is shrunk, shown, and given
 * with the seed and the path that lead to it again.
 */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import type { Refusal, Result } from "../algebra/refusal.js";
import type { Case } from "./generators/network.js";
import { overRing, type RingName, type Sampled } from "./generators/ring.js";
import { choices, tapeOf } from "./generators/tape.js";
import type { Law } from "./law.js";
import { showCase } from "./show.js";

/** One case of a law, whatever its elements are. */
export interface Trial {
  /** The ring by name, and where the case came from, for a reader. */
  readonly over: string;
  readonly applies: boolean;
  readonly holds: () => Result<null>;
  readonly show: () => string;
}

/** A case of a law over a ring as a trial. */
export const trialOf = <A>(l: Law, over: Sampled<A>, c: Case<A>, origin = ""): Trial => ({
  over: `${over.ring.name}${origin}`,
  applies: l.applies(c.network),
  holds: () => l.holds(over)(c),
  show: () => showCase(over.ring)(c),
});

/** Random trials of a law over some rings; they shrink to small networks and to the first ring. */
export const trials = (l: Law, rings: readonly RingName[] = l.rings): fc.Arbitrary<Trial> =>
  fc
    .tuple(fc.constantFrom(...rings), choices())
    .map(([ring, tape]) =>
      overRing(ring, `laws ${(tape[0] ?? 0) % 1000}`, (over) =>
        trialOf(l, over, l.draw(tapeOf(tape), over)),
      ),
    )
    .filter((trial) => trial.applies);

/** How to run a law. */
export interface RunOptions {
  readonly runs: number;
  readonly seed: number;
  /** Of a failure that was found with this seed: only that case is run. */
  readonly path?: string;
  /** Told after each run. */
  readonly onRun?: () => void;
}

/** Where a law failed. */
export interface Failure {
  readonly seed: number;
  /** With the seed, what leads to the shrunk case again. */
  readonly path: string;
  readonly over: string;
  /** What was found and what the law says. */
  readonly refusal: Refusal;
  /** The shrunk case. */
  readonly counterexample: string;
}

/** What a run came to. */
export interface LawReport {
  readonly law: Law;
  /** Cases that were tried before the end or the first failure. */
  readonly runs: number;
  readonly milliseconds: number;
  readonly failure: Failure | null;
}

/** The law at a trial; an exception is a failure like any other. */
const outcome = (l: Law, trial: Trial): Result<null> =>
  E.getOrElse<Refusal, Result<null>>(E.left)(
    E.tryCatch(
      () => trial.holds(),
      (error): Refusal => ({
        where: l.name,
        found: error instanceof Error ? error.message : String(error),
        expected: "no exception",
      }),
    ),
  );

/**
 * Run a law on trials of it, which are random unless given.
 *
 * @example
 * import { lawNamed, runLaw } from "heirloom/laws"
 *
 * const report = E.map((l) => runLaw(l, { runs: 20, seed: 1 }))(lawNamed("T4_merge"))
 * assert.ok(E.isRight(report) && report.right.failure === null && report.right.runs === 20)
 */
export const runLaw = (
  l: Law,
  { runs, seed, path, onRun = () => undefined }: RunOptions,
  among: fc.Arbitrary<Trial> = trials(l),
): LawReport => {
  const start = performance.now();
  const details = fc.check(
    fc.property(among, (trial) => {
      const holds = E.isRight(outcome(l, trial));
      onRun();
      return holds;
    }),
    {
      numRuns: runs,
      seed,
      ...(path === undefined ? {} : { path, numRuns: 1, endOnFailure: true }),
    },
  );
  const [trial] = details.counterexample ?? [];
  const refusal = trial === undefined ? null : outcome(l, trial);
  return {
    law: l,
    runs: details.numRuns,
    milliseconds: performance.now() - start,
    failure:
      trial === undefined || refusal === null || E.isRight(refusal)
        ? null
        : {
            seed,
            path: details.counterexamplePath ?? "",
            over: trial.over,
            refusal: refusal.left,
            counterexample: trial.show(),
          },
  };
};
