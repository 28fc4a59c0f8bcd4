/**
 * The ratios as a picture: one row a setting, one mark a thread count at the median, a bar from the least to
 * the most over the rounds, on a logarithmic axis (half as long and twice as long are equally far from 1).
 * Colours follow the reader's light or dark preference; the marks differ in shape as well.
 */
import type { Spread } from "../spread.js";
import type { Comparison } from "./comparison.js";
import { comparedIn, networkTitle } from "./report.js";
import type { Results } from "./results.js";
import { showWork, type Setting } from "./setting.js";

interface Mark {
  readonly threads: number;
  readonly ratio: Spread;
}

interface Row {
  readonly network: string;
  readonly label: string;
  readonly marks: readonly Mark[];
}

interface Compared {
  readonly setting: Setting;
  readonly figures: Comparison;
}

/** Room for the longest label: a mode, its statistics, a batch and a size. */
const left = 370;
const plot = 430;
const right = 130;
const width = left + plot + right;
const rowHeight = 26;
const groupGap = 30;
const top = 118;
const bottom = 74;
/** Ratios that may be marked; those between the powers of two only on an axis that is not too long. */
const powers = [-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7].map((n) => 2 ** n);
const between = [0.375, 0.75, 1.5, 3, 6];
const longAxis = 16;

const style = `
  svg { color-scheme: light dark; }
  .ground { fill: #ffffff; } .ink { fill: #1c2430; } .soft { fill: #55606e; }
  .grid { stroke: #e3e7ec; } .one { stroke: #55606e; }
  .s0 { fill: #1f6fb5; stroke: #1f6fb5; } .s1 { fill: #c4570f; stroke: #c4570f; } .s2 { fill: #47802b; stroke: #47802b; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #11161d; } .ink { fill: #e8ecf1; } .soft { fill: #a3aebb; }
    .grid { stroke: #2a323d; } .one { stroke: #a3aebb; }
    .s0 { fill: #6db3f2; stroke: #6db3f2; } .s1 { fill: #f79a57; stroke: #f79a57; } .s2 { fill: #94cf74; stroke: #94cf74; }
  }
  text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", sans-serif; }
  .title { font-size: 17px; font-weight: 600; } .group { font-weight: 600; } .small { font-size: 12px; }
  .value { font-variant-numeric: tabular-nums; }`;

const escaped = (s: string): string =>
  s.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);

const textAt = (x: number, y: number, kind: string, content: string, anchor = "start"): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${kind}" text-anchor="${anchor}">${escaped(content)}</text>`;

const varied = <A>(all: readonly Compared[], of: (s: Setting) => A): boolean =>
  new Set(all.map(({ setting }) => of(setting))).size > 1;

/** Rows in the order of the settings; batch and pixels are named in the label where they vary. */
const rowsOf = (all: readonly Compared[]): readonly Row[] => {
  const batches = varied(all, ({ batch }) => batch);
  const sizes = varied(all, ({ size }) => size);
  const rows = new Map<string, { network: string; label: string; marks: Mark[] }>();
  for (const { setting, figures } of all) {
    const network = networkTitle(setting);
    const label = [
      showWork(setting),
      ...(batches ? [`batch ${setting.batch}`] : []),
      ...(sizes ? [`${setting.size} px`] : []),
    ].join(", ");
    const row = rows.get(`${network} ${label}`) ?? { network, label, marks: [] };
    row.marks.push({ threads: setting.threads, ratio: figures.ratio });
    rows.set(`${network} ${label}`, row);
  }
  return [...rows.values()].sort((a, b) =>
    a.network === b.network ? 0 : order(all, a.network) - order(all, b.network),
  );
};

const order = (all: readonly Compared[], network: string): number =>
  all.findIndex(({ setting }) => networkTitle(setting) === network);

/** The position of a ratio between the axis's ends. */
type Scale = (ratio: number) => number;

const rangeOf = (rows: readonly Row[]): readonly [number, number] => {
  const ratios = rows.flatMap(({ marks }) => marks.map(({ ratio }) => ratio));
  const least = Math.min(0.8, ...ratios.map((r) => r.least));
  const most = Math.max(1.25, ...ratios.map((r) => r.most));
  return [powers.filter((t) => t <= least).at(-1) ?? least, powers.find((t) => t >= most) ?? most];
};

const shapes = [
  (x: number, y: number) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4.5"/>`,
  (x: number, y: number) =>
    `<rect x="${(x - 4).toFixed(1)}" y="${(y - 4).toFixed(1)}" width="8" height="8" transform="rotate(45 ${x.toFixed(1)} ${y.toFixed(1)})"/>`,
  (x: number, y: number) =>
    `<rect x="${(x - 4).toFixed(1)}" y="${(y - 4).toFixed(1)}" width="8" height="8"/>`,
];

