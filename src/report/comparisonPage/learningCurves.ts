/** Learning curves as small multiples: one drawing a method, one line a seed. */
import type { Condition, Group } from "../../compare/aggregate.js";
import type { RunRecord } from "../../compare/record.js";
import { groupsUnder, type ComparisonReport } from "../comparison/report.js";
import { showPercent } from "../comparison/words.js";
import { tag } from "../html.js";
import { showCounted } from "../quantity.js";
import { element, type Markup } from "../svg.js";
import { label } from "./axis.js";
import { colourOf, markInText } from "./mark.js";
import { scene } from "./scene.js";

const width = 230;
const height = 132;
const left = 28;
const right = width - 8;
const top = 8;
const bottom = height - 20;

/** Points that a line has at most: more would not be told apart. */
const mostPoints = 60;

/** An epoch of a run, counted over its phases. */
interface Point {
  readonly epoch: number;
  readonly training: number;
  readonly validation: number | null;
}

const pointsOf = ({ phases }: RunRecord): readonly Point[] =>
  phases
    .flatMap(({ history }) => history)
    .map(({ accuracy, validation }, i) => ({
      epoch: i + 1,
      training: accuracy,
      validation: validation === null ? null : validation.accuracy,
    }));

const thinned = <A>(points: readonly A[]): readonly A[] => {
  const every = Math.ceil(points.length / mostPoints);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
};

const up = (share: number): number =>
  bottom - Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share)) * (bottom - top);

const curve = (
  places: readonly (readonly [epoch: number, share: number])[],
  across: (epoch: number) => number,
  look: string,
): readonly Markup[] =>
  places.length === 0
    ? []
    : [
        element("polyline", {
          class: look,
          points: thinned(places)
            .map(([epoch, share]) => `${across(epoch).toFixed(1)},${up(share).toFixed(1)}`)
            .join(" "),
        }),
      ];

const linesOf = (
  run: RunRecord,
  across: (epoch: number) => number,
  colour: string,
): readonly Markup[] => {
  const points = pointsOf(run);
  const isControl = run.run.filters === "random";
  const look = isControl ? "curve dotted" : "curve";
  return [
    ...curve(isControl ? [] : points.map((p) => [p.epoch, p.training]), across, `${look} faint`),
    ...curve(
      points.flatMap((p) => (p.validation === null ? [] : [[p.epoch, p.validation] as const])),
      across,
      `${look} ${colour}`,
    ),
  ];
};

/** Where the weights of a run come from: the epoch that was kept, in its last phase. */
const kept = (
  run: RunRecord,
  across: (epoch: number) => number,
  colour: string,
): readonly Markup[] => {
  const last = run.phases[run.phases.length - 1];
  if (last === undefined || last.restored === null || run.run.filters === "random") return [];
  const before = pointsOf(run).length - last.history.length;
  const at = last.history.findIndex(({ epoch }) => epoch === last.restored);
  const validation = last.history[at]?.validation ?? null;
  return validation === null
    ? []
    : [
        element("circle", {
          class: `mark ${colour}`,
          ...{ cx: across(before + at + 1), cy: up(validation.accuracy), r: 2.6 },
        }),
      ];
};

/** Lines where one phase gives way to the next, at the epochs of the first seed. */
const phaseLines = (run: RunRecord, across: (epoch: number) => number): readonly Markup[] => {
  let done = 0;
  return run.phases.slice(0, -1).map(({ history }) => {
    done += history.length;
    const x = across(done + 0.5);
    return element("line", { class: "leader", x1: x, x2: x, y1: top, y2: bottom });
  });
};

const range = (numbers: readonly number[], show: (n: number) => string): string => {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)].map(show);
  return least === most ? least! : `${least!} to ${most!}`;
};

/** What a chart shows, in words. */
const inWords = ({ runs }: Group): string => {
  const epochs = range(
    runs.map((run) => pointsOf(run).length),
    (n) => `${n}`,
  );
  const validated = runs.flatMap(({ validation }) => validation ?? []);
  const statuses = new Map<string, number>();
  for (const { phases } of runs)
    for (const status of new Set(phases.map((p) => p.status)))
      if (status !== "finished") statuses.set(status, (statuses.get(status) ?? 0) + 1);
  return [
    `${showCounted(runs.length, "seed")}, ${epochs} epochs`,
    ...(validated.length === 0
      ? []
      : [
          `kept at ${range(
            validated.map(({ accuracy }) => accuracy),
            (share) => showPercent(share),
          )}% on validation`,
        ]),
    ...[...statuses].map(([status, count]) => `${count} ${status}`),
  ].join("; ");
};

const chart = (group: Group, control: Group | undefined, method: number): Markup => {
  const runs = [...(control?.runs ?? []), ...group.runs];
  const longest = Math.max(2, ...runs.map((run) => pointsOf(run).length));
  const across = (epoch: number): number => left + ((epoch - 1) / (longest - 1)) * (right - left);
  const colour = colourOf(method);
  return tag(
    "figure",
    { class: "small", "data-m": `${method}` },
    tag("h4", {}, markInText(method, group.filters), group.method),
    element(
      "svg",
      {
        class: "plot",
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": `Learning curves of ${group.method}: ${inWords(group)}`,
      },
      ...[0, 0.5, 1].flatMap((share) => [
        element("line", { class: "rule", x1: left, x2: right, y1: up(share), y2: up(share) }),
        label(left - 4, up(share) + 4, `${100 * share}`, { class: "tick end" }),
      ]),
      label(left, height - 5, "1", { class: "tick" }),
      label(right, height - 5, `epoch ${longest}`, { class: "tick end" }),
      ...phaseLines(group.runs[0]!, across),
      ...runs.flatMap((run) => linesOf(run, across, colour)),
      ...runs.flatMap((run) => kept(run, across, colour)),
    ),
    tag("figcaption", {}, inWords(group)),
  );
};

/** The curves of one condition. */
export const learningCurves = (report: ComparisonReport, condition: Condition): Markup => {
  const groups = groupsUnder(report, condition);
  const controlOf = (method: string): Group | undefined =>
    groups.find((g) => g.method === method && g.filters === "random");
  const own = groups.filter(({ filters }) => filters === "pretrained");
  return scene(
    report,
    condition,
    tag(
      "div",
      { class: "multiples" },
      ...own.map((g) => chart(g, controlOf(g.method), report.extent.methods.indexOf(g.method))),
    ),
  );
};
