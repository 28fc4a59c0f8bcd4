/** `heirloom inherit`: which techniques a model inherits, per layer and in total, and why not the others. */
import { Help, type Command } from "commander";
import { dirname, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, showRefusal, type Result } from "../algebra/refusal.js";
import { kindOf } from "../format/file.js";
import { writeTextFile } from "../format/textFile.js";
import type { Technique } from "../inherit/technique.js";
import type { Finding, InheritanceReport, LayersAlike } from "../report/inheritance.js";
import { showCounted, showMillions, showShare } from "../report/quantity.js";
import { showTable } from "../report/table.js";
import { quoted } from "./laws.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath, orUsage, wholeNumber } from "./option.js";
import type { Conclude, Outcome } from "./outcome.js";
import type { Terminal } from "./terminal.js";

interface InheritOptions extends ModelOptions {
  readonly technique?: readonly string[];
  readonly layer?: readonly string[];
  readonly seed: number;
  readonly html?: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Names are compared without regard to capitals, and with hyphens for blanks. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s-]+/g, "-");

const techniquesNamed = (
  names: readonly string[],
  all: readonly Technique[],
): Result<readonly Technique[]> => {
  const unknown = names.find((name) => !all.some((t) => plain(t.name) === plain(name)));
  return unknown === undefined
    ? E.right(all.filter((t) => names.some((name) => plain(t.name) === plain(name))))
    : refuse({
        where: "technique",
        found: unknown,
        expected: `one of ${all.map((t) => plain(t.name)).join(", ")}`,
      });
};

/** Refuse a page that cannot go where it should, before there is any work to lose. */
const mayWritePage = async ({ html, force }: InheritOptions): Promise<Result<null>> => {
  if (html === undefined) return E.right(null);
  if ((await kindOf(dirname(resolve(html)))) !== "folder")
    return refuse({ where: html, found: "no folder to put it in", expected: "a path in a folder" });
  return force || (await kindOf(html)) === "nothing"
    ? E.right(null)
    : refuse({
        where: html,
        found: "something that stands there",
        expected: "a new path",
        advice: "choose another path, or replace an earlier page with --force",
      });
};

const someOf = (layers: readonly string[]): string =>
  layers.length <= 3
    ? layers.join(", ")
    : `${layers.slice(0, 2).join(", ")} and ${layers.length - 2} more`;

const lacking = ({ groups }: Finding, verdict: LayersAlike["verdict"]): string =>
  [
    ...new Set(
      groups.flatMap((g) => (g.verdict === verdict ? g.unmet.map(({ words }) => words) : [])),
    ),
  ].join(", ");

const techniqueTable = (report: InheritanceReport): string =>
  showTable(
    [
      { title: "technique" },
      { title: "result" },
      { title: "layers", align: "right" },
      { title: "scalars", align: "right" },
      { title: "what refused layers lack" },
    ],
    report.findings.map((finding) => {
      const accepted = finding.groups.filter((g) => g.verdict === "inherited");
      const scalars = accepted.reduce((n, g) => n + g.scalars, 0);
      return [
        finding.technique,
        finding.result,
        `${accepted.reduce((n, g) => n + g.layers.length, 0)} of ${report.layers}`,
        showShare(scalars / report.scalars),
        lacking(finding, "refused"),
      ];
    }),
  );

const kindTable = ({ kinds }: InheritanceReport): string =>
  showTable(
    [
      { title: "layers alike" },
      { title: "class" },
      { title: "number", align: "right" },
      { title: "scalars", align: "right" },
      { title: "accepted", align: "right" },
      { title: "refused", align: "right" },
      { title: "passed over", align: "right" },
    ],
    kinds.map((kind) => {
      const of = Object.values(kind.verdicts);
      const having = (verdict: string): string => `${of.filter((v) => v === verdict).length}`;
      return [
        kind.layers.length === 1
          ? kind.layers[0]!
          : `${kind.layers[0]!} and ${kind.layers.length - 1} more`,
        kind.class,
        `${kind.layers.length}`,
        showMillions(kind.scalars),
        having("inherited"),
        having("refused"),
        having("elsewhere"),
      ];
    }),
  );

const indented = (text: string): string => text.replace(/^/gm, "    ");

type Wrap = (text: string) => string;

const refusalText = (finding: Finding, g: LayersAlike, wrap: Wrap): readonly string[] => [
  "",
  wrap(
    `${finding.technique} is refused by ${showCounted(g.layers.length, `${g.class} layer`)} (${someOf(g.layers)})`,
  ),
  ...g.unmet.map(({ words, assumption, theorem, found, expected }) =>
    wrap(
      `they lack ${words} (${assumption}, ${theorem}): ${g.layers[0]!}: found ${found}, expected ${expected}`,
    ).replace(/^/gm, "  "),
  ),
  wrap(
    `law: ${finding.law}` +
      (finding.theorems.refused.length === 0 ? "" : ` (${finding.theorems.refused.join(", ")})`),
  ).replace(/^/gm, "  "),
  ...(g.counterexample === null
    ? ["  a search for a place where it fails found none"]
    : [
        `  it fails on this excerpt of ${g.counterexample.layer}`,
        indented(g.counterexample.shown),
        `  ${showRefusal(g.counterexample.refusal)}`,
        `  to find it again: ${g.counterexample.command}`,
      ]),
];

