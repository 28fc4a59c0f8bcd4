/**
 * Drafts: networks under construction. A draft is an immutable value; every combinator takes one and
 * gives the next, so whole architectures are `pipe(input([32, 32, 3]), conv({ ... }), relu, ...)`. The class
 * and the shape so far are in its type.
 *
 * A draft holds operators without weights (`Operator<never>`) beside the sources of their weights, so
 * shapes are inferred while one writes and numbers are drawn only by `build`. The first refusal stays
 * in the draft and `build` hands it out; nothing throws.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../../algebra/refusal.js";
import { sameShape, showShape, size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { inferShape } from "../inference.js";
import type { ModelClass } from "../network.js";
import { weightsOf, type Operator } from "../operator.js";
import type { WeightSource } from "./initialiser.js";
import type { WithChannelAxis } from "./shapeTypes.js";

/** The classes that a draft can have: gates come only by projection. */
export type DraftClass = Exclude<ModelClass, "Projected">;

/** Where the weights of a layer come from, by their names in the operator. */
export type WeightSources = Readonly<Record<string, WeightSource>>;

/** A layer without weights and the sources of them. */
export interface PlannedLayer {
  readonly name: string;
  readonly op: Operator<never>;
  readonly inputs: readonly string[];
  readonly shape: Shape;
  readonly sources: WeightSources;
}

/** What has been drafted so far. */
export interface Progress {
  readonly layers: readonly PlannedLayer[];
  /** The layer that the next one reads. */
  readonly head: PlannedLayer;
  /** Goes in front of the names of new layers. */
  readonly scope: string;
}

declare const types: unique symbol;

/** A network under construction, its class and the shapes of its input and of its value so far. */
export interface Draft<
  out C extends DraftClass = DraftClass,
  out In extends Shape = Shape,
  out S extends Shape = Shape,
> {
  readonly progress: Result<Progress>;
  /** Exists in the type alone. */
  readonly [types]?: readonly [C, In, S] | undefined;
}

/** A layer to be added: what it is called and what it computes from values of the given shapes. */
export interface Step {
  /** Its name; without one it is called after `base` with a number. */
  readonly name?: string | undefined;
  readonly base: string;
  readonly op: (inputs: readonly Shape[]) => Result<Operator<never>>;
  readonly sources?: WeightSources;
}

/** A weight that has a shape and no elements yet. */
export const unfilled = (shape: Shape): Tensor<never> => ({ shape, data: { length: size(shape) } });

const nameOf = (step: Step, scope: string, layers: readonly PlannedLayer[]): string => {
  if (step.name !== undefined) return scope + step.name;
  const taken = new Set(layers.map((layer) => layer.name));
  let number = 1;
  while (taken.has(`${scope}${step.base}${number}`)) number += 1;
  return `${scope}${step.base}${number}`;
};

/** Given tensors must have the shapes that the operator needs, and initialisers finite numbers. */
const fitting = (op: Operator<never>, sources: WeightSources): Result<Operator<never>> => {
  for (const [name, { shape }] of weightsOf(op)) {
    const given = sources[name];
    if (given === undefined) continue;
    if (!("shape" in given)) {
      const wrong = Object.entries(given).find(([, p]) => typeof p === "number" && !isFinite(p));
      if (wrong !== undefined)
        return refuse({
          where: name,
          found: `a ${given.kind} initialiser with ${wrong[0]} ${wrong[1]}`,
          expected: "finite numbers",
        });
    } else if (!sameShape(given.shape, shape) || given.data.length !== size(shape))
      return refuse({
        where: name,
        found: `a tensor of shape ${showShape(given.shape)} with ${given.data.length} elements`,
        expected: `shape ${showShape(shape)} with ${size(shape)} elements`,
      });
  }
  return E.right(op);
};

/** Add a layer that reads `inputs`, and make it the head. */
export const appendTo = (
  { layers, scope }: Progress,
  inputs: readonly PlannedLayer[],
  step: Step,
): Result<Progress> => {
  const name = nameOf(step, scope, layers);
  if (name === scope || layers.some((layer) => layer.name === name))
    return refuse({
      where: `layer ${name}`,
      found: name === scope ? "an empty name" : "a second layer of this name",
      expected: "unique names",
      advice: "leave the name out to get one with a number, or use `named` to scope it",
    });
  const shapes = inputs.map((layer) => layer.shape);
  const sources = step.sources ?? {};
  const op = E.chain((found: Operator<never>) => fitting(found, sources))(step.op(shapes));
  if (E.isLeft(op)) return E.left(within(`layer ${name}`)(op.left));
  const shape = inferShape(op.right, shapes);
  if (E.isLeft(shape)) return E.left(within(`layer ${name}`)(shape.left));
  const head: PlannedLayer = {
    name,
    op: op.right,
    inputs: inputs.map((layer) => layer.name),
    shape: shape.right,
    sources,
  };
  return E.right({ layers: [...layers, head], head, scope });
};

/** The draft with one more layer behind its head. The caller states the class and shape this gives. */
export const append = <C extends DraftClass, In extends Shape, S extends Shape>(
  draft: Draft<DraftClass, In>,
  step: Step,
): Draft<C, In, S> => ({
  progress: E.chain((p: Progress) => appendTo(p, [p.head], step))(draft.progress),
});

/**
 * Begin a network: the shape of one example, without the batch, channels last.
 *
 * @example
 * import { build, dense, input } from "heirloom"
 * import { pipe } from "fp-ts/lib/function.js"
 *
 * // Result<Network<"GFFN", readonly [784], readonly [10]>>
 * const softmaxRegression = pipe(input([784]), dense(10), build({ seed: 0 }))
 */
export const input = <const In extends Shape>(
  shape: In,
  name = "input",
): Draft<"GFFN", WithChannelAxis<In>, WithChannelAxis<In>> => {
  const op: Operator<never> = { kind: "input", shape };
  return {
    progress: E.bimap(within(`layer ${name}`), (inferred: Shape) => {
      const head: PlannedLayer = { name, op, inputs: [], shape: inferred, sources: {} };
      return { layers: [head], head, scope: "" };
    })(inferShape(op, [])),
  };
};

/**
 * Put `scope/` in front of the names of all layers that `part` adds, so that equal blocks stay apart.
 *
 * @example
 * import { build, input, named, relu } from "heirloom"
 * import { either as E } from "fp-ts"
 * import { pipe } from "fp-ts/lib/function.js"
 *
 * const n = pipe(input([2]), named("stage1", relu), build({ seed: 0 }))
 * assert.deepStrictEqual(E.isRight(n) && n.right.layers.map((l) => l.name), ["input", "stage1/relu1"])
 */
export const named =
  <C extends DraftClass, In extends Shape, S extends Shape, C2 extends DraftClass, T extends Shape>(
    scope: string,
    part: (x: Draft<C, In, S>) => Draft<C2, In, T>,
  ) =>
  (x: Draft<C, In, S>): Draft<C2, In, T> => ({
    progress: E.chain((outer: Progress) =>
      E.map((inner: Progress): Progress => ({ ...inner, scope: outer.scope }))(
        part({ progress: E.right({ ...outer, scope: `${outer.scope}${scope}/` }) }).progress,
      ),
    )(x.progress),
  });
