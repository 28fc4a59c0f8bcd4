/** `heirloom laws` on random networks and on a model; what it prints where a law fails really runs again. */
import { Command } from "commander";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { addLawsOf } from "../../src/cli/laws.js";
import { concluding } from "../../src/cli/outcome.js";
import type { Law } from "../../src/laws/law.js";
import { laws, lawNamed } from "../../src/laws/registry.js";
import { scratch } from "../format/scratch.js";
import { succeed } from "../generators/succeed.js";
import { forgetful } from "../laws/wrong.js";
import { layersModel } from "./material.js";
import { heirloom, succeedJson } from "./recorder.js";

interface Printed {
  readonly seed: number;
  readonly parts?: number;
  readonly tried?: string;
  readonly laws: readonly {
    readonly law: string;
    readonly runs: number;
    readonly holds: boolean;
    readonly casesPerSecond: number;
    readonly failure: null;
  }[];
  readonly notApplicable: readonly string[];
}

describe("on random networks", () => {
  it("runs the laws that are named, by theorem too, and counts the cases", async () => {
    const named = ["laws", "--law", "T4_merge", "T1_subset", "--runs", "7", "--seed", "5"];
    const printed = await succeedJson<Printed>(...named);
    expect(printed.seed).toBe(5);
    expect(printed.laws.map(({ law, runs, holds }) => [law, runs, holds])).toEqual([
      ["T4_merge", 7, true],
      ["T1_embed", 7, true],
    ]);
    expect(printed.laws.every(({ casesPerSecond }) => casesPerSecond > 0)).toBe(true);
    const { code, out, errors } = await heirloom(...named);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(out).toMatch(/^T4_merge +7 +[\d,]+ +holds$/m);
    expect(out).toMatch(/^T1_embed +T1_subset, T1_grid +7 +[\d,]+ +holds$/m);
    expect(out.split("\n").at(-1)).toBe("2 laws in 14 cases, no failure, seed 5");
  });

  it("refuses a name that is no law, and lists them", async () => {
    const { code, errors } = await heirloom("laws", "--law", "T7");
    expect(code).toBe(2);
    expect(errors[0]).toContain("law: found T7, expected one of conv_scale, conv_add, T1_embed");
  });
});

/** The command with these laws instead of the library's, in this process. */
const withLaws = async (registry: readonly Law[], args: readonly string[]) => {
  const out: string[] = [];
  let code: number | null = null;
  const terminal = {
    columns: 100,
    out: (line: string) => out.push(line),
    say: () => undefined,
    warn: () => undefined,
    error: (line: string) => out.push(line),
    progress: () => ({ update: () => undefined, stop: () => undefined }),
    panel: () => ({ show: () => undefined, stop: () => undefined }),
  };
  const root = new Command("heirloom").exitOverride();
  addLawsOf(() => Promise.resolve(registry))(
    root,
    concluding(terminal, (exit) => (code = exit)),
  );
  await root.parseAsync([...args], { from: "user" });
  return { code, out: out.join("\n") };
};

describe("a law that fails", () => {
  const registry = [succeed(lawNamed("T4_merge")), forgetful];
  /** What stands between the head of a failure and the command that runs it again. */
  const failureIn = (out: string): { readonly shown: string; readonly command: string } => {
    const [, shown, command] =
      /(forgetful_merge fails:[\s\S]*?) {2}to run it again: (.*)/.exec(out) ?? [];
    return { shown: shown!, command: command! };
  };

  it("ends with exit code 1, the shrunk network and a command that leads to it again", async () => {
    const { code, out } = await withLaws(registry, ["laws", "--runs", "60", "--seed", "11"]);
    expect(code).toBe(1);
    expect(out).toMatch(/^T4_merge +60 +[\d,]+ +holds$/m);
    expect(out).toMatch(/^forgetful_merge +\d+ +[\d,]+ +FAILS$/m);
    expect(out.split("\n").at(-1)).toBe("1 of 2 laws failed, seed 11");
    const { shown, command } = failureIn(out);
    expect(shown).toContain("= projected");
    expect(shown.split("\n").length).toBeLessThan(12);
    const again = await withLaws(registry, command.split(" ").slice(1));
    expect(again.code).toBe(1);
    expect(failureIn(again.out)).toEqual({ shown, command });
  });

  it("is data with --json", async () => {
    const { code, out } = await withLaws(registry, ["laws", "--runs", "60", "--json"]);
    expect(code).toBe(1);
    const [, failed] = (JSON.parse(out) as { laws: { failure: object | null }[] }).laws;
    expect(failed!.failure).toMatchObject({
      seed: 0,
      over: "rational",
      reproduce: expect.stringMatching(
        /^heirloom laws --law forgetful_merge --seed 0 --path [\d:]+$/,
      ) as unknown,
    });
  });
});

describe("on a model", () => {
  let model: string;
  beforeAll(async () => {
    model = await layersModel(join(await scratch(), "model"));
  });

  it("runs the laws that say something about it, and says what was run", async () => {
    const printed = await succeedJson<Printed>("laws", "--model", model, "--runs", "3");
    expect(printed.tried).toBe("the whole network on its own input.");
    const run = printed.laws.map(({ law }) => law);
    expect(run).toEqual(
      expect.arrayContaining(["T4_merge", "T6_bn_fold", "network_projection", "conv_scale"]),
    );
    expect([...run, ...printed.notApplicable].sort()).toEqual(laws.map(({ name }) => name).sort());
    expect(printed.notApplicable).toContain("network_strict");
  });

  it("keeps to lines of 100 characters, tables of laws and needs included", async () => {
    const { code, out } = await heirloom("laws", "--model", model, "--runs", "1");
    expect(code).toBe(0);
    expect(out).toContain(
      "No part of the model for:\n  network_embed (dense layers, and no convolution)",
    );
    const lines = out.split("\n").filter((line) => !line.includes("/model: "));
    expect(lines.filter((line) => line.length > 100 && !line.startsWith("  "))).toEqual([]);
  });

  it("leads to a failure again, model included", async () => {
    const args = ["laws", "--law", "forgetful_merge", "--runs", "5", "--model", model];
    const { code, out } = await withLaws([forgetful], args);
    expect(code).toBe(1);
    const command = /to run it again: (.*)/.exec(out)![1]!;
    const again = await withLaws([forgetful], command.split(" ").slice(1));
    expect(again.code).toBe(1);
    expect(/forgetful_merge fails:[\s\S]*/.exec(again.out)![0]).toBe(
      /forgetful_merge fails:[\s\S]*/.exec(out)![0],
    );
  });
});
