/** Which axis is where in planes, and which of the two open layouts an instruction works in. */
import { planes, rows, type Layout } from "../layout.js";
import type { Application } from "../rule.js";

/** The dialect's axis that each axis of planes is: `0, rank - 1, 1, 2, ...`. */
export const planesOrder = (rank: number): readonly number[] => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 1),
];

/** Something per axis, written for rows, in the order of the layout's axes. */
export const inOrderOf = <T>(layout: Layout, perAxis: readonly T[]): readonly T[] =>
  layout.kind === "planes" ? planesOrder(perAxis.length).map((axis) => perAxis[axis]!) : perAxis;

/**
 * Rows or planes: what is wished for if it is one of them, else where the first argument lies. Vectors and
 * scalars have no planes.
 */
export const openLayout = ({ args, wish }: Application): Layout => {
  const [x] = args;
  if (x === undefined || x.shape.length < 2) return rows;
  if (wish.kind === "rows" || wish.kind === "planes") return wish;
  return x.home?.kind === "planes" ? planes : rows;
};

/** All ways to take one of each, the last list fastest. */
export const combinations = <T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  lists.reduce<readonly (readonly T[])[]>(
    (heads, list) => heads.flatMap((head) => list.map((item) => [...head, item])),
    [[]],
  );
