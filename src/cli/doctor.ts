/** `heirloom doctor`: which backends work on this machine, and on what device they really run. */
import type { Command } from "commander";
import { availableParallelism, totalmem } from "node:os";
import * as E from "fp-ts/lib/Either.js";
import { showRefusal, type Result } from "../algebra/refusal.js";
import type { Report } from "../compile/doctor.js";
import type { Choice } from "../compile/ladder.js";
import { showBytes, showSeconds } from "../report/quantity.js";
import { showTable } from "../report/table.js";
import type { Conclude } from "./outcome.js";

const verdict = ({ present, selfTest }: Report): string =>
  !present
    ? "not here"
    : selfTest === null
      ? "does not run"
      : selfTest.passed
        ? `right, in ${showSeconds(selfTest.milliseconds / 1000)}`
        : `WRONG: ${selfTest.found}`;

const kinds = { cpu: "CPU", gpu: "GPU", software: "CPU, through a software adapter" } as const;

const text = (reports: readonly Report[], auto: string): string =>
  [
    `Node.js ${process.versions.node}, ${process.platform} ${process.arch}, ` +
      `${availableParallelism()} cores, ${showBytes(totalmem())} of memory`,
    "",
    showTable(
      [
        { title: "backend" },
        { title: "version" },
        { title: "runs on" },
        { title: "device" },
        { title: "self test" },
      ],
      reports.map((r) => [
        r.name,
        r.version ?? "",
        r.kind !== null ? kinds[r.kind] : r.present ? "does not say" : "",
        r.device ?? "",
        verdict(r),
      ]),
    ),
    "",
    auto,
    ...reports.flatMap((r) =>
      r.problem === null
        ? []
        : [
            "",
            `${r.name}: ${showRefusal(r.problem)}`,
            ...(r.install === null || r.problem.advice === r.install
              ? []
              : [`  to get it: ${r.install}`]),
          ],
    ),
  ].join("\n");

export const addDoctor = (parent: Command, conclude: Conclude): Command =>
  parent
    .command("doctor")
    .summary("which backends work on this machine")
    .description(
      "Load every backend, say which device it really runs on (a software adapter or a fallback to the CPU is " +
        "named as such), run a small training step on it whose result is known exactly, say how to get what " +
        "is missing, and say which one `--backend auto` takes and why. Exit code 1 where no backend gives the right result.",
    )
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  $ heirloom doctor\n  $ heirloom doctor --json | jq '.backends[].device'",
    )
    .action(({ json }: { readonly json: boolean }) =>
      conclude(json, async () => {
        const { diagnose } = await import("../compile/doctor.js");
        const { choiceAmong, showChoice } = await import("../compile/ladder.js");
        const reports = await diagnose();
        const auto: Result<Choice> = choiceAmong(reports);
        return E.right({
          ok: reports.some((r) => r.selfTest?.passed === true),
          text: text(reports, E.isRight(auto) ? showChoice(auto.right) : showRefusal(auto.left)),
          json: {
            node: process.versions.node,
            backends: reports,
            auto: E.isRight(auto) ? auto.right : { error: auto.left },
          },
        });
      }),
    );
