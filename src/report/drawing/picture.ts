/** Boxes as one sees them: a name, a shape, what is computed and with how many parameters. */
import { showShape } from "../../tensor/shape.js";
import { showMillions } from "../quantity.js";
import { element, type Markup } from "../svg.js";
import type { Box } from "./graph.js";
import type { Placed } from "./layout.js";

// A text's width is not known without its font; these are the widths of a wide one, in pixels a character.
export const titleCharacter = 7.2;
export const detailCharacter = 6.3;
const narrowest = 200;
const widest = 460;
export const boxHeight = 46;
export const junction = 26;
const inset = 14;

const shortened = (text: string, width: number, character: number): string => {
  const fits = Math.floor(width / character);
  return text.length <= fits ? text : `${text.slice(0, Math.max(1, fits - 1))}\u2026`;
};

const parametersOf = (box: Box): string =>
  box.parameters === 0 ? "" : showMillions(box.parameters);

export const boxWidth = (boxes: readonly Box[]): number => {
  const wanted = boxes
    .filter((box) => box.sign === null)
    .map((box) =>
      Math.max(
        box.title.length * titleCharacter + showShape(box.shape).length * detailCharacter,
        (box.detail.length + parametersOf(box).length) * detailCharacter,
      ),
    );
  return Math.min(widest, Math.max(narrowest, ...wanted.map((width) => width + 3 * inset + 8)));
};

export const text = (
  x: number,
  y: number,
  style: string,
  content: string,
  anchor: "start" | "middle" | "end" = "start",
): Markup => element("text", { x, y, class: style, "text-anchor": anchor }, content);

/** What a pointer that rests on a box is told. */
const tooltip = (box: Box): Markup =>
  element(
    "title",
    {},
    [
      box.layers.join("\n"),
      `${box.detail}, to ${showShape(box.shape)}`,
      ...(box.class === null ? [] : [box.class]),
    ].join("\n"),
  );

const drawJunction = (box: Box, { x, y, width }: Placed): Markup => {
  // Beside the circle there is as much room as the narrowest box takes.
  const more = shortened(
    box.detail.split(" \u00b7 ").slice(1).join(" \u00b7 "),
    (narrowest - width) / 2,
    detailCharacter,
  );
  return element(
    "g",
    {},
    tooltip(box),
    element("circle", { cx: x, cy: y, r: width / 2, class: "box" }),
    text(x, y + 5, "sign", box.sign ?? "", "middle"),
    ...(more === "" ? [] : [text(x - width / 2 - 8, y + 4, "detail", more, "end")]),
  );
};

/** A name, its scopes in a fainter colour. */
const titleOf = (x: number, y: number, name: string): Markup => {
  const end = name.lastIndexOf("/") + 1;
  return element(
    "text",
    { x, y, class: "title" },
    ...(end === 0 ? [] : [element("tspan", { class: "scope" }, name.slice(0, end))]),
    name.slice(end),
  );
};

export const drawBox = (box: Box, placed: Placed): Markup => {
  if (box.sign !== null) return drawJunction(box, placed);
  const { width, height } = placed;
  const left = placed.x - width / 2;
  const top = placed.y - height / 2;
  const shape = showShape(box.shape);
  const parameters = parametersOf(box);
  const room = width - 2 * inset - 12;
  const hasDetail = box.detail + parameters !== "";
  const line = top + (hasDetail ? 19 : 27);
  return element(
    "g",
    {},
    tooltip(box),
    element("rect", { x: left, y: top, width, height, rx: 6, class: "box" }),
    element("path", {
      d: `M${left + 6} ${top}h-1a5 5 0 0 0 -5 5v${height - 10}a5 5 0 0 0 5 5h1z`,
      class: box.class ?? "plain",
    }),
    titleOf(
      left + inset,
      line,
      shortened(box.title, room - shape.length * detailCharacter, titleCharacter),
    ),
    text(left + width - inset, line, "shape", shape, "end"),
    text(
      left + inset,
      top + 36,
      "detail",
      shortened(box.detail, room - parameters.length * detailCharacter, detailCharacter),
    ),
    text(left + width - inset, top + 36, "detail", parameters, "end"),
  );
};
