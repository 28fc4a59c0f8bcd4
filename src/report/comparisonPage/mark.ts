/**
 * Marks of methods. Seven colours that the colour-blind tell apart and five outlines: their numbers have no common
 * factor, so 35 methods get different pairs, and neighbours in the list differ in both. Names stand beside the marks,
 * so that no chart depends on telling colours apart. Pretrained filters are filled, random ones hollow.
 */
import type { Filters } from "../../compare/record.js";
import { element, type Markup } from "../svg.js";

const colours = 7;

/** The class by which the style sheet colours a method's marks and lines. */
export const colourOf = (method: number): string => `k${method % colours}`;

/** Corners of an outline around the origin, of about the area of a circle of radius 1. */
const outlines: readonly (readonly (readonly [x: number, y: number])[] | null)[] = [
  null,
  [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
  [
    [0, -1.25],
    [1.2, 0.85],
    [-1.2, 0.85],
  ],
  [
    [0, 1.25],
    [1.2, -0.85],
    [-1.2, -0.85],
  ],
];

/** The mark of a method at a place. */
export const mark = (
  method: number,
  filters: Filters,
  x: number,
  y: number,
  radius = 5,
): Markup => {
  const outline = outlines[method % outlines.length]!;
  const look = `mark ${colourOf(method)}${filters === "random" ? " hollow" : ""}`;
  if (outline === null) return element("circle", { class: look, cx: x, cy: y, r: radius });
  const points = outline
    .map(([dx, dy]) => `${(x + radius * dx).toFixed(1)},${(y + radius * dy).toFixed(1)}`)
    .join(" ");
  return element("polygon", { class: look, points });
};

/** The mark by itself, to stand in a line of text. */
export const markInText = (method: number, filters: Filters): Markup =>
  element(
    "svg",
    { class: "glyph", width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" },
    mark(method, filters, 0, 0, 4.4),
  );
