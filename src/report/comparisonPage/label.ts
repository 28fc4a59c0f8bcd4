/** Names beside marks so that none covers another: in the plane, and along a margin. */

/** A rectangle. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What is to be named: a place and the size of its name. */
export interface Anchor {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The advance of a character of the names, in pixels: that of the widest faces in use. */
export const characterWidth = 7.3;

const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

const distances = [9, 15, 24, 36, 50, 68, 90] as const;
const directions = Array.from({ length: 16 }, (_, i) => (i * Math.PI) / 8);

/** The places that a name may take, nearest first: its nearest edge or corner looks at the mark. */
const candidates = ({ x, y, width, height }: Anchor): readonly (readonly [Box, number])[] =>
  distances.flatMap((distance) =>
    directions.map((angle) => {
      const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
      const left = x + distance * dx + (Math.abs(dx) < 0.3 ? -width / 2 : dx < 0 ? -width : 0);
      const top = y + distance * dy - height / 2 + (Math.abs(dx) < 0.3 ? (dy * height) / 4 : 0);
      // To the right is where one looks first.
      const strangeness = distance + (dx > 0.9 ? 0 : Math.abs(dx) < 0.3 ? 4 : 2);
      return [{ left, top, right: left + width, bottom: top + height }, strangeness] as const;
    }),
  );

/**
 * A box for each name inside `bounds`. Each in turn takes the place that costs least: covering another name costs
 * most, then a mark, then what else is drawn, then distance. Later rounds let the earlier ones make room.
 */
export const placeNames = (
  anchors: readonly Anchor[],
  marks: readonly Box[],
  strokes: readonly Box[],
  bounds: Box,
): readonly Box[] => {
  const placed: Box[] = [];
  const outside = ({ left, top, right, bottom }: Box): number =>
    Math.max(0, bounds.left - left) +
    Math.max(0, bounds.top - top) +
    Math.max(0, right - bounds.right) +
    Math.max(0, bottom - bounds.bottom);
  const total = (boxes: readonly Box[], box: Box): number =>
    boxes.reduce((sum, other) => sum + overlap(box, other), 0);
  for (let round = 0; round < 4; round++)
    for (const [i, anchor] of anchors.entries()) {
      const others = placed.filter((_, k) => k !== i);
      const costed = candidates(anchor).map(([box, strangeness]) => {
        const cost =
          strangeness +
          100 * outside(box) +
          4 * total(others, box) +
          3 * total(marks, box) +
          0.5 * total(strokes, box);
        return [box, cost] as const;
      });
      placed[i] = costed.reduce((best, next) => (next[1] < best[1] ? next : best))[0];
    }
  return placed;
};

/**
 * Heights along a margin, in the order of the wanted ones, at least `gap` apart and within bounds where there is
 * room. Names that would overlap form a block, which stands at the mean of what its members want; blocks that meet
 * merge.
 */
export const spreadAlong = (
  wanted: readonly number[],
  gap: number,
  low: number,
  high: number,
): readonly number[] => {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  interface Block {
    readonly start: number;
    readonly members: readonly number[];
  }
  const settled = (members: readonly number[]): Block => {
    const length = (members.length - 1) * gap;
    const centre = members.reduce((sum, i) => sum + wanted[i]!, 0) / members.length;
    const start = Math.max(low, Math.min(high - length, centre - length / 2));
    return { start, members };
  };
  const blocks: Block[] = [];
  for (const i of order) {
    let block = settled([i]);
    for (;;) {
      const before = blocks[blocks.length - 1];
      if (before === undefined || before.start + before.members.length * gap <= block.start) break;
      blocks.pop();
      block = settled([...before.members, ...block.members]);
    }
    blocks.push(block);
  }
  const heights = wanted.map(() => 0);
  for (const { start, members } of blocks)
    for (const [k, i] of members.entries()) heights[i] = start + k * gap;
  return heights;
};
