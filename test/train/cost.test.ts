/** Costs measured on the reference interpreter, whose time is taken from a clock of the test's. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { formNames, formsOf, type Form } from "../../src/adapt/form.js";
import { refuse, type Result } from "../../src/algebra/refusal.js";
import { inferenceCost } from "../../src/compile/inferenceCost.js";
import type { Executable, Feed, Target } from "../../src/compile/target.js";
import { decodeWith } from "../../src/format/codec.js";
import { build, conv, input } from "../../src/model/builder.js";
import { measureCost, SettingCostCodec, type MeasureOptions } from "../../src/train/cost.js";
import { refused, succeed } from "../generators/succeed.js";
import { interpretTarget } from "./interpretTarget.js";
import { pretrained, side } from "./task.js";

const forms = succeed(formsOf(pretrained(), formNames));

/** A target on which the k-th program that is loaded takes `k` milliseconds, plus what is in the way. */
const slowing = (inTheWay: (turn: number) => number = () => 0) => {
  let now = 0;
  let turns = 0;
  const feeds: Feed[] = [];
  const open = new Set<number>();
  let loaded = 0;
  const inner = interpretTarget();
  const target: Target = {
    ...inner,
    load: async (program, initial): Promise<Result<Executable>> => {
      const k = ++loaded;
      const executable = succeed(await inner.load(program, initial));
      open.add(k);
      return E.right({
        ...executable,
        step: async (feed) => {
          now += k + inTheWay(turns++);
          feeds.push(feed);
          return executable.step(feed);
        },
        dispose: () => void open.delete(k),
      });
    },
  };
  return { target, feeds, open, clock: () => now };
};

const options: MeasureOptions = {
  batch: 2,
  warmUp: 1,
  least: 8,
  most: 9,
  seconds: 60,
  seed: 0,
  memory: 2 ** 30,
};

describe("measured costs", () => {
  it("are the counts, the times and their ratios to the first in the same round", async () => {
    const { target, open, clock } = slowing();
    const cost = succeed(await measureCost(target, forms, { ...options, clock }));
    expect(cost).toMatchObject({ input: [side, side, 1], batch: 2, rounds: 9 });
    expect(open.size).toBe(0);
    for (const [i, form] of forms.entries()) {
      const ms = i + 1;
      const same = { least: ms, lower: ms, median: ms, upper: ms, most: ms };
      expect(cost.networks[i]).toEqual({
        name: form.name,
        ...succeed(inferenceCost(form.network, 2, form.replaceable)),
        latency: same,
        throughput: 2000 / ms,
        ratio: i === 0 ? null : same,
        ratioInterval: i === 0 ? null : { least: ms, most: ms },
      });
    }
  });

  it("do not mind a machine that grows slower between rounds: ratios are taken inside them", async () => {
    // Every network takes a second more in each round than in the one before.
    const perRound = forms.length;
    const { target, clock } = slowing((turn) => 1000 * Math.floor(turn / perRound));
    const { networks } = succeed(await measureCost(target, forms, { ...options, clock }));
    for (const { ratio } of networks.slice(1))
      expect(ratio!.most - ratio!.least).toBeLessThan(0.01);
    expect(networks[0]!.latency.most / networks[0]!.latency.least).toBeGreaterThan(5);
  });

  it("are data that the codec reads back, and deterministic but for the times", async () => {
    const measured = async () => {
      const { target, clock, feeds } = slowing();
      return { cost: succeed(await measureCost(target, forms, { ...options, clock })), feeds };
    };
    const [a, b] = [await measured(), await measured()];
    expect(a).toEqual(b);
    const json: unknown = JSON.parse(JSON.stringify(a.cost));
    expect(succeed(decodeWith(SettingCostCodec, "cost")(json))).toEqual(a.cost);
  });

  it("feed every network the same noise", async () => {
    const { target, clock, feeds } = slowing();
    succeed(await measureCost(target, forms, { ...options, batch: 700, least: 1, most: 1, clock }));
    expect(new Set(feeds.map((feed) => feed["input"])).size).toBe(1);
    const { data } = feeds[0]!["input"]!;
    expect(data).toHaveLength(700 * side * side);
    expect(Array.from(data).every((x) => Number.isFinite(x) && x !== 0)).toBe(true);
  });
});

describe("refused is", () => {
  const measure = async (given: readonly Form[], change: Partial<MeasureOptions> = {}) => {
    const { target, open, clock } = slowing();
    const refusal = refused(await measureCost(target, given, { ...options, clock, ...change }));
    expect(open.size).toBe(0);
    return refusal;
  };

  it("nothing to measure, other inputs, a batch that is none", async () => {
    expect((await measure([])).found).toBe("no networks");
    const other = succeed(
      pipe(input([9, 9, 1]), conv({ filters: 1, kernel: 3 }), build({ seed: 0 })),
    );
    const mixed = [...forms, { name: "other", network: other, replaceable: new Set<string>() }];
    expect(await measure(mixed)).toMatchObject({
      where: "other",
      found: "input 9x9x1",
      expected: `${side}x${side}x1, that of original: costs are compared at one input`,
    });
    expect((await measure(forms, { batch: 0 })).where).toBe("original: batch");
  });

  it("what does not fit into memory, before anything is loaded", async () => {
    const refusal = await measure(forms, { batch: 2 ** 20, memory: 2 ** 30 });
    expect(refusal).toMatchObject({
      where: `batch ${2 ** 20}`,
      expected: "at most the 1.00 GiB that are free",
    });
    expect(refusal.found).toMatch(/^about [\d.]+ GiB for 4 networks side by side$/);
  });

  it("what the target refuses; what was loaded before is freed", async () => {
    const { target, open } = slowing();
    let loads = 0;
    const full: Target = {
      ...target,
      load: (program, initial) =>
        ++loads === 3
          ? Promise.resolve(refuse({ where: "target", found: "no room", expected: "room" }))
          : target.load(program, initial),
    };
    expect(refused(await measureCost(full, forms, options)).where).toBe("switchable: target");
    expect(open.size).toBe(0);
  });
});
