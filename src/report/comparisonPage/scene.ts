/**
 * Scenes: parts of the page that belong to a choice of model, data set, label budget or method. Without the script
 * all of them stand one after another, each under a heading that says what it is of; the script shows those of the
 * present choice.
 */
import type { Condition } from "../../compare/aggregate.js";
import type { ComparisonReport } from "../comparison/report.js";
import { showBudget } from "../comparison/words.js";
import { tag, type Content } from "../html.js";
import type { Markup } from "../svg.js";

/** What a scene is of; what is left out does not matter to it. */
export type SceneOf = Partial<Condition> & { readonly method?: string };

/** The place of each in the list of choices. */
const attributes = (
  { extent }: ComparisonReport,
  { model, data, perClass, method }: SceneOf,
): Readonly<Record<string, string>> => ({
  ...(model === undefined ? {} : { "data-model": `${extent.models.indexOf(model)}` }),
  ...(data === undefined ? {} : { "data-set": `${extent.data.indexOf(data)}` }),
  ...(perClass === undefined ? {} : { "data-budget": `${extent.budgets.indexOf(perClass)}` }),
  ...(method === undefined ? {} : { "data-method": `${extent.methods.indexOf(method)}` }),
});

/** What a scene is of, in words. */
export const sceneTitle = ({ model, data, perClass, method }: SceneOf): string =>
  [
    ...(method === undefined ? [] : [method]),
    ...(model === undefined ? [] : [model]),
    ...(data === undefined ? [] : [data]),
    ...(perClass === undefined ? [] : [perClass === null ? "all labels" : showBudget(perClass)]),
  ].join(" \u00b7 ");

/** A scene under its heading. */
export const scene = (
  report: ComparisonReport,
  of: SceneOf,
  ...content: readonly Content[]
): Markup =>
  tag(
    "div",
    { class: "scene", ...attributes(report, of) },
    tag("h3", {}, sceneTitle(of)),
    ...content,
  );

/** A section of the page: heading, introduction, scenes, and what to say where no scene fits the choice. */
export const section = (
  id: string,
  title: string,
  introduction: readonly Content[],
  otherwise: string,
  ...content: readonly Content[]
): Markup =>
  tag(
    "section",
    { id },
    tag("h2", {}, title),
    ...introduction.map((words) => tag("p", { class: "quiet" }, words)),
    ...content,
    tag("p", { class: "none", hidden: "" }, otherwise),
  );
