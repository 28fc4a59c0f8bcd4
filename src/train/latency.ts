/**
 * How long things take, measured in turns.
 *
 * A machine is never quiet: clocks change, caches fill, others want the cores. Two numbers from two runs
 * therefore say little about each other. Here everything that is compared runs once a round, in an order
 * drawn anew each round, so that what disturbs a round disturbs all of it, and what is compared are the
 * ratios inside rounds. The first rounds are dropped: they pay for what is made once.
 */
import * as E from "fp-ts/lib/Either.js";
import { randomStream } from "../algebra/random.js";
import { within, type Result } from "../algebra/refusal.js";

/** Something that can be run again and again. */
export interface Runner {
  readonly name: string;
  readonly run: () => Promise<Result<unknown>>;
}

/** How often and how long. */
export interface Rounds {
  /** Rounds that are run first and not counted. */
  readonly warmUp: number;
  /** Rounds that are counted however long they take. */
  readonly least: number;
  /** Rounds that are counted where time allows. */
  readonly most: number;
  /** When no further round is begun, counted from the first warm-up round on. */
  readonly seconds: number;
  /** Of the order inside the rounds. */
  readonly seed: number;
}

/** Who is told of each round, and what time it is, in milliseconds. */
export interface Watch {
  /** Rounds that were counted, and what share of all that may come that is, time considered. */
  readonly progress?: (rounds: number, share: number) => void;
  readonly clock?: () => number;
}

/**
 * The milliseconds of each runner in each round: `times[runner][round]`. The first refusal ends it.
 *
 * @example
 * const idle = (name: string) => ({ name, run: async () => E.right(null) })
 * const times = await interleaved([idle("a"), idle("b")], { warmUp: 1, least: 3, most: 3, seconds: 1, seed: 0 })
 * assert.deepStrictEqual(E.isRight(times) && times.right.map((rounds) => rounds.length), [3, 3])
 */
export const interleaved = async (
  runners: readonly Runner[],
  { warmUp, least, most, seconds, seed }: Rounds,
  { progress = () => undefined, clock = () => performance.now() }: Watch = {},
): Promise<Result<readonly (readonly number[])[]>> => {
  const times = runners.map((): number[] => []);
  const began = clock();
  const elapsed = (): number => (seconds === 0 ? 1 : (clock() - began) / (1000 * seconds));
  for (let round = -warmUp; round < most; round++) {
    if (round >= least && elapsed() >= 1) break;
    for (const i of randomStream(seed, "round", round).permutation(runners.length)) {
      const { name, run } = runners[i]!;
      const start = clock();
      const ran = await run();
      const took = clock() - start;
      if (E.isLeft(ran)) return E.left(within(name)(ran.left));
      if (round >= 0) times[i]!.push(took);
    }
    const done = round + 1;
    if (done > 0) progress(done, Math.max(done / most, Math.min(elapsed(), done / least)));
  }
  return E.right(times);
};
