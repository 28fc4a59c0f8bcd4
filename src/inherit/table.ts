/**
 * The inheritance table: which class inherits which technique, and why not. A verdict compares needs with
 * provisions. Beside it stands evidence, found anew each time: on random places of the class the law of the
 * technique holds, or one is found where it fails.
 *
 * For a network there is a row for every layer with nodes, decided on its weights, and the total.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Refusal } from "../algebra/refusal.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import type { ModelClass } from "../model/network.js";
import { counterexampleAt } from "./apply.js";
import type { Assumption } from "./assumption.js";
import { classes, classOfNodes, type ClassName, type LayerClass } from "./class.js";
import { drawLayerPlace, drawStackPlace } from "./draw.js";
import type { Reals } from "./reals.js";
import { hasNodes, scalarsOf } from "./scalars.js";
import { search, type Counterexample, type Search, type SearchOptions } from "./search.js";
import type { Technique } from "./technique.js";
import { techniques } from "./techniques.js";

/** Whether a class inherits a technique. */
export interface ClassCell {
  readonly technique: string;
  readonly class: ClassName;
  readonly inherited: boolean;
  /** Under which conditions: "without groups", "tap by tap". */
  readonly when: readonly string[];
  /** The needs that it does not provide. */
  readonly missing: readonly Assumption[];
  /** Theorems of `proofs/` that say so. */
  readonly theorems: readonly string[];
  /** The law on random layers of the class; `null` where it was not asked for. */
  readonly evidence: Search | null;
}

/** A technique and what each class makes of it. */
export interface ClassRow {
  readonly technique: Technique;
  readonly cells: readonly ClassCell[];
}

/** What a table is about. */
export interface TableOptions extends SearchOptions {
  /** All that ship with the library unless given. */
  readonly techniques?: readonly Technique[];
  readonly classes?: readonly LayerClass[];
  /** Whether to look for evidence; yes unless told. */
  readonly evidence?: boolean;
}

/** The law of a technique on random layers of a class, or on two of them in a row. */
export const evidenceFor = (t: Technique, c: LayerClass, options: SearchOptions = {}): Search =>
  search(
    t,
    (tape) => (t.scope === "layer" ? drawLayerPlace(tape, c.draw) : drawStackPlace(tape, c.draw)),
    options,
  );

const cellOf = (t: Technique, c: LayerClass, options: TableOptions): ClassCell => {
  const provided = new Map(c.provides.map((p) => [p.assumption.name, p]));
  const missing = t.needs.filter(({ name }) => !provided.has(name));
  const used = t.needs.flatMap(({ name }) => provided.get(name) ?? []);
  const inherited = missing.length === 0;
  return {
    technique: t.name,
    class: c.name,
    inherited,
    when: inherited ? [...new Set(used.flatMap(({ when }) => (when === null ? [] : [when])))] : [],
    missing,
    theorems: inherited
      ? [...new Set([...t.theorems.inherited, ...used.map(({ theorem }) => theorem)])]
      : [...t.theorems.refused, ...missing.map(({ theorem }) => theorem)],
    evidence: options.evidence === false ? null : evidenceFor(t, c, options),
  };
};

/**
 * The table of techniques and classes.
 *
 * @example
 * import { inheritanceTable, magnitudePruning } from "heirloom/inherit"
 *
 * const [row] = inheritanceTable({ techniques: [magnitudePruning], runs: 20 })
 * assert.deepStrictEqual(
 *   row?.cells.map((cell) => [cell.class, cell.inherited]),
 *   [["GFFN", true], ["GCNN", true], ["Projected", true]],
 * )
 */
export const inheritanceTable = (options: TableOptions = {}): readonly ClassRow[] =>
  (options.techniques ?? techniques).map((t) => ({
    technique: t,
    cells: (options.classes ?? classes).map((c) => cellOf(t, c, options)),
  }));

/** A need that a layer does not meet, and what it has instead. */
export interface Missing {
  readonly assumption: Assumption;
  readonly reason: Refusal;
}

/**
 * What a technique comes to at a layer: inherited; refused, since the layer lacks a need by its class; or
 * elsewhere, since it does not stand where the technique acts.
 */
export type LayerVerdict = "inherited" | "refused" | "elsewhere";

/** A layer and a technique. */
export interface LayerCell {
  readonly technique: string;
  readonly layer: string;
  readonly class: ModelClass;
  readonly verdict: LayerVerdict;
  readonly missing: readonly Missing[];
  /** Scalars that the layer learns. */
  readonly scalars: number;
  /** A search for an excerpt of the layer on which the law fails. */
  readonly counterexample: (options?: SearchOptions) => Counterexample | null;
}

/** A technique on a network: layer by layer, and in total. */
export interface NetworkRow {
  readonly technique: Technique;
  readonly layers: readonly LayerCell[];
  /** Whether the technique may be applied to the network as a whole. */
  readonly inherited: boolean;
  /** How many layers, and how many of their scalars, have each verdict. */
  readonly total: Readonly<
    Record<LayerVerdict, { readonly layers: number; readonly scalars: number }>
  >;
}

const layerCell = <A>(
  reals: Reals<A>,
  t: Technique,
  n: AnyNetwork<A>,
  layer: AnyNetwork<A>["layers"][number],
): readonly LayerCell[] => {
  const { name, op } = layer;
  if (!hasNodes(op)) return [];
  const missing = t.needs.flatMap((assumption): readonly Missing[] => {
    const decided = assumption.decided(reals.ring)(n, name);
    return E.isLeft(decided) ? [{ assumption, reason: decided.left }] : [];
  });
  return [
    {
      technique: t.name,
      layer: name,
      class: classOfNodes(op),
      verdict: missing.some(({ assumption }) => assumption.of === "class")
        ? "refused"
        : missing.length > 0
          ? "elsewhere"
          : "inherited",
      missing,
      scalars: scalarsOf(op).data.length,
      counterexample: (options) => counterexampleAt(reals)(t, n, name, options),
    },
  ];
};

const totalOf = (cells: readonly LayerCell[]): NetworkRow["total"] => {
  const of = (verdict: LayerVerdict) => {
    const those = cells.filter((cell) => cell.verdict === verdict);
    return { layers: those.length, scalars: those.reduce((sum, cell) => sum + cell.scalars, 0) };
  };
  return { inherited: of("inherited"), refused: of("refused"), elsewhere: of("elsewhere") };
};

/**
 * The table of a network: each technique at each layer with nodes, and in total.
 *
 * @example
 * import { build, conv, dense, flatten, input } from "heirloom"
 * import { magnitudePruning, singles, tableOf } from "heirloom/inherit"
 *
 * const cnn = pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), flatten, dense(3), build({ seed: 0 }))
 * const rows = pipe(cnn, E.map((n) => tableOf(singles)(n, [magnitudePruning])))
 * assert.ok(E.isRight(rows))
 * assert.deepStrictEqual(
 *   rows.right[0]?.layers.map(({ layer, class: of, verdict }) => [layer, of, verdict]),
 *   [["conv1", "GCNN", "inherited"], ["dense1", "GFFN", "inherited"]],
 * )
 */
export const tableOf =
  <A>(reals: Reals<A>) =>
  (n: AnyNetwork<A>, among: readonly Technique[] = techniques): readonly NetworkRow[] =>
    among.map((t) => {
      const layers = n.layers.flatMap((layer) => layerCell(reals, t, n, layer));
      const total = totalOf(layers);
      return {
        technique: t,
        layers,
        inherited: total.refused.layers === 0 && total.inherited.layers > 0,
        total,
      };
    });
