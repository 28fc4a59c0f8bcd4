/**
 * Last-stage fine-tuning: everything is trained from where the resolution last falls, and nothing before. The
 * last stage are the layers whose maps have the extents of the final feature maps or less, those included that
 * bring the resolution down to it. A network of a single resolution is one stage.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../algebra/refusal.js";
import { sameShape, spatialOf, type Shape } from "../tensor/shape.js";
import { adaptWeights } from "./body.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";

/** The options of last-stage fine-tuning. */
export interface LastStageOptions {
  /** The first layer that is trained; null finds the last stage itself. */
  readonly from: string | null;
}

/** The extents of the last maps of more than one position; null where there are none. */
const finalExtents = <A>(n: AnyNetwork<A>): Shape | null =>
  n.layers
    .filter(({ op }) => op.kind !== "input")
    .map(({ shape }) => spatialOf(shape))
    .findLast((extents) => extents.some((e) => e > 1)) ?? null;

/** The names of the last stage's layers, everything behind the maps included. */
export const lastStageOf = <A>(n: AnyNetwork<A>): readonly string[] => {
  const extents = finalExtents(n);
  const first = n.layers.findIndex(
    ({ shape, op }) =>
      op.kind !== "input" && (extents === null || sameShape(spatialOf(shape), extents)),
  );
  return n.layers
    .slice(first)
    .filter(
      ({ shape }) =>
        extents === null ||
        sameShape(spatialOf(shape), extents) ||
        spatialOf(shape).every((e) => e === 1),
    )
    .map(({ name }) => name);
};

/** Train the last stage and the classifier. Refuses a layer that the network does not have. */
export const adaptLastStage =
  ({ from }: LastStageOptions) =>
  <A>(n: AnyNetwork<A>): Result<Adaptation<A>> => {
    const start = from === null ? 0 : n.layers.findIndex(({ name }) => name === from);
    if (start === -1)
      return refuse({
        where: "method last-stage",
        found: `no layer ${JSON.stringify(from)}`,
        expected: "the name of the first layer to train",
        advice: "`heirloom inspect` lists the layers",
      });
    const trained = new Set(
      from === null ? lastStageOf(n) : n.layers.slice(start).map(({ name }) => name),
    );
    return E.right(adaptWeights("last-stage", n, ({ name }) => trained.has(name)));
  };

export const lastStageMethod = method<LastStageOptions>({
  name: "last-stage",
  summary: "fine-tune every weight of the last stage alone",
  source: "Yosinski et al., How transferable are features in deep neural networks?, 2014",
  options: t.exact(t.partial({ from: t.union([t.string, t.null]) })),
  defaults: { from: null },
  phases: (options) => [{ name: "last-stage", rate: 3e-4, prepare: adaptLastStage(options) }],
});
