/**
 * What a network inherits, as a reader wants it: the layers that are alike stand together, each way of being
 * refused has one counterexample, and where a technique saves something it is applied to find out how much.
 *
 * The search goes to the layer with the smallest window among those that are alike, since its excerpts are the
 * easiest to read.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Refusal, type Result } from "../algebra/refusal.js";
import { singles } from "../inherit/reals.js";
import { hasNodes, rowCount, scalarsOf } from "../inherit/scalars.js";
import { tableOf, type LayerCell, type LayerVerdict, type NetworkRow } from "../inherit/table.js";
import type { Technique } from "../inherit/technique.js";
import { techniques } from "../inherit/techniques.js";
import type { ModelClass } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import { size } from "../tensor/shape.js";
import { savedBy, type AnyNetwork, type Saved } from "./inheritance/saving.js";

/** A need that is not met, in words, and what stands in its place. */
export interface UnmetNeed {
  readonly assumption: string;
  readonly words: string;
  readonly theorem: string;
  /** Of the first layer that is alike. */
  readonly found: string;
  readonly expected: string;
}

/** Where the law of a technique fails. */
export interface FailingPlace {
  readonly layer: string;
  readonly shown: string;
  readonly refusal: Refusal;
  readonly seed: number;
  readonly path: string;
  /** What finds it again. */
  readonly command: string;
}

/** Layers that have a verdict for the same reasons. */
export interface LayersAlike {
  readonly verdict: LayerVerdict;
  readonly class: ModelClass;
  readonly layers: readonly string[];
  readonly scalars: number;
  readonly unmet: readonly UnmetNeed[];
  /** For refused layers; `null` where a search found none. */
  readonly counterexample: FailingPlace | null;
}

/** Accepted by every layer where it has a place, by some of them, by none; or there is no such layer. */
export type FindingResult = "accepted" | "in part" | "refused" | "no place";

/** A technique on a network. */
export interface Finding {
  readonly technique: string;
  readonly does: string;
  readonly source: string;
  readonly law: string;
  readonly needs: readonly string[];
  /** Theorems that say that layers with the needs inherit it; and, where some refuse it, that others do not. */
  readonly theorems: Technique["theorems"];
  readonly result: FindingResult;
  readonly groups: readonly LayersAlike[];
  /** At its defaults, on the layers that inherit it; empty where it saves nothing that is counted. */
  readonly saves: readonly Saved[];
}

/** Layers that are alike in every technique. */
export interface LayerKind {
  readonly class: ModelClass;
  readonly layers: readonly string[];
  readonly scalars: number;
  readonly verdicts: Readonly<Record<string, LayerVerdict>>;
}

/** The inheritance table of a network. */
export interface InheritanceReport {
  readonly name: string;
  readonly class: ModelClass;
  /** Layers with nodes, and the scalars that they learn. */
  readonly layers: number;
  readonly scalars: number;
  readonly findings: readonly Finding[];
  readonly kinds: readonly LayerKind[];
}

/** What a report is about. */
export interface ReportOptions {
  readonly techniques?: readonly Technique[];
  /** All layers with nodes unless named. */
  readonly layers?: readonly string[];
  readonly seed?: number;
  /** The command that finds a counterexample again. */
  readonly command: (technique: string, layer: string) => string;
  readonly onTechnique?: (done: number, technique: string) => void;
}

/** Layers in the order of the network, those of one key together. */
const together = <A>(cells: readonly A[], key: (cell: A) => string): readonly (readonly A[])[] => {
  const groups = new Map<string, A[]>();
  for (const cell of cells) {
    const group = groups.get(key(cell));
    if (group === undefined) groups.set(key(cell), [cell]);
    else group.push(cell);
  }
  return [...groups.values()];
};

/** What decides a verdict: a missing assumption about class refuses, whatever the position. */
const reasons = ({ verdict, missing }: LayerCell): LayerCell["missing"] =>
  verdict === "refused" ? missing.filter(({ assumption }) => assumption.of === "class") : missing;

const keyOf = (cell: LayerCell): string =>
  JSON.stringify([
    cell.verdict,
    cell.class,
    ...reasons(cell).map(({ assumption }) => assumption.name),
  ]);

const sum = (cells: readonly { readonly scalars: number }[]): number =>
  cells.reduce((total, { scalars }) => total + scalars, 0);

/** Weights that a scalar stands for: the taps of the window. */
const windowOf = (op: Operator<number>): number => {
  if (!hasNodes(op)) return 1;
  const rows = op.kind === "projected" ? size(op.kernel.shape.slice(0, -1)) : rowCount(op);
  return op.kind === "dense" ? 1 : rows / op.kernel.shape.at(-2)!;
};

const failingOf = (
  n: AnyNetwork,
  cells: readonly LayerCell[],
  { seed = 0, command }: ReportOptions,
): FailingPlace | null => {
  const window = new Map(n.layers.map(({ name, op }) => [name, windowOf(op)]));
  const smallest = cells.reduce((a, b) => (window.get(b.layer)! < window.get(a.layer)! ? b : a));
  const found = smallest.counterexample({ seed });
  if (found === null) return null;
  const { technique, shown, refusal, path } = found;
  const { layer } = smallest;
  return { layer, shown, refusal, seed, path, command: command(technique, layer) };
};

