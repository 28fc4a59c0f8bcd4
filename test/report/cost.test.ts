/** Costs as text and as data. */
import { describe, expect, it } from "vitest";
import { decodeWith } from "../../src/format/codec.js";
import { CostReportCodec, showCosts, type CostReport } from "../../src/report/cost.js";
import type { NetworkCost } from "../../src/train/cost.js";
import { refused, succeed } from "../generators/succeed.js";

const spread = (median: number) => ({
  least: 0.8 * median,
  lower: 0.9 * median,
  median,
  upper: 1.1 * median,
  most: 2 * median,
});

/** A cost whose counts are `more` times a thousand, and whose ratio is surely between two numbers. */
const cost = (
  name: string,
  more: number,
  ms: number,
  interval: readonly [number, number] | null,
  isFirst = false,
): NetworkCost => ({
  name,
  parameters: 1000 * more,
  multiplyAdds: 50_000 * more,
  operations: 100_000 * more,
  resident: 4000 * more,
  activations: 2048,
  busiest: "layer conv1, conv",
  latency: spread(ms),
  throughput: 1000 / ms,
  ratio: isFirst ? null : spread(ms / 10),
  ratioInterval: interval === null ? null : { least: interval[0], most: interval[1] },
});

const network = (name: string, more: number, fileBytes: number | null) =>
  ({ name, model: "net", class: "GCNN", documentBytes: 5000 * more, fileBytes }) as const;

const report: CostReport = {
  format: "heirloom-cost",
  version: 1,
  backend: { name: "onnx/cpu", device: "a processor", threads: 2 },
  seed: 0,
  networks: [network("original", 1, 1300), network("merged", 1, null), network("rival", 2, null)],
  settings: [1, 8].map((batch) => ({
    input: [64, 48, 3],
    batch,
    rounds: batch === 1 ? 30 : 12,
    networks: [
      cost("original", 1, 10, null, true),
      cost("merged", 1, 10, [0.97, 1.02]),
      cost("rival", 2, 1234.5, batch === 1 ? [1.9, 2.1] : [0.9, 1.1]),
    ],
  })),
};

const lines = showCosts(report).split("\n");
const row = (pattern: RegExp): readonly string[] => lines.filter((line) => pattern.test(line));

describe("costs in words", () => {
  it("say where they were measured, and at which input", () => {
    expect(lines[0]).toBe("on onnx/cpu: a processor");
    expect(lines).toContain("input 64x48x3");
    expect(lines).toContain(
      "medians of 12-30 rounds in turns; ratios are to original in the same round",
    );
  });

  it("have a row of counts for each network", () => {
    expect(row(/^original +1,000 +50\.0k +3\.9 KiB +4\.9 KiB +1\.3 KiB$/)).toHaveLength(1);
    expect(row(/^rival +2,000 +100\.0k +7\.8 KiB +9\.8 KiB$/)).toHaveLength(1);
  });

  it("have a row of times for each network and batch, the first without ratios", () => {
    expect(
      row(/^ +1 +original +100\.0k +2\.0 KiB +10\.0 +9\.00-11\.0 +8\.00-20\.0 +100$/),
    ).toHaveLength(1);
    expect(
      row(
        /^ +merged +100\.0k +2\.0 KiB +10\.0 +9\.00-11\.0 +8\.00-20\.0 +100 +1\.00 +0\.90-1\.10$/,
      ),
    ).toHaveLength(2);
    expect(
      row(/^ +rival .* 1235 +1111-1358 +988-2469 +0\.81 +123\.5 +111\.1-135\.8$/),
    ).toHaveLength(2);
  });

  it("say 1 of what is exactly equal, and of times only what is sure", () => {
    expect(row(/^merged( +1){6}$/)).toHaveLength(1);
    expect(row(/^merged +0\.97-1\.02 +0\.97-1\.02$/)).toHaveLength(1);
    expect(row(/^rival( +2\.000){5} +1$/)).toHaveLength(1);
    expect(row(/^rival +1\.90-2\.10, slower +0\.90-1\.10$/)).toHaveLength(1);
  });

  it("never round a difference away", () => {
    const settings = report.settings.map((setting) => ({
      ...setting,
      networks: setting.networks.map((c, i) => (i === 1 ? { ...c, parameters: 1000.0001 } : c)),
    }));
    expect(showCosts({ ...report, settings })).toMatch(/^merged +1\.000( +1){5}$/m);
  });

  it("say where rounds were too few, and faster where it is", () => {
    const settings = report.settings.map((setting, k) => ({
      ...setting,
      networks: setting.networks.map((c, i) =>
        i === 1 ? { ...c, ratioInterval: k === 0 ? null : { least: 0.5, most: 0.9 } } : c,
      ),
    }));
    expect(showCosts({ ...report, settings })).toMatch(
      /^merged +too few rounds +0\.50-0\.90, faster$/m,
    );
    const inputs = settings.map((s, k) => ({ ...s, batch: 4, input: [32 * (k + 1), 32, 3] }));
    const text = showCosts({ ...report, settings: inputs });
    expect(text).toMatch(/^merged +32x32x3 +too few rounds\n +64x32x3 +0\.50-0\.90, faster$/m);
    expect(text.match(/^input .*$/gm)).toEqual(["input 32x32x3", "input 64x32x3"]);
  });

  it("of one network compare nothing", () => {
    const text = showCosts({
      ...report,
      networks: report.networks.slice(0, 1),
      settings: report.settings.map((s) => ({ ...s, rounds: 1, networks: s.networks.slice(0, 1) })),
    });
    expect(text).not.toMatch(/\bratios?\b|times as much|confidence/);
    expect(text).toMatch(/^medians of 1 round$/m);
  });
});

describe("costs as data", () => {
  it("survive JSON", () => {
    const json: unknown = JSON.parse(JSON.stringify(report));
    expect(succeed(decodeWith(CostReportCodec, "costs")(json))).toEqual(report);
  });

  it("are refused where a figure is none", () => {
    const broken = { ...report, settings: [{ ...report.settings[0], batch: 0 }] };
    expect(refused(decodeWith(CostReportCodec, "costs")(broken)).where).toContain("costs");
  });
});