const savingText = ({ technique, saves }: Finding): readonly string[] =>
  saves.length === 0
    ? []
    : [
        `${technique} saves: ` +
          saves
            .map(
              ({ of, before, after }) => `${of} ${showMillions(before)} to ${showMillions(after)}`,
            )
            .join(", "),
      ];

const passedText = (finding: Finding): readonly string[] =>
  finding.groups.flatMap((g) =>
    g.verdict === "elsewhere"
      ? [
          `${finding.technique} passes over ${showCounted(g.layers.length, `${g.class} layer`)} for want of ` +
            g.unmet.map(({ words }) => words).join(", "),
        ]
      : [],
  );

const text = (report: InheritanceReport, wrap: Wrap): string => {
  const { findings } = report;
  const savings = findings.flatMap(savingText);
  const passed = findings.flatMap(passedText);
  return [
    `${report.name}: ${report.class}, ${showCounted(report.layers, "layer")} with nodes, ` +
      `${showCounted(report.scalars, "scalar")} to learn`,
    "",
    techniqueTable(report),
    "",
    kindTable(report),
    ...(savings.length === 0 ? [] : ["", ...savings]),
    ...(passed.length === 0 ? [] : ["", ...passed.map(wrap)]),
    ...findings.flatMap((finding) =>
      finding.groups.flatMap((g) => (g.verdict === "refused" ? refusalText(finding, g, wrap) : [])),
    ),
  ].join("\n");
};

const writePage = async (
  report: InheritanceReport,
  html: string | undefined,
): Promise<Result<string>> => {
  if (html === undefined) return E.right("");
  const { inheritancePage, pageOpening } = await import("../report/inheritancePage.js");
  return E.map(() => `\n\npage written to ${html}`)(
    await writeTextFile(html, inheritancePage(report), pageOpening),
  );
};

/** The command that finds a counterexample again. */
const reproduction =
  (path: string, { input, cut, seed }: InheritOptions) =>
  (technique: string, layer: string): string =>
    [
      `heirloom inherit ${quoted(path)} --technique ${quoted(plain(technique))} --layer ${quoted(layer)}`,
      `--seed ${seed}`,
      ...(input === undefined ? [] : [`--input ${input.join("x")}`]),
      ...(cut === undefined ? [] : [`--cut ${quoted(cut)}`]),
    ].join(" ");

const work = async (
  terminal: Terminal,
  path: string,
  chosen: readonly Technique[],
  options: InheritOptions,
): Promise<Result<Outcome>> => {
  const allowed = await mayWritePage(options);
  if (E.isLeft(allowed)) return allowed;
  const model = await loadModel(path, options);
  if (E.isLeft(model)) return model;
  const { inheritanceReport } = await import("../report/inheritance.js");
  const progress = terminal.progress("techniques", chosen.length);
  const report = inheritanceReport(model.right.name, model.right.network, {
    techniques: chosen,
    seed: options.seed,
    command: reproduction(path, options),
    onTechnique: (done, technique) => progress.update(done, technique),
    ...(options.layer === undefined ? {} : { layers: options.layer }),
  });
  progress.stop();
  if (E.isLeft(report)) return report;
  const written = await writePage(report.right, options.html);
  if (E.isLeft(written)) return written;
  const wrap: Wrap = (line) => new Help().boxWrap(line, Math.min(100, terminal.columns) - 2);
  return E.right({ text: text(report.right, wrap) + written.right, json: report.right });
};

export const addInherit = (parent: Command, conclude: Conclude): Command => {
  const command = withModelOptions(
    parent
      .command("inherit")
      .summary("which techniques a model inherits, and why not the others")
      .description(
        "Decide for each layer of a model which techniques carry over to it: those whose assumptions it " +
          "provides. A refusal names the assumption that is missing, the theorem, and a small excerpt of a layer " +
          "on which the law of the technique fails, found by search.",
      )
      .argument("<model>", "a LayersModel or a Heirloom document", givenPath),
  )
    .option("--technique <name...>", "only these techniques, such as magnitude-pruning")
    .option("--layer <name...>", "only these layers")
    .option("--seed <s>", "seed of the search for counterexamples", wholeNumber(0, 2 ** 31 - 1), 0)
    .option("--html <file>", "write the table as a page too", givenPath)
    .option("--force", "replace an earlier page", false)
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom inherit resnet50/
  $ heirloom inherit projected/ --technique input-whitening low-rank-factoring
  $ heirloom inherit projected/ --html inheritance.html
  $ heirloom inherit resnet50/ --json | jq '.findings[] | [.technique, .result]'`,
    );
  return command.action(async (path: string, options: InheritOptions) => {
    const { techniques } = await import("../inherit/techniques.js");
    const chosen =
      options.technique === undefined
        ? techniques
        : orUsage(command, techniquesNamed(options.technique, techniques));
    return conclude(options.json, (terminal) => work(terminal, path, chosen, options));
  });
};
