/** What a run comes to, in words and as data. */
import type { Metrics } from "../train/metrics.js";
import type { MethodRun, PhaseRun } from "../train/runMethod.js";
import { showBytes, showCount, showSeconds, showShare } from "../report/quantity.js";
import { showTable, type Column } from "../report/table.js";
import type { BackendRecord } from "./backendOption.js";
import type { Outcome } from "./outcome.js";

const columns: readonly Column[] = [
  { title: "set" },
  { title: "accuracy", align: "right" },
  { title: "top 5", align: "right" },
  { title: "loss", align: "right" },
  { title: "macro F1", align: "right" },
];

const metricsRow = (title: string, m: Metrics): readonly string[] => [
  title,
  showShare(m.accuracy),
  showShare(m.topFive),
  m.loss.toFixed(4),
  m.macroF1.toFixed(4),
];

const metricsTable = (run: MethodRun, test: Metrics | null): readonly string[] => {
  const last = run.phases.at(-1)!.run;
  const validation = last.history.at(last.restored ?? -1)?.validation ?? null;
  const rows = [
    ...(validation === null ? [] : [metricsRow("validation", validation)]),
    ...(test === null ? [] : [metricsRow("test", test)]),
  ];
  return rows.length === 0 ? [] : [showTable(columns, rows), ""];
};

const phaseLines = ({ name, run }: PhaseRun): readonly string[] => [
  `${name}: ${showCount(run.trainedParameters)} parameters trained, ${showCount(run.storedParameters)} stored`,
  ...(run.cost.steps === 0
    ? []
    : [
        `${name}: ${showSeconds(run.cost.medianStep / 1000)} a step (median of ${showCount(run.cost.steps)}), ` +
          `peak memory ${showBytes(run.cost.peakResident)}`,
      ]),
];

/** The outcome of a run; `output` is its folder, and `test` null where nothing was tested. */
export const trainingSummary = (
  run: MethodRun,
  test: Metrics | null,
  backend: BackendRecord,
  output: string,
): Outcome => {
  const interrupted = run.outcome === null;
  return {
    ok: !interrupted,
    text: [
      ...metricsTable(run, test),
      ...run.phases.flatMap(phaseLines),
      interrupted
        ? "interrupted; continue with the same command and --resume"
        : `written to ${output}: model/, adapter/, run.json`,
    ].join("\n"),
    json: {
      output,
      backend,
      interrupted,
      phases: run.phases.map(({ name, run: r }) => ({
        name,
        status: r.status,
        trainedParameters: r.trainedParameters,
        storedParameters: r.storedParameters,
        frozenPrefix: r.frozenPrefix,
        history: r.history,
        cost: r.cost,
      })),
      test,
    },
  };
};