const alike = (n: AnyNetwork, cells: readonly LayerCell[], options: ReportOptions): LayersAlike => {
  const [{ verdict, class: of }] = cells as readonly [LayerCell];
  return {
    verdict,
    class: of,
    layers: cells.map(({ layer }) => layer),
    scalars: sum(cells),
    unmet: reasons(cells[0]!).map(({ assumption, reason }) => ({
      assumption: assumption.name,
      words: assumption.words,
      theorem: assumption.theorem,
      found: reason.found,
      expected: reason.expected,
    })),
    counterexample: verdict === "refused" ? failingOf(n, cells, options) : null,
  };
};

const resultOf = (groups: readonly LayersAlike[]): FindingResult => {
  const has = (verdict: LayerVerdict): boolean => groups.some((g) => g.verdict === verdict);
  if (has("refused")) return has("inherited") ? "in part" : "refused";
  return has("inherited") ? "accepted" : "no place";
};

const findingOf = (
  n: AnyNetwork,
  { technique: t, layers: cells }: NetworkRow,
  options: ReportOptions,
): Finding => {
  const groups = together(cells, keyOf).map((group) => alike(n, group, options));
  const inherited = groups.flatMap((g) => (g.verdict === "inherited" ? g.layers : []));
  return {
    technique: t.name,
    does: t.does,
    source: t.source,
    law: t.law.statement,
    needs: t.needs.map(({ words }) => words),
    theorems: {
      inherited: inherited.length > 0 ? t.theorems.inherited : [],
      refused: groups.some((g) => g.verdict === "refused") ? t.theorems.refused : [],
    },
    result: resultOf(groups),
    groups,
    saves: savedBy(n, t, inherited),
  };
};

const kindsOf = (rows: readonly NetworkRow[]): readonly LayerKind[] => {
  const cells = (rows[0]?.layers ?? []).map(({ layer, class: of, scalars }, i) => ({
    layer,
    class: of,
    scalars,
    verdicts: rows.map((row) => [row.technique.name, row.layers[i]!.verdict] as const),
  }));
  return together(cells, (cell) => JSON.stringify([cell.class, cell.verdicts])).map((group) => ({
    class: group[0]!.class,
    layers: group.map(({ layer }) => layer),
    scalars: sum(group),
    verdicts: Object.fromEntries(group[0]!.verdicts),
  }));
};

/** The layers to look at, if each of them has nodes. */
const chosenLayers = (
  n: AnyNetwork,
  named: readonly string[] | null,
): Result<readonly string[]> => {
  const all = n.layers.flatMap(({ name, op }) => (hasNodes(op) ? [name] : []));
  if (all.length === 0)
    return refuse({
      where: "network",
      found: "no layer with nodes",
      expected: "at least one that is dense, convolution or projected",
    });
  const wrong = named?.find((name) => !all.includes(name));
  return wrong === undefined
    ? E.right(named === null ? all : all.filter((name) => named.includes(name)))
    : refuse({
        where: "layer",
        found: wrong,
        expected: `a layer with nodes: ${all.slice(0, 8).join(", ")}${all.length > 8 ? `, or one of ${all.length - 8} more` : ""}`,
      });
};

/**
 * The report of a network.
 *
 * @example
 * import { build, conv, dense, flatten, input } from "heirloom"
 * import { connectionPruning, inheritanceReport } from "heirloom/inherit"
 *
 * const report = pipe(
 *   pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), flatten, dense(3), build({ seed: 0 })),
 *   E.chain((n) => inheritanceReport("small", n, { techniques: [connectionPruning], command: () => "" })),
 * )
 * assert.ok(E.isRight(report))
 * assert.strictEqual(report.right.findings[0]?.result, "in part")
 */
export const inheritanceReport = (
  name: string,
  n: AnyNetwork,
  options: ReportOptions,
): Result<InheritanceReport> =>
  E.map((layers: readonly string[]): InheritanceReport => {
    const taken = new Set(layers);
    const rows = tableOf(singles)(n, options.techniques ?? techniques).map((row) => ({
      ...row,
      layers: row.layers.filter(({ layer }) => taken.has(layer)),
    }));
    return {
      name,
      class: n.class,
      layers: layers.length,
      scalars: n.layers.reduce(
        (total, { name: layer, op }) =>
          taken.has(layer) && hasNodes(op) ? total + scalarsOf(op).data.length : total,
        0,
      ),
      findings: rows.map((row, i) => {
        options.onTechnique?.(i, row.technique.name);
        return findingOf(n, row, options);
      }),
      kinds: kindsOf(rows),
    };
  })(chosenLayers(n, options.layers ?? null));

/** How many layers have a verdict, and how many scalars they have. */
export const totalOf = (
  { groups }: Finding,
  verdict: LayerVerdict,
): { readonly layers: number; readonly scalars: number } => {
  const those = groups.filter((g) => g.verdict === verdict);
  return {
    layers: those.reduce((total, { layers }) => total + layers.length, 0),
    scalars: sum(those),
  };
};
