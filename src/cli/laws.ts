/** `heirloom laws`: the laws of the library, on random networks or on a model of one's own. */
import { Help, type Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { showRefusal, type Result } from "../algebra/refusal.js";
import type { Fragments } from "../laws/fragment.js";
import type { Law } from "../laws/law.js";
import type { Failure, LawReport } from "../laws/run.js";
import { showCount, showCounted } from "../report/quantity.js";
import { showTable } from "../report/table.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath, orUsage, wholeNumber } from "./option.js";
import type { Conclude, Outcome } from "./outcome.js";
import type { Terminal } from "./terminal.js";

interface LawsOptions extends ModelOptions {
  readonly runs: number;
  readonly seed: number;
  readonly law?: readonly string[];
  readonly path?: string;
  readonly model?: string;
  readonly json: boolean;
}

/** A value as a shell takes it. */
export const quoted = (value: string): string =>
  /^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;

/** The command line that runs a failing case again. */
const reproduction = (law: Law, { seed, path }: Failure, options: LawsOptions): string =>
  [
    "heirloom laws",
    ...["--law", law.name, "--seed", `${seed}`, "--path", path],
    ...(options.model === undefined ? [] : ["--model", quoted(options.model)]),
    ...(options.input === undefined ? [] : ["--input", options.input.join("x")]),
    ...(options.cut === undefined ? [] : ["--cut", quoted(options.cut)]),
  ].join(" ");

const perSecond = ({ runs, milliseconds }: LawReport): number => (runs * 1000) / milliseconds;

const verdict = ({ failure }: LawReport): string => (failure === null ? "holds" : "FAILS");

/** Prose is set no wider than this. */
const widest = 100;

const indented = (text: string): string => text.replace(/^/gm, "    ");

const failureText = (law: Law, failure: Failure, options: LawsOptions): readonly string[] => [
  "",
  `${law.name} fails: ${law.statement}`,
  `  ${showRefusal(failure.refusal)}`,
  `  over ${failure.over}, at`,
  indented(failure.counterexample),
  `  to run it again: ${reproduction(law, failure, options)}`,
];

const jsonOf = (report: LawReport, options: LawsOptions): unknown => ({
  law: report.law.name,
  theorems: report.law.theorems,
  statement: report.law.statement,
  runs: report.runs,
  seconds: report.milliseconds / 1000,
  casesPerSecond: perSecond(report),
  holds: report.failure === null,
  failure:
    report.failure === null
      ? null
      : { ...report.failure, reproduce: reproduction(report.law, report.failure, options) },
});

const table = (reports: readonly LawReport[]): string =>
  showTable(
    [
      { title: "law" },
      { title: "theorems" },
      { title: "runs", align: "right" },
      { title: "cases/s", align: "right" },
      { title: "result" },
    ],
    reports.map((report) => [
      report.law.name,
      report.law.theorems.filter((name) => name !== report.law.name).join(", "),
      showCount(report.runs),
      showCount(Math.round(perSecond(report))),
      verdict(report),
    ]),
  );

/** What a run of laws is about: the laws, and the parts of a model if there is one. */
interface Subject {
  readonly laws: readonly Law[];
  readonly silent: readonly Law[];
  readonly fragments: Fragments | null;
}

const subject = async (chosen: readonly Law[], options: LawsOptions): Promise<Result<Subject>> => {
  if (options.model === undefined) return E.right({ laws: chosen, silent: [], fragments: null });
  const { fragmentsOf } = await import("../laws/fragment.js");
  const model = await loadModel(options.model, options);
  return E.map(({ network }: { readonly network: Parameters<typeof fragmentsOf>[0] }): Subject => {
    const fragments = fragmentsOf(network);
    const says = (l: Law): boolean => fragments.applicable(l) > 0;
    return {
      fragments,
      laws: chosen.filter(says),
      silent: chosen.filter((l) => !says(l)),
    };
  })(model);
};

const work = async (
  terminal: Terminal,
  chosen: readonly Law[],
  options: LawsOptions,
): Promise<Result<Outcome>> => {
  const { runLaw, trials } = await import("../laws/run.js");
  const about = await subject(chosen, options);
  if (E.isLeft(about)) return about;
  const { laws, silent, fragments } = about.right;
  const runs = options.path === undefined ? options.runs : 1;
  const total = laws.length * runs;
  const progress = terminal.progress("laws", total);
  const reports: LawReport[] = [];
  for (const [i, law] of laws.entries()) {
    let done = 0;
    const report = runLaw(
      law,
      {
        runs,
        seed: options.seed,
        ...(options.path === undefined ? {} : { path: options.path }),
        onRun: () => progress.update(i * runs + Math.min(runs, ++done), law.name),
      },
      fragments === null ? trials(law) : fragments.trials(law),
    );
    reports.push(report);
    if (done < runs) progress.update((i + 1) * runs, law.name);
  }
  progress.stop();
  const failed = reports.filter(({ failure }) => failure !== null);
  const cases = reports.reduce((n, r) => n + r.runs, 0);
  const says =
    failed.length === 0
      ? `${showCounted(laws.length, "law")} in ${showCounted(cases, "case")}, no failure, seed ${options.seed}`
      : `${failed.length} of ${showCounted(laws.length, "law")} failed, seed ${options.seed}`;
  const wrapped = (text: string): string =>
    new Help().boxWrap(text, Math.min(widest, terminal.columns));
  return E.right({
    ok: failed.length === 0,
    text: [
      ...(fragments === null
        ? []
        : [
            wrapped(
              `On ${options.model}: ${fragments.summary} Weights are read exactly, over formal fields; inputs ` +
                "are random.",
            ),
            "",
          ]),
      table(reports),
      ...(silent.length === 0
        ? []
        : ["", "No part of the model for:", ...silent.map((l) => `  ${l.name} (${l.needs})`)]),
      ...failed.flatMap((r) => (r.failure === null ? [] : failureText(r.law, r.failure, options))),
      "",
      says,
    ].join("\n"),
    json: {
      seed: options.seed,
      ...(fragments === null
        ? {}
        : { model: options.model, parts: fragments.count, tried: fragments.summary }),
      laws: reports.map((report) => jsonOf(report, options)),
      notApplicable: silent.map((l) => l.name),
    },
  });
};

/** Add the command, for the laws that `registry` gives. */
export const addLawsOf =
  (registry: () => Promise<readonly Law[]>) =>
  (parent: Command, conclude: Conclude): Command => {
    const command = withModelOptions(
      parent
        .command("laws")
        .summary("run the laws of the library, on random networks or on your model")
        .description(
          "Try the theorems and the laws of the conversions on random networks, exactly: over the rationals, " +
            "over a field whose functions are uninterpreted symbols, and over polynomials, where a case that " +
            "holds is an identity for all weights. A failure is shrunk and printed with the command that " +
            "runs it again. Exit code 1 where a law fails.",
        ),
    )
      .option("--runs <n>", "cases of each law", wholeNumber(1), 100)
      .option("--seed <s>", "seed of the random cases", wholeNumber(0, 2 ** 31 - 1), 0)
      .option(
        "--law <name...>",
        "only these laws, or those that try these theorems; all unless given",
      )
      .option("--path <path>", "only the case that a failure printed, with its --law and --seed")
      .option("--model <path>", "try the laws on the layers of this model instead", givenPath)
      .option("--json", "print the result as JSON", false)
      .addHelpText(
        "after",
        `
Examples:
  $ heirloom laws                                  every law on 100 random networks
  $ heirloom laws --law T4_merge network_strict --runs 5000
  $ heirloom laws --model resnet50/ --runs 50      those that apply to its layers`,
      );
    return command.action(async (options: LawsOptions) => {
      const { lawsNamed } = await import("../laws/registry.js");
      const all = await registry();
      const chosen =
        options.law === undefined
          ? all
          : [...new Set(options.law.flatMap((name) => orUsage(command, lawsNamed(name, all))))];
      if (options.path !== undefined && chosen.length !== 1)
        command.error(`--path belongs to one law, found ${chosen.length}; add --law <name>`);
      return conclude(options.json, (terminal) => work(terminal, chosen, options));
    });
  };

export const addLaws = addLawsOf(async () => (await import("../laws/registry.js")).laws);
