/**
 * A network as a drawing: one SVG file that needs nothing else, in light and dark. The longest path runs
 * down, and skips run beside it. Scopes of `named` are closed to one box each where there are many layers.
 */
import { countNetwork } from "../model/count.js";
import type { ModelClass, Network } from "../model/network.js";
import { showShape, type Shape } from "../tensor/shape.js";
import { drawRoute } from "./drawing/arrow.js";
import { deepestScope, graphOf, type Box, type Graph } from "./drawing/graph.js";
import { layout, type Extent } from "./drawing/layout.js";
import {
  boxHeight,
  boxWidth,
  detailCharacter,
  drawBox,
  junction,
  text,
  titleCharacter,
} from "./drawing/picture.js";
import { style } from "./drawing/style.js";
import { showMillions } from "./quantity.js";
import { element, type Markup } from "./svg.js";

/** How to draw. */
export interface DrawingOptions {
  /** What stands above it. */
  readonly title?: string;
  /**
   * How many scopes to open, from the outside: 0 draws each outermost scope as one box. Unless told, as
   * many as leave at most 40 boxes.
   */
  readonly depth?: number;
}

/** Boxes that one takes in without scrolling much. */
const readable = 40;

const openedUntilReadable = <A>(n: Network<ModelClass, Shape, Shape, A>): Graph => {
  let graph = graphOf(n, 0);
  for (let depth = 1; depth <= deepestScope(n); depth++) {
    const opened = graphOf(n, depth);
    if (opened.boxes.length > readable) return graph;
    graph = opened;
  }
  return graph;
};

/** How every drawing begins. */
export const drawingOpening = '<svg xmlns="http://www.w3.org/2000/svg"';

const margin = 24;
const headHeight = 84;

const classes: readonly ModelClass[] = ["GFFN", "GCNN", "Projected"];

/** The classes that occur, each with its colour. */
const legend = (boxes: readonly Box[]): readonly Markup[] => {
  const present = classes.filter((c) => boxes.some((box) => box.class === c));
  let x = 0;
  return present.flatMap((c) => {
    const at = x;
    x += 18 + c.length * titleCharacter + 14;
    return [
      element("rect", { x: at, y: 48, width: 10, height: 10, rx: 2, class: c }),
      text(at + 15, 57, "note", c),
    ];
  });
};

/**
 * The drawing of a network, an SVG file.
 *
 * @example
 * import { conv, drawing, input, named, outline, relu, residual } from "heirloom"
 *
 * const block = named("block", residual((x) => pipe(x, conv({ filters: 8, kernel: 3 }), relu)))
 * const svg = pipe(input([16, 16, 8]), block, outline, E.map((n) => drawing(n, { title: "A block" })))
 * assert.ok(E.isRight(svg) && svg.right.startsWith("<svg"))
 */
export const drawing = <A>(
  n: Network<ModelClass, Shape, Shape, A>,
  options: DrawingOptions = {},
): string => {
  const graph = options.depth === undefined ? openedUntilReadable(n) : graphOf(n, options.depth);
  const boxes = new Map(graph.boxes.map((box) => [box.id, box]));
  const isJunction = (id: string): boolean => boxes.get(id)!.sign !== null;
  const full: Extent = { width: boxWidth(graph.boxes), height: boxHeight };
  const placed = layout(
    graph,
    (id) => (isJunction(id) ? { width: junction, height: junction } : full),
    { rows: 26, boxes: 28, lanes: 18 },
  );
  const { parameters, multiplyAdds } = countNetwork(n);
  const title = options.title ?? `${n.class} network`;
  const facts = [
    n.class,
    `${showShape(n.input)} to ${showShape(n.output)}`,
    `${n.layers.length} layers`,
    `${showMillions(parameters)} parameters`,
    `${showMillions(multiplyAdds)} multiply-adds`,
  ].join(" \u00b7 ");
  const inner = Math.max(placed.width, title.length * 10, facts.length * detailCharacter);
  const width = inner + 2 * margin;
  const height = placed.height + headHeight + 2 * margin;
  const extents = [...placed.boxes.values()];
  const drawn = [
    ...placed.routes.map((route) =>
      drawRoute(route, placed.boxes.get(route.from)!, placed.boxes.get(route.to)!, extents),
    ),
    ...graph.boxes.map((box) => drawBox(box, placed.boxes.get(box.id)!)),
  ];
  return `${
    element(
      "svg",
      {
        xmlns: "http://www.w3.org/2000/svg",
        width,
        height,
        viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`,
        role: "img",
        "aria-label": `${title}: ${facts}`,
      },
      element("style", {}, { markup: style }),
      element("rect", { width: "100%", height: "100%", class: "page" }),
      element(
        "g",
        { transform: `translate(${margin} ${margin})` },
        text(0, 16, "name", title),
        text(0, 36, "note", facts),
        ...legend(graph.boxes),
      ),
      element(
        "g",
        {
          transform: `translate(${Math.round(margin + (inner - placed.width) / 2)} ${margin + headHeight})`,
        },
        ...drawn,
      ),
    ).markup
  }\n`;
};
