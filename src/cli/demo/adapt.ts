/** The second act: every method trains on the same digits, each in a process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { showBytes, showCount, showSeconds, showShare } from "../../report/quantity.js";
import { showTable } from "../../report/table.js";
import type { Metrics } from "../../train/metrics.js";
import type { RunCost } from "../../train/meter.js";
import type { Terminal } from "../terminal.js";
import type { Material } from "./material.js";
import type { DemoSettings } from "./settings.js";

/** One row of the comparison. */
interface Contender {
  readonly folder: string;
  readonly title: string;
  readonly method: string;
  readonly randomFilters: boolean;
}

const contenders: readonly Contender[] = [
  { folder: "probe", title: "linear probe", method: "probe", randomFilters: false },
  { folder: "projection", title: "projection", method: "projection", randomFilters: false },
  { folder: "full", title: "full fine-tuning", method: "full", randomFilters: false },
  {
    folder: "random-probe",
    title: "random filters, linear probe",
    method: "probe",
    randomFilters: true,
  },
  {
    folder: "random-projection",
    title: "random filters, projection",
    method: "projection",
    randomFilters: true,
  },
];

/** The run whose merged network is handed back. */
export const chosen = "projection";

/** What `heirloom train --json` prints, as far as the table needs it. */
interface Printed {
  readonly test: Metrics;
  readonly phases: readonly {
    readonly trainedParameters: number;
    readonly storedParameters: number;
    readonly cost: RunCost;
  }[];
}

const entry = fileURLToPath(new URL("../main.js", import.meta.url));

/** Run this command line in a process of its own; its progress passes through, its result is returned. */
const heirloom = (args: readonly string[]): Promise<Result<unknown>> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [entry, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    child.on("error", (error) =>
      done(refuse({ where: "demo", found: error.message, expected: "a process for the run" })),
    );
    child.on("close", (code) => {
      try {
        const result = JSON.parse(printed) as { readonly error?: unknown };
        done(
          code === 0
            ? E.right(result)
            : refuse({
                where: `heirloom ${args[0]}`,
                found: JSON.stringify(result.error ?? `exit code ${code}`),
                expected: "a run that ends well",
              }),
        );
      } catch {
        done(
          refuse({
            where: `heirloom ${args[0]}`,
            found: `exit code ${code}`,
            expected: "a result",
          }),
        );
      }
    });
  });

/** Digits of each class to test on. */
export const heldOut = 50;

/** Train every contender and put them into one table. */
export const adaptPretrained = async (
  terminal: Terminal,
  material: Material,
  out: string,
  options: DemoSettings,
): Promise<Result<{ readonly text: string; readonly json: unknown }>> => {
  const rows: { readonly contender: Contender; readonly printed: Printed }[] = [];
  const { name, threads } = options.backend;
  for (const contender of contenders) {
    const { folder, title, method, randomFilters } = contender;
    terminal.say(`\n${title}`);
    const printed = await heirloom([
      ...["train", "--json", "--force"],
      ...["--model", join(out, "base"), "--data", material.data, "-o", join(out, folder)],
      ...["--method", method, ...(randomFilters ? ["--random-filters"] : [])],
      ...["--per-class", `${options.perClass}`, "--held-out", `${heldOut}`, "--validation", "0"],
      ...["--epochs", `${options.epochs}`, "--seed", `${options.seed}`, "--backend", name],
      ...(threads === null ? [] : ["--threads", `${threads}`]),
    ]);
    if (E.isLeft(printed)) return printed;
    rows.push({ contender, printed: printed.right as Printed });
  }
  const table = showTable(
    [
      { title: "method" },
      { title: "test accuracy", align: "right" },
      { title: "trained", align: "right" },
      { title: "stored", align: "right" },
      { title: "a step", align: "right" },
      { title: "peak memory", align: "right" },
    ],
    rows.map(({ contender, printed: { test, phases } }) => {
      const { trainedParameters, storedParameters, cost } = phases.at(-1)!;
      return [
        contender.title,
        showShare(test.accuracy),
        showCount(trainedParameters),
        showCount(storedParameters),
        showSeconds(cost.medianStep / 1000),
        showBytes(cost.processHighWater),
      ];
    }),
  );
  return E.right({
    text: [
      `${options.perClass} digits of each class to train on, ${heldOut} others of each class to test on, ` +
        `${options.epochs} epochs, seed ${options.seed}, backend ${name}`,
      "",
      table,
    ].join("\n"),
    json: rows.map(({ contender, printed }) => ({ ...contender, ...printed })),
  });
};
