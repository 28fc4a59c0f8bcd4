/** Elements of HTML as text; escaping is that of svg.ts. An element is always closed, as HTML wants it. */
import { escapeXml, type Markup } from "./svg.js";

/** What may stand in an element: text, markup, or a list of them. */
export type Content = string | Markup | readonly Content[];

const written = (content: Content): string =>
  typeof content === "string"
    ? escapeXml(content)
    : "markup" in content
      ? content.markup
      : content.map(written).join("");

/** An element with its attributes and content. */
export const tag = (
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...content: readonly Content[]
): Markup => {
  const set = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  return { markup: `<${name}${set.join("")}>${written(content)}</${name}>` };
};
