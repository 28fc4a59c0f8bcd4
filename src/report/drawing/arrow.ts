/** Arrows between boxes. */
import { element, type Markup } from "../svg.js";
import type { Placed, Route } from "./layout.js";

/** Down from one point to another, leaving and arriving straight. */
const down = (x: number, y: number, toX: number, toY: number): string => {
  const middle = (y + toY) / 2;
  return x === toX ? `V${toY}` : `C${x} ${middle} ${toX} ${middle} ${toX} ${toY}`;
};

const arrowhead = (x: number, y: number, from: "above" | "right"): string =>
  from === "above" ? `M${x} ${y}l-3.5 -7h7z` : `M${x} ${y}l7 -3.5v7z`;

const turn = 12;

/** Whether a lane to the right of a box can be met at its side, past nothing else in the row. */
const meetsAtSide = (box: Placed, lane: number, others: readonly Placed[]): boolean =>
  lane >= box.x + box.width / 2 + turn &&
  !others.some((other) => other.y === box.y && other.x > box.x && other.x < lane);

/** Where the side of a box is met: below its middle by what leaves, above it by what arrives. */
const sideOf = (box: Placed, isLeaving: boolean): readonly [x: number, y: number] => {
  const half = box.height / 2;
  const by = Math.min(8, half / 2.5);
  const reach = box.width === box.height ? Math.sqrt(half * half - by * by) : box.width / 2;
  return [box.x + reach, isLeaving ? box.y + by : box.y - by];
};

/** An arrow: down from box to box, or out at the side, along a lane and in at the side. */
export const drawRoute = (
  { lanes }: Route,
  from: Placed,
  to: Placed,
  boxes: readonly Placed[],
): Markup => {
  const firstX = lanes[0]?.x ?? to.x;
  const leavesAtSide = meetsAtSide(from, firstX, boxes);
  const [sideX, sideY] = sideOf(from, true);
  let [x, y] = leavesAtSide ? [firstX, sideY + turn] : [from.x, from.y + from.height / 2];
  let d = leavesAtSide ? `M${sideX} ${sideY}H${x - turn}q${turn} 0 ${turn} ${turn}` : `M${x} ${y}`;
  for (const lane of lanes) {
    d += `${down(x, y, lane.x, lane.top)}V${lane.bottom}`;
    [x, y] = [lane.x, lane.bottom];
  }
  const arrivesAtSide = lanes.length > 0 && meetsAtSide(to, x, boxes);
  const [endX, endY] = arrivesAtSide ? sideOf(to, false) : [to.x, to.y - to.height / 2];
  d += arrivesAtSide
    ? `V${endY - turn}q0 ${turn} ${-turn} ${turn}H${endX + 6}`
    : down(x, y, endX, endY - 6);
  return element(
    "g",
    {},
    element("path", { d, class: "arrow" }),
    element("path", { d: arrowhead(endX, endY, arrivesAtSide ? "right" : "above"), class: "head" }),
  );
};
