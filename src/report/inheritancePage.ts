/**
 * The inheritance table as a page: one HTML file that needs nothing else, in light and dark, without a script.
 * Tables that are wider than the window scroll in a region of their own, which the keyboard reaches.
 */
import { showRefusal } from "../algebra/refusal.js";
import type { LayerVerdict } from "../inherit/table.js";
import { tag, type Content } from "./html.js";
import {
  totalOf,
  type Finding,
  type InheritanceReport,
  type LayerKind,
  type LayersAlike,
} from "./inheritance.js";
import { inheritanceStyle } from "./inheritancePage/style.js";
import { columnHead, dataTable, showPage } from "./page.js";
import { showCount, showCounted, showMillions, showShare } from "./quantity.js";
import type { Markup } from "./svg.js";

/** How every page begins. */
export const pageOpening = "<!doctype html><!-- heirloom inherit -->";

/** The last word of a verdict of layers. */
export const verdictWord: Readonly<Record<LayerVerdict, string>> = {
  inherited: "accepted",
  refused: "refused",
  elsewhere: "passed over",
};

const sign: Readonly<Record<LayerVerdict, string>> = {
  inherited: "\u2713",
  refused: "\u2717",
  elsewhere: "\u2013",
};

const idOf = (technique: string): string => technique.toLowerCase().replace(/[^a-z0-9]+/g, "-");

/** The head of a column, of numbers or of verdicts. */
const th = (title: string, of?: "number" | "upright"): Markup =>
  columnHead(of === "upright" ? tag("span", {}, title) : title, of);

const unmetWords = ({ groups }: Finding): string =>
  [
    ...new Set(
      groups.flatMap(({ verdict, unmet }) =>
        verdict === "refused" ? unmet.map(({ words }) => words) : [],
      ),
    ),
  ].join(", ");

const summaryRow = (finding: Finding, all: InheritanceReport): Markup => {
  const accepted = totalOf(finding, "inherited");
  return tag(
    "tr",
    {},
    tag(
      "th",
      { scope: "row" },
      tag("a", { href: `#${idOf(finding.technique)}` }, finding.technique),
    ),
    tag(
      "td",
      {},
      tag("span", { class: `badge ${finding.result.replace(" ", "-")}` }, finding.result),
    ),
    tag("td", { class: "number" }, `${accepted.layers} of ${all.layers}`),
    tag("td", { class: "number" }, showShare(accepted.scalars / all.scalars)),
    tag("td", {}, unmetWords(finding)),
    tag(
      "td",
      finding.saves.length === 0 ? {} : { class: "wide" },
      finding.saves
        .map(({ of, before, after }) => `${of}: ${showMillions(before)} to ${showMillions(after)}`)
        .join("; "),
    ),
  );
};

/** The names of layers: all of them, folded where they are many. */
const names = (layers: readonly string[]): Markup =>
  layers.length <= 4
    ? tag("span", {}, layers.join(", "))
    : tag(
        "details",
        {},
        tag("summary", {}, `${layers[0]!} and ${layers.length - 1} more`),
        tag("p", { class: "names" }, layers.join(", ")),
      );

const kindRow = (kind: LayerKind, findings: readonly Finding[]): Markup =>
  tag(
    "tr",
    {},
    tag("th", { scope: "row" }, names(kind.layers)),
    tag("td", {}, tag("span", { class: `class ${kind.class}` }, kind.class)),
    tag("td", { class: "number" }, showCount(kind.layers.length)),
    tag("td", { class: "number" }, showMillions(kind.scalars)),
    ...findings.map(({ technique }) => {
      const verdict = kind.verdicts[technique]!;
      const label = `${technique}: ${verdictWord[verdict]}`;
      return tag(
        "td",
        { class: `mark ${verdict}`, title: label },
        tag("span", { role: "img", "aria-label": label }, sign[verdict]),
      );
    }),
  );

const failing = ({ verdict, counterexample: c, class: of }: LayersAlike): readonly Content[] => {
  if (verdict !== "refused") return [];
  if (c === null)
    return [tag("p", { class: "quiet" }, "A search for a counterexample found none.")];
  return [
    tag(
      "details",
      {},
      tag("summary", {}, `A counterexample, from an excerpt of ${c.layer} (${of})`),
      tag("pre", { tabindex: "0" }, c.shown),
      tag("p", {}, showRefusal(c.refusal)),
      tag("p", {}, "To find it again:"),
      tag("pre", { tabindex: "0" }, c.command),
    ),
  ];
};

