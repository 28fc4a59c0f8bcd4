/** Elements of SVG as text. Attributes and content are escaped here and nowhere else. */

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What XML 1.0 has no character for is shown as the replacement character. */
const noCharacter = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text that may stand in an element or in an attribute. */
export const escapeXml = (text: string): string =>
  text.replace(noCharacter, "\ufffd").replace(/[&<>"']/g, (character) => entities[character]!);

/** Markup, as opposed to text that has to be escaped. */
export interface Markup {
  readonly markup: string;
}

/** A number in a file: hundredths of a pixel are enough. */
const showNumber = (n: number): string => `${Math.round(100 * n) / 100}`;

/** An element with its attributes and content. */
export const element = (
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...content: readonly (string | Markup)[]
): Markup => {
  const written = Object.entries(attributes)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === "number" ? showNumber(value) : escapeXml(value)}"`,
    )
    .join("");
  const inside = content
    .map((part) => (typeof part === "string" ? escapeXml(part) : part.markup))
    .join("");
  return {
    markup: inside === "" ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`,
  };
};
