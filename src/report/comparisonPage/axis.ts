/** Scales and their ticks, and how they are drawn. */
import { element, type Markup } from "../svg.js";
import { showMillions } from "../quantity.js";

/** Values to places. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly Tick[];
}

/** A value that is marked on an axis. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Text in a drawing. */
export const label = (
  x: number,
  y: number,
  words: string,
  attributes: Readonly<Record<string, string | number>> = {},
): Markup => element("text", { x, y, ...attributes }, words);

const steps = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/** A scale for shares that holds all of these, from `bottom` up to `top` (places count downwards). */
export const shareScale = (
  values: readonly number[],
  bottom: number,
  top: number,
  mostTicks = 6,
): Scale => {
  const held = values.map((value) => Math.min(1, Math.max(0, value)));
  const [least, most] = [Math.min(...held), Math.max(...held)];
  const step =
    steps.find((s) => Math.ceil(most / s) - Math.floor(least / s) <= mostTicks) ??
    steps[steps.length - 1]!;
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const [low, high] = [first * step, last * step];
  return {
    at: (value) => bottom + ((value - low) / (high - low)) * (top - bottom),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => {
      const value = (first + i) * step;
      return { value, label: `${Number((100 * value).toFixed(1))}` };
    }),
  };
};

/** A logarithmic scale for counts, with ticks at powers of ten; zero counts as one. */
export const countScale = (counts: readonly number[], left: number, right: number): Scale => {
  const logs = counts.map((n) => Math.log10(Math.max(1, n)));
  const low = Math.min(...logs) - 0.25;
  const high = Math.max(...logs) + 0.25;
  const powers = Array.from({ length: 20 }, (_, k) => k).filter((k) => k >= low && k <= high);
  const values =
    powers.length >= 2
      ? powers.map((k) => 10 ** k)
      : powers.flatMap((k) => [10 ** k, 3 * 10 ** k]).concat(powers.length === 0 ? counts : []);
  return {
    at: (n) => left + ((Math.log10(Math.max(1, n)) - low) / (high - low)) * (right - left),
    ticks: [...new Set(values)]
      .filter((n) => Math.log10(Math.max(1, n)) <= high)
      .map((value) => ({ value, label: showMillions(value).replace(/\.0+(?=\D?$)/, "") })),
  };
};

/** Horizontal lines with their values at the left. */
export const shareAxis = ({ at, ticks }: Scale, left: number, right: number): readonly Markup[] =>
  ticks.flatMap(({ value, label: words }) => [
    element("line", { class: "rule", x1: left, x2: right, y1: at(value), y2: at(value) }),
    label(left - 7, at(value) + 4, words, { class: "tick end" }),
  ]);

/** Values below the plot, with short strokes. */
export const bottomAxis = (
  { at, ticks }: Scale,
  y: number,
  left: number,
  right: number,
): readonly Markup[] => [
  element("line", { class: "axis", x1: left, x2: right, y1: y, y2: y }),
  ...ticks.flatMap(({ value, label: words }) => [
    element("line", { class: "axis", x1: at(value), x2: at(value), y1: y, y2: y + 4 }),
    label(at(value), y + 17, words, { class: "tick middle" }),
  ]),
];
