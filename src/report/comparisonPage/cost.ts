/** What each method costs: the network that is used after training, what is kept of it, and training itself. */
import type { Group } from "../../compare/aggregate.js";
import type { RunRecord } from "../../compare/record.js";
import { settingsOf, type ComparisonReport } from "../comparison/report.js";
import { showRatio } from "../comparison/words.js";
import { tag } from "../html.js";
import { columnHead, dataTable } from "../page.js";
import { showBytes, showCount, showMillions, showSeconds } from "../quantity.js";
import type { Markup } from "../svg.js";
import { markInText } from "./mark.js";
import { scene, sceneTitle } from "./scene.js";

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

const lastPhase = ({ phases }: RunRecord): RunRecord["phases"] => phases.slice(-1);

/** A number with a bar of its share of the largest. */
const barred = (n: number, most: number): Markup =>
  tag(
    "td",
    { class: "number" },
    showMillions(n),
    tag("span", {
      class: "meter",
      style: `width:${most === 0 ? 0 : Math.round((100 * n) / most)}%`,
    }),
  );

const rowOf = (
  index: number,
  method: string,
  runs: readonly RunRecord[],
  least: number,
  most: { readonly parameters: number; readonly multiplyAdds: number },
): Markup => {
  const { parameters, multiplyAdds, merged } = runs[0]!.inference;
  const phases = runs.flatMap(lastPhase);
  const stored = Math.max(...runs.map(({ storedParameters }) => storedParameters));
  return tag(
    "tr",
    { "data-m": `${index}` },
    tag("th", { scope: "row" }, markInText(index, "pretrained"), method),
    barred(parameters, most.parameters),
    barred(multiplyAdds, most.multiplyAdds),
    tag("td", { class: "number" }, least === 0 ? "" : showRatio(multiplyAdds / least)),
    tag("td", {}, merged ? "yes" : "no"),
    tag("td", { class: "number" }, showCount(stored)),
    tag(
      "td",
      { class: "number" },
      phases.length === 0 ? "" : showSeconds(median(phases.map((p) => p.medianStep)) / 1000),
    ),
    tag(
      "td",
      { class: "number" },
      phases.length === 0 ? "" : showBytes(Math.max(...phases.map((p) => p.peakResident))),
    ),
  );
};

/** The table of each model and data set. */
export const costs = (report: ComparisonReport): readonly Markup[] =>
  settingsOf(report).map((setting) => {
    const here = report.groups.filter(
      (g: Group) =>
        g.model === setting.model && g.data === setting.data && g.filters === "pretrained",
    );
    const runsOf = (method: string): readonly RunRecord[] =>
      here.filter((g) => g.method === method).flatMap(({ runs }) => runs);
    const inference = here.flatMap(({ runs }) => runs.map((run) => run.inference));
    const adds = inference.map(({ multiplyAdds }) => multiplyAdds);
    const most = {
      parameters: Math.max(0, ...inference.map(({ parameters }) => parameters)),
      multiplyAdds: Math.max(0, ...adds),
    };
    return scene(
      report,
      setting,
      dataTable(
        `Cost of each method, ${sceneTitle(setting)}`,
        [
          columnHead("method"),
          columnHead("parameters in use", "number"),
          columnHead("multiply-adds", "number"),
          columnHead("of the least", "number"),
          columnHead("merged"),
          columnHead("kept beside the base", "number"),
          columnHead("median step", "number"),
          columnHead("peak memory", "number"),
        ],
        report.extent.methods.flatMap((method, index) => {
          const runs = runsOf(method);
          return runs.length === 0 ? [] : [rowOf(index, method, runs, Math.min(...adds), most)];
        }),
      ),
    );
  });
