/** What pages are made of: one HTML file that needs nothing else, and tables that scroll in a region of their own. */
import { tag, type Content } from "./html.js";
import { pageStyle } from "./pageStyle.js";
import type { Markup } from "./svg.js";

/** A page. */
export interface Page {
  /** How the file begins: by this it is known as one that may be replaced. */
  readonly opening: string;
  readonly title: string;
  /** The style that it adds to that of all pages. */
  readonly style: string;
  /** More elements of the head. */
  readonly head?: readonly Markup[];
  readonly body: readonly Content[];
}

/** The text of a page. */
export const showPage = ({ opening, title, style, head = [], body }: Page): string => {
  const html = tag(
    "html",
    { lang: "en" },
    tag(
      "head",
      {},
      { markup: '<meta charset="utf-8"/>' },
      { markup: '<meta name="viewport" content="width=device-width, initial-scale=1"/>' },
      { markup: '<meta name="color-scheme" content="light dark"/>' },
      tag("title", {}, title),
      tag("style", {}, { markup: pageStyle + style }),
      ...head,
    ),
    tag("body", {}, ...body),
  );
  return `${opening}\n${html.markup}\n`;
};

/** The head of a column. */
export const columnHead = (title: Content, of?: string): Markup =>
  tag("th", { scope: "col", ...(of === undefined ? {} : { class: of }) }, title);

/** Something wide: it scrolls by itself, and the keyboard reaches it. */
export const scrolling = (label: string, ...content: readonly Content[]): Markup =>
  tag("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label }, ...content);

/** A table; `label` says what it holds. */
export const dataTable = (
  label: string,
  head: readonly Markup[],
  rows: readonly Markup[],
): Markup =>
  scrolling(
    label,
    tag("table", {}, tag("thead", {}, tag("tr", {}, ...head)), tag("tbody", {}, ...rows)),
  );