const group = (g: LayersAlike): Markup =>
  tag(
    "section",
    { class: `group ${g.verdict}` },
    tag(
      "h4",
      {},
      `${verdictWord[g.verdict]} by ${showCounted(g.layers.length, `${g.class} layer`)}, ` +
        showCounted(g.scalars, "scalar"),
    ),
    names(g.layers),
    ...g.unmet.map(({ words, assumption, theorem, found, expected }) =>
      tag(
        "p",
        {},
        `Lacks ${words} `,
        tag("code", {}, assumption),
        " (",
        tag("code", {}, theorem),
        `): found ${found}, expected ${expected}.`,
      ),
    ),
    ...failing(g),
  );

const theorems = (says: string, names: readonly string[]): readonly Content[] =>
  names.length === 0 ? [] : [says, tag("code", {}, names.join(", ")), "."];

const article = (finding: Finding): Markup =>
  tag(
    "article",
    { id: idOf(finding.technique) },
    tag(
      "h3",
      {},
      finding.technique,
      " ",
      tag("span", { class: `badge ${finding.result.replace(" ", "-")}` }, finding.result),
    ),
    tag("p", {}, `It ${finding.does}. It needs ${finding.needs.join(", ")}.`),
    tag("p", {}, `Law: ${finding.law}.`),
    tag(
      "p",
      { class: "quiet" },
      `${finding.source}.`,
      ...theorems(" Proved: ", finding.theorems.inherited),
      ...theorems(" Refuted for layers that lack a need: ", finding.theorems.refused),
    ),
    ...finding.saves.map(({ of, before, after }) =>
      tag(
        "p",
        {},
        `At its defaults, ${of}: ${showCount(before)} before, ${showCount(after)} after.`,
      ),
    ),
    ...finding.groups.map(group),
  );

const legend = (["inherited", "refused", "elsewhere"] as const).map((verdict) =>
  tag("span", { class: `mark ${verdict}` }, `${sign[verdict]} ${verdictWord[verdict]} `),
);

/**
 * The page of a report.
 *
 * @example
 * import { build, dense, input } from "heirloom"
 * import { inheritancePage, inheritanceReport, magnitudePruning } from "heirloom/inherit"
 *
 * const page = pipe(
 *   pipe(input([4]), dense(3), build({ seed: 0 })),
 *   E.chain((n) => inheritanceReport("small", n, { techniques: [magnitudePruning], command: () => "" })),
 *   E.map(inheritancePage),
 * )
 * assert.ok(E.isRight(page) && page.right.startsWith("<!doctype html>"))
 */
export const inheritancePage = (report: InheritanceReport): string => {
  const { name, findings, kinds } = report;
  const title = `What ${name} inherits`;
  const body = tag(
    "main",
    {},
    tag("h1", {}, title),
    tag(
      "p",
      {},
      `A ${report.class} network: ${showCounted(report.layers, "layer")} with nodes, ` +
        `${showCounted(report.scalars, "scalar")} to learn. A technique is accepted where a layer provides all that it ` +
        "needs, refused where it lacks a need by its class, and passed over where the layer does not stand as the " +
        "technique wants it.",
    ),
    tag("h2", {}, "In total"),
    dataTable(
      "Techniques and the network",
      [
        th("technique"),
        th("result"),
        th("layers", "number"),
        th("scalars", "number"),
        th("what refused layers lack"),
        th("saves"),
      ],
      findings.map((finding) => summaryRow(finding, report)),
    ),
    tag("h2", {}, "Layer by layer"),
    tag("p", { class: "legend" }, ...legend),
    dataTable(
      "Techniques and the layers, those that are alike together",
      [
        th("layers"),
        th("class"),
        th("number", "number"),
        th("scalars", "number"),
        ...findings.map(({ technique }) => th(technique, "upright")),
      ],
      kinds.map((kind) => kindRow(kind, findings)),
    ),
    tag("h2", {}, "Technique by technique"),
    ...findings.map(article),
  );
  return showPage({ opening: pageOpening, title, style: inheritanceStyle, body: [body] });
};
