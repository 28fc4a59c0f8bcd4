/** Measuring in turns, with a clock that the test moves. */
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { refuse } from "../../src/algebra/refusal.js";
import { interleaved, type Rounds, type Runner } from "../../src/train/latency.js";
import { refused, succeed } from "../generators/succeed.js";

/** Runners that each take so many milliseconds of a clock of their own, and a log of who ran. */
const bench = (durations: Readonly<Record<string, number>>) => {
  let now = 1000;
  const log: string[] = [];
  const runners = Object.entries(durations).map(([name, ms]): Runner => ({
    name,
    run: async () => {
      log.push(name);
      now += ms;
      return E.right(null);
    },
  }));
  return { runners, log, clock: () => now };
};

const rounds: Rounds = { warmUp: 2, least: 8, most: 20, seconds: 1, seed: 0 };

describe("interleaved", () => {
  it("runs everyone once a round, and drops the first rounds", async () => {
    const { runners, log, clock } = bench({ a: 1, b: 2, c: 3 });
    const times = succeed(await interleaved(runners, rounds, { clock }));
    expect(times).toEqual([1, 2, 3].map((ms) => Array.from({ length: 20 }, () => ms)));
    expect(log).toHaveLength(3 * 22);
    for (let round = 0; round < 22; round++)
      expect(log.slice(3 * round, 3 * round + 3).sort()).toEqual(["a", "b", "c"]);
  });

  it("draws the order anew each round, by the seed alone", async () => {
    const order = async (seed: number) => {
      const { runners, log, clock } = bench({ a: 1, b: 2, c: 3 });
      succeed(await interleaved(runners, { ...rounds, seed }, { clock }));
      return log.join("");
    };
    const once = await order(5);
    expect(await order(5)).toBe(once);
    expect(await order(6)).not.toBe(once);
    const firsts = new Set(Array.from({ length: 22 }, (_, round) => once[3 * round]));
    expect(firsts).toEqual(new Set(["a", "b", "c"]));
  });

  it("stops where time is over, but not before the least number of rounds", async () => {
    const count = async (ms: number, seconds: number) => {
      const { runners, clock } = bench({ a: ms, b: ms });
      return succeed(await interleaved(runners, { ...rounds, seconds }, { clock }))[0]!.length;
    };
    expect(await count(50, 1.1)).toBe(9);
    expect(await count(500, 1)).toBe(8);
    expect(await count(500, 0)).toBe(8);
    expect(await count(1, 1)).toBe(20);
  });

  it("reports each counted round and a share that grows to one", async () => {
    const heard: (readonly [number, number])[] = [];
    const { runners, clock } = bench({ a: 60, b: 60 });
    const progress = (round: number, share: number): void => void heard.push([round, share]);
    succeed(await interleaved(runners, { ...rounds, seconds: 1.2 }, { clock, progress }));
    expect(heard.map(([round]) => round)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const shares = heard.map(([, share]) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it("ends at the first refusal, which names who refused", async () => {
    const { runners, log, clock } = bench({ a: 1 });
    const bad: Runner = {
      name: "bad",
      run: async () => refuse({ where: "x", found: "y", expected: "z" }),
    };
    expect(refused(await interleaved([bad, ...runners], rounds, { clock })).where).toBe("bad: x");
    expect(log.length).toBeLessThanOrEqual(1);
  });
});
