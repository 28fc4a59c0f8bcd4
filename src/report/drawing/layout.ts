/**
 * Where boxes go. The longest path from input to output runs straight down, one row for each of its boxes;
 * what leaves it runs beside it to the right. An arrow over several rows passes each row between in a lane of
 * its own, which all arrows from one box share, and a lane is straight: its place is the furthest that any
 * row asks for, and not left of the box that it comes from.
 */
import type { Graph } from "./graph.js";

/** The extent of a box. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Extent {
  /** The middle. */
  readonly x: number;
  readonly y: number;
}

/** An arrow: from box to box, through points that are passed straight downwards. */
export interface Route {
  readonly from: string;
  readonly to: string;
  readonly lanes: readonly { readonly x: number; readonly top: number; readonly bottom: number }[];
}

export interface Layout {
  readonly boxes: ReadonlyMap<string, Placed>;
  readonly routes: readonly Route[];
  readonly width: number;
  readonly height: number;
}

/** Distances in pixels. */
export interface Spacing {
  /** Between rows, between boxes of a row, and between a box and a lane or two lanes. */
  readonly rows: number;
  readonly boxes: number;
  readonly lanes: number;
}

/** A box in its row, or the lane of a box that is passed there. */
interface Item {
  readonly key: string;
  readonly isLane: boolean;
  /** The box it is or comes from. */
  readonly box: string;
  /** The last row that it reaches. */
  readonly until: number;
}

/** The row of each box: the number of boxes on the longest path to it. */
const rowsOf = ({ boxes, arrows }: Graph): ReadonlyMap<string, number> => {
  const rows = new Map(boxes.map((box) => [box.id, 0]));
  for (const { id } of boxes)
    for (const [from, to] of arrows)
      if (from === id) rows.set(to, Math.max(rows.get(to)!, rows.get(id)! + 1));
  return rows;
};

/** One longest path to the last box. */
const spineOf = (
  { boxes, arrows }: Graph,
  rows: ReadonlyMap<string, number>,
): ReadonlySet<string> => {
  const spine = new Set<string>();
  let at = boxes.at(-1)?.id;
  while (at !== undefined) {
    const to: string = at;
    spine.add(to);
    at = arrows
      .filter(([from, end]) => end === to && rows.get(from) === rows.get(to)! - 1)
      .map(([from]) => from)[0];
  }
  return spine;
};

const laneKey = (box: string): string => `lane of ${box}`;

/** The items of each row, from left to right. */
const itemsOf = (
  { boxes, arrows }: Graph,
  rows: ReadonlyMap<string, number>,
  spine: ReadonlySet<string>,
): readonly (readonly Item[])[] => {
  const reach = new Map<string, number>();
  for (const [from, to] of arrows) reach.set(from, Math.max(reach.get(from) ?? 0, rows.get(to)!));
  const count = Math.max(...rows.values()) + 1;
  const items: Item[][] = Array.from({ length: count }, () => []);
  for (const { id } of boxes) {
    const row = rows.get(id)!;
    const until = reach.get(id) ?? row;
    items[row]!.push({ key: id, isLane: false, box: id, until: spine.has(id) ? -1 : until });
    for (let r = row + 1; r < until; r++)
      items[r]!.push({ key: laneKey(id), isLane: true, box: id, until });
  }
  // What ends sooner is nearer to the spine, so that lanes within lanes do not cross.
  return items.map((row) =>
    row.sort((a, b) => a.until - b.until || (a.isLane ? 1 : 0) - (b.isLane ? 1 : 0)),
  );
};

/** Place boxes of the given extents. */
export const layout = (
  graph: Graph,
  extentOf: (id: string) => Extent,
  spacing: Spacing,
): Layout => {
  const rows = rowsOf(graph);
  const spine = spineOf(graph, rows);
  const items = itemsOf(graph, rows, spine);
  const widthOf = (item: Item): number => (item.isLane ? 0 : extentOf(item.box).width);
  const gap = (a: Item, b: Item): number =>
    (widthOf(a) + widthOf(b)) / 2 + (a.isLane || b.isLane ? spacing.lanes : spacing.boxes);
  const xs = new Map<string, number>();
  // Each pass moves items to the right only, and no further than all of them side by side.
  for (let moved = true; moved;) {
    moved = false;
    for (const row of items)
      for (const [i, item] of row.entries()) {
        const left = row[i - 1];
        const least = left === undefined ? 0 : xs.get(left.key)! + gap(left, item);
        const start = item.isLane ? (xs.get(item.box) ?? 0) : 0;
        const x = spine.has(item.key) ? 0 : Math.max(least, start, xs.get(item.key) ?? 0);
        if (x !== xs.get(item.key)) moved = true;
        xs.set(item.key, x);
      }
  }
  const heights = items.map((row) =>
    Math.max(...row.map((item) => (item.isLane ? 0 : extentOf(item.box).height))),
  );
  const tops = heights.map((_, row) =>
    heights.slice(0, row).reduce((y, height) => y + height + spacing.rows, 0),
  );
  const placed = new Map(
    graph.boxes.map(({ id }) => {
      const row = rows.get(id)!;
      return [id, { ...extentOf(id), x: xs.get(id)!, y: tops[row]! + heights[row]! / 2 }] as const;
    }),
  );
  const routes = graph.arrows.map(([from, to]): Route => {
    const first = rows.get(from)! + 1;
    const between = Array.from({ length: rows.get(to)! - first }, (_, i) => first + i);
    const x = xs.get(laneKey(from))!;
    return {
      from,
      to,
      lanes: between.map((row) => ({ x, top: tops[row]!, bottom: tops[row]! + heights[row]! })),
    };
  });
  const edges = [...placed.values()].map(({ x, width }) => x + width / 2);
  const left = Math.min(...[...placed.values()].map(({ x, width }) => x - width / 2));
  const right = Math.max(...edges, ...routes.flatMap(({ lanes }) => lanes.map((lane) => lane.x)));
  const moved = new Map([...placed].map(([id, box]) => [id, { ...box, x: box.x - left }]));
  return {
    boxes: moved,
    routes: routes.map((route) => ({
      ...route,
      lanes: route.lanes.map((lane) => ({ ...lane, x: lane.x - left })),
    })),
    width: right - left,
    height: tops.at(-1)! + heights.at(-1)!,
  };
};
