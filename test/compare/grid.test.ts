/** Grids: what is run, what may grow, and what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { methods } from "../../src/adapt/methods.js";
import { checkGrid, extended, methodNamed, runsOf, type Grid } from "../../src/compare/grid.js";
import { cellOf, runId, type RunSpec } from "../../src/compare/record.js";
import { defaultPlan } from "../../src/train/plan.js";
import { refused, succeed } from "../generators/succeed.js";

const grid: Grid = {
  format: "heirloom-comparison",
  version: 1,
  models: ["../models/a", "../models/b"],
  data: ["../images/digits"],
  filters: ["pretrained", "random"],
  methods: ["probe", "lora:rank=4"],
  perClass: [null, 20, 5],
  seeds: [0, 1],
  rateFactors: [0.3, 1],
  search: "every seed",
  heldOut: 10,
  reading: { input: null, preprocessing: null, cut: null },
  plan: defaultPlan,
};

const specsOf = (g: Grid): readonly RunSpec[] => runsOf(g).map(({ spec }) => spec);

describe("runsOf", () => {
  it("has every combination once, under an id of its own", () => {
    const runs = specsOf(grid);
    expect(runs).toHaveLength(2 * 1 * 2 * 2 * 3 * 2 * 2);
    expect(new Set(runs.map(runId)).size).toBe(runs.length);
    expect(new Set(runs.map(cellOf)).size).toBe(runs.length / 2);
  });

  it("comes to controls last, to every method before the next seed, and to small budgets first", () => {
    const runs = specsOf(grid).filter((run) => run.filters === "pretrained");
    expect(specsOf(grid).slice(0, runs.length)).toEqual(runs);
    expect(runs.map((run) => run.seed)).toEqual([...runs.map((run) => run.seed)].sort());
    const first = runs.filter((run) => run.seed === 0).map((run) => run.perClass ?? Infinity);
    expect(first).toEqual([...first].sort((a, b) => a - b));
  });

  it("keeps the ids of what was there when the grid grows", () => {
    const before = new Set(specsOf(grid).map(runId));
    const grown = succeed(
      extended("c", grid)({ ...grid, methods: ["full"], seeds: [2], models: ["../models/c"] }),
    );
    expect(grown.methods).toEqual(["probe", "lora:rank=4", "full"]);
    const after = new Set(specsOf(grown).map(runId));
    expect([...before].every((id) => after.has(id))).toBe(true);
    expect(after.size).toBe(3 * 1 * 2 * 3 * 3 * 3 * 2);
  });
});

describe("a grid is refused", () => {
  it("where runs would be made in another way than before", () => {
    const other = extended("c/", grid)({ ...grid, heldOut: 20, plan: { ...grid.plan, epochs: 9 } });
    expect(refused(other)).toMatchObject({
      where: "c/",
      found: expect.stringMatching(/^a comparison with heldOut 10, plan \{"epochs":5/),
      expected: expect.stringMatching(/^heldOut 20, plan \{"epochs":9/),
    });
  });

  it("where there is nothing to run, names clash or a method is not known", () => {
    expect(refused(checkGrid({ ...grid, seeds: [] })).found).toBe("no seeds");
    expect(refused(checkGrid({ ...grid, models: ["x/a", "y/a"] })).found).toBe(
      'two models named "a"',
    );
    expect(refused(checkGrid({ ...grid, methods: ["probe", "probe"] })).found).toBe(
      'two methods named "probe"',
    );
    expect(refused(checkGrid({ ...grid, methods: ["sorcery"] })).found).toBe('"sorcery"');
  });
});

describe("methodNamed", () => {
  it("reads every method by its name, with its defaults", () => {
    for (const { name, defaults } of methods)
      expect(succeed(methodNamed(name))).toMatchObject({ method: name, options: defaults });
  });

  it("reads options as JSON where they are JSON, and as text elsewhere", () => {
    expect(succeed(methodNamed("projection:pointwise=freeze:l1=0.5")).options).toMatchObject({
      pointwise: "freeze",
      l1: 0.5,
    });
    const nested = methodNamed('projection-then-full:projection={"biases":false}');
    expect(succeed(nested).options).toMatchObject({ projection: { biases: false } });
  });

  it("refuses an option that is none, and never throws", () => {
    expect(refused(methodNamed("probe:x")).found).toBe('"x"');
    expect(refused(methodNamed("lora:ranks=4")).where).toBe("method lora:ranks=4");
    expect(refused(methodNamed("lora:rank=0")).found).toMatch(/rank: 0/);
    fc.assert(
      fc.property(fc.string(), (text) => {
        methodNamed(text);
        methodNamed(`lora:${text}`);
      }),
    );
  });
});
