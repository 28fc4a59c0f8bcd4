/**
 * A comparison on the terminal: a line for each run that is done, and below them, while it lasts, a table of the
 * methods as they stand, what each process is at, and how long it may still take.
 */
import * as E from "fp-ts/lib/Either.js";
import { showRefusal } from "../algebra/refusal.js";
import type { ComparisonObserver } from "../compare/comparison.js";
import { cellOf, type RunRecord, type RunSpec } from "../compare/record.js";
import { cellsOf, type Cell } from "../compare/selection.js";
import { mean } from "../compare/statistics.js";
import { showFactor } from "../report/comparison/words.js";
import { showCount, showCounted, showSeconds, showShare } from "../report/quantity.js";
import { showTable } from "../report/table.js";
import type { Terminal } from "./terminal.js";

const showMethod = ({ method, filters }: Pick<RunSpec, "method" | "filters">): string =>
  filters === "random" ? `${method} (random filters)` : method;

/** A run in a few words. */
export const showRun = (spec: RunSpec): string =>
  [
    `${showMethod(spec)} on ${spec.data}, ${spec.model}`,
    spec.perClass === null ? "all images" : `${spec.perClass} a class`,
    `seed ${spec.seed}`,
    `rate x${showFactor(spec.rateFactor)}`,
  ].join(", ");

/** The methods with what their chosen runs have come to, over everything they have been tried on. */
export const standings = (records: readonly RunRecord[]): string => {
  const cells = cellsOf(records);
  if (E.isLeft(cells)) return showRefusal(cells.left);
  const byMethod = new Map<string, Cell[]>();
  for (const cell of cells.right) {
    const name = showMethod(cell.chosen.run);
    byMethod.set(name, [...(byMethod.get(name) ?? []), cell]);
  }
  return showTable(
    [
      { title: "method" },
      { title: "cells", align: "right" },
      { title: "runs", align: "right" },
      { title: "mean test accuracy", align: "right" },
      { title: "most trained", align: "right" },
      { title: "a run", align: "right" },
    ],
    [...byMethod].map(([name, own]) => {
      const runs = own.flatMap((cell) => cell.runs);
      return [
        name,
        showCount(own.length),
        showCount(runs.length),
        showShare(mean(own.map(({ chosen }) => chosen.test.accuracy))),
        showCount(Math.max(...runs.map((run) => run.trainedParameters))),
        showSeconds(mean(runs.map((run) => run.provenance.seconds))),
      ];
    }),
  );
};

/** Seconds that runs may take: the mean of those of the same method and filters, else that of all. */
const secondsFor = (records: readonly RunRecord[]): ((spec: RunSpec) => number) => {
  const of = (runs: readonly RunRecord[]): number | null =>
    runs.length === 0 ? null : mean(runs.map((run) => run.provenance.seconds));
  const byMethod = new Map<string, number>();
  for (const name of new Set(records.map(({ run }) => showMethod(run))))
    byMethod.set(name, of(records.filter(({ run }) => showMethod(run) === name))!);
  const overall = of(records) ?? NaN;
  return (spec) => byMethod.get(showMethod(spec)) ?? overall;
};

/** How long the rest may take, in words; nothing where there is nothing to go by. */
export const timeLeft = (
  records: readonly RunRecord[],
  todo: readonly RunSpec[],
  jobs: number,
): string => {
  const seconds = todo.reduce((sum, spec) => sum + secondsFor(records)(spec), 0) / jobs;
  if (!Number.isFinite(seconds)) return "";
  return seconds < 5400
    ? `about ${showSeconds(seconds)} left`
    : `about ${(seconds / 3600).toFixed(1)} h left`;
};

/** Where a run stands among those that are left; one that was waited for stands there without its rate. */
const placeOf = (left: readonly RunSpec[], run: RunSpec): number => {
  const cell = cellOf(run);
  const exact = left.findIndex(
    (spec) => cellOf(spec) === cell && spec.rateFactor === run.rateFactor,
  );
  return exact >= 0 ? exact : left.findIndex((spec) => cellOf(spec) === cell);
};

/** Milliseconds between two drawings of the panel. */
const pause = 500;

/** An observer that shows a comparison. */
export const comparisonBoard = (
  terminal: Terminal,
  jobs: number,
): ComparisonObserver & { readonly stop: () => void } => {
  const panel = terminal.panel();
  const at = new Map<number, string>();
  let records: readonly RunRecord[] = [];
  let left: readonly RunSpec[] = [];
  let table: readonly string[] = [];
  let drawn = -Infinity;
  const draw = (): void => {
    drawn = performance.now();
    const total = records.length + left.length;
    panel.show([
      "",
      ...table,
      "",
      `${records.length} of ${showCounted(total, "run")} done  ${timeLeft(records, left, jobs)}`,
      ...[...at].sort(([a], [b]) => a - b).map(([, text]) => `  ${text}`),
    ]);
  };
  const tabulate = (): void => {
    table = records.length === 0 ? [] : standings(records).split("\n");
  };
  return {
    begun: (done, todo) => {
      records = done;
      left = todo;
      tabulate();
      terminal.say(
        done.length === 0
          ? `${showCounted(todo.length, "run")} to make`
          : `${showCounted(done.length, "run")} on record, ${showCount(todo.length)} to make`,
      );
      draw();
    },
    started: (spec, worker) => {
      at.set(worker, showRun(spec));
      draw();
    },
    event: (spec, worker, event) => {
      if (event.kind !== "step" || performance.now() - drawn < pause) return;
      at.set(
        worker,
        `${showRun(spec)}: step ${event.step + 1} of ${event.steps}, loss ${event.loss.toFixed(3)}`,
      );
      draw();
    },
    finished: (record) => {
      records = [...records, record];
      const place = placeOf(left, record.run);
      left = left.filter((_, i) => i !== place);
      tabulate();
      terminal.say(
        `${records.length}/${records.length + left.length} ${showRun(record.run)}: ` +
          `test ${showShare(record.test.accuracy)}, ${showSeconds(record.provenance.seconds)}`,
      );
      draw();
    },
    failed: (spec, refusal) => {
      const place = placeOf(left, spec);
      left = left.filter((_, i) => i !== place);
      terminal.warn(`${showRun(spec)}: ${showRefusal(refusal)}`);
    },
    stop: () => panel.stop(),
  };
};