const markAt = (series: number, x: number, y: number): string =>
  shapes[series % shapes.length]!(x, y);

const drawnRow = (
  { label, marks }: Row,
  y: number,
  at: Scale,
  threads: readonly number[],
): readonly string[] => [
  textAt(left - 14, y + 4, "ink", label, "end"),
  ...marks.map(({ threads: own, ratio }) => {
    const series = threads.indexOf(own);
    const level = y + (series - (threads.length - 1) / 2) * 8;
    const [from, to] = [at(ratio.least), at(ratio.most)];
    const said = `${own} thread${own === 1 ? "" : "s"}: ${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)})`;
    return `<g class="s${series % shapes.length}"><title>${said}</title><line x1="${from.toFixed(1)}" x2="${to.toFixed(1)}" y1="${level}" y2="${level}" stroke-width="2"/>${markAt(series, at(ratio.median), level)}</g>`;
  }),
  textAt(
    width - 16,
    y + 4,
    "ink value",
    marks.map(({ ratio }) => ratio.median.toFixed(2)).join(" / "),
    "end",
  ),
];

const legend = (threads: readonly number[]): readonly string[] =>
  threads.map((count, series) => {
    const x = left + series * 120;
    return `<g class="s${series % shapes.length}">${markAt(series, x, 82)}</g>${textAt(x + 12, 86, "ink", `${count} thread${count === 1 ? "" : "s"}`)}`;
  });

/** The training steps of the results as a self-contained SVG; null where there is none to draw. */
export const chartOf = ({ machine, trials }: Results): string | null => {
  const all = comparedIn(trials).filter(
    ({ setting }) => setting.growth === null && setting.work.kind === "step",
  );
  if (all.length === 0) return null;
  const rows = rowsOf(all);
  const threads = [...new Set(all.map(({ setting }) => setting.threads))].sort((a, b) => a - b);
  const [low, high] = rangeOf(rows);
  const at: Scale = (ratio) => left + (plot * Math.log(ratio / low)) / Math.log(high / low);
  const body: string[] = [];
  let y = top;
  for (const [i, row] of rows.entries()) {
    if (row.network !== rows[i - 1]?.network) {
      y += groupGap;
      body.push(textAt(left - 14, y - 18, "ink group", row.network, "end"));
    }
    body.push(...drawnRow(row, y, at, threads));
    y += rowHeight;
  }
  const end = y - rowHeight / 2 + 6;
  const height = end + bottom;
  const axis = [...powers, ...(high / low > longAxis ? [] : between)]
    .filter((tick) => tick >= low && tick <= high)
    .flatMap((tick) => [
      `<line x1="${at(tick).toFixed(1)}" x2="${at(tick).toFixed(1)}" y1="${top - 6}" y2="${end}" class="${tick === 1 ? "one" : "grid"}" stroke-width="${tick === 1 ? 1.5 : 1}"/>`,
      textAt(at(tick), end + 18, "soft small", `${tick}`, "middle"),
    ]);
  const first = all[0]!.setting;
  const same = [
    ...(varied(all, ({ batch }) => batch) ? [] : [`batch ${first.batch}`]),
    ...(varied(all, ({ size }) => size) ? [] : [`${first.size} pixels`]),
  ];
  const peers = [...new Set(all.flatMap(({ figures }) => figures.peers.map(({ peer }) => peer)))];
  const conditions = [...same, `against ${peers.join(" and ")}`].join(", ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height.toFixed(0)}" width="${width}" height="${height.toFixed(0)}" role="img" aria-labelledby="title">
<title id="title">Time of a training step: ours over the fastest PyTorch</title>
<style>${style}
</style>
<rect class="ground" width="100%" height="100%"/>
${textAt(16, 30, "ink title", "Time of a training step: ours over the fastest PyTorch")}
${textAt(16, 52, "soft small", `Median and spread over rounds of fresh processes; ${conditions}`)}
${legend(threads).join("\n")}
${textAt(width - 16, 86, "soft small", "medians", "end")}
${axis.join("\n")}
${textAt(at(1) - 8, top - 12, "soft small", "ours is faster", "end")}
${textAt(at(1) + 8, top - 12, "soft small", "PyTorch is faster")}
${body.join("\n")}
${textAt(left + plot / 2, end + 40, "soft", "ours / PyTorch, logarithmic", "middle")}
${textAt(16, height - 14, "soft small", machine)}
</svg>
`;
};
