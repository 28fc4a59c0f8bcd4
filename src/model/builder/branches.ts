/**
 * Parallel branches: functions of one draft whose values meet again. Each branch continues the list of
 * layers where the one before stopped, and begins to read at the common head.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Shape } from "../../tensor/shape.js";
import type { Operator } from "../operator.js";
import type { Add, Multiply } from "./arithmetic.js";
import {
  appendTo,
  named,
  type Draft,
  type DraftClass,
  type PlannedLayer,
  type Progress,
} from "./draft.js";
import type { Broadcasts, ChannelSum, SameAs, SameExtents } from "./shapeTypes.js";

type Branch = (x: Draft<never, never, never>) => Draft;

/** The class of a network in which both occur. */
export type JoinClass<A extends DraftClass> = "GCNN" extends A ? "GCNN" : A;

/** Follow one branch from `start`; it has to continue the draft that it was given. */
const follow = (start: Progress, branch: Branch): Result<Progress> =>
  E.chain((end: Progress) =>
    end.layers[start.layers.length - 1] === start.layers.at(-1)
      ? E.right(end)
      : refuse({
          where: `branch after layer ${start.head.name}`,
          found: `a draft that does not continue it, ending in layer ${end.head.name}`,
          expected: "a function that builds on the draft it is given",
        }),
  )(branch({ progress: E.right(start) }).progress);

/** Follow all branches from one head and join their values, in order, by a layer of its own. */
const join = (
  x: Draft,
  branches: readonly Branch[],
  base: string,
  op: Operator<never>,
): Draft<never, never, never> => ({
  progress: E.chain((start: Progress) => {
    let progress = start;
    const ends: PlannedLayer[] = [];
    for (const branch of branches) {
      const end = follow({ ...progress, head: start.head, scope: start.scope }, branch);
      if (E.isLeft(end)) return end;
      progress = end.right;
      ends.push(progress.head);
    }
    const joined = { ...progress, scope: start.scope };
    return appendTo(joined, ends, { base, op: () => E.right(op) });
  })(x.progress),
});

const straight: Branch = (x) => x;

/**
 * `x + branch(x)`, or `shortcut(x) + branch(x)`.
 *
 * @example
 * import { batchNorm, conv, input, relu, residual } from "heirloom"
 * import { pipe } from "fp-ts/lib/function.js"
 *
 * const block = pipe(
 *   input([32, 32, 64]),
 *   residual((x) => pipe(x, conv({ filters: 64, kernel: 3 }), batchNorm())),
 *   relu,
 * )
 */
export const residual =
  <
    C extends DraftClass,
    In extends Shape,
    S extends Shape,
    C2 extends DraftClass,
    T extends Shape,
    // The branch continues `x`, so without a shortcut its class is that of both.
    C3 extends DraftClass = C2,
    U extends Shape = S,
  >(
    branch: (x: Draft<C, In, S>) => Draft<C2, In, T> & SameAs<U, T, "residual">,
    shortcut?: (x: Draft<C, In, S>) => Draft<C3, In, U>,
  ) =>
  (x: Draft<C, In, S>): Draft<JoinClass<C2 | C3>, In, U> =>
    join(x, [(shortcut as Branch | undefined) ?? straight, branch as Branch], "add", {
      kind: "add",
    });

/**
 * `x * branch(x)`, element by element, where the branch has the shape of `x` or, as in squeeze and
 * excitation, its channels and spatial extents of 1.
 */
export const multiply =
  <C extends DraftClass, In extends Shape, S extends Shape, C2 extends DraftClass, T extends Shape>(
    branch: (x: Draft<C, In, S>) => Draft<C2, In, T> & Broadcasts<S, T, "multiply">,
  ) =>
  (x: Draft<C, In, S>): Draft<C2, In, S> =>
    join(x, [straight, branch as Branch], "multiply", { kind: "multiply" });

type BranchOf<C extends DraftClass, In extends Shape, S extends Shape> = (
  x: Draft<C, In, S>,
) => Draft<DraftClass, In>;

type ShapesOf<Bs extends readonly unknown[]> = {
  [I in keyof Bs]: Bs[I] extends (x: never) => Draft<DraftClass, Shape, infer T> ? T : Shape;
};
type ClassOf<Bs extends readonly unknown[]> = Bs[number] extends (
  x: never,
) => Draft<infer C, Shape, Shape>
  ? JoinClass<C>
  : never;

type Concatenated<Ts> = Ts extends readonly [
  readonly [...infer P extends Shape, number],
  ...Shape[],
]
  ? readonly [...P, ChannelSum<Ts>]
  : readonly [...number[], number];

/** What the compiler says of the first branch whose extents are not those of the first one. */
type Aligned<Ts> = Ts extends readonly [infer T extends Shape, ...infer Rest extends Shape[]]
  ? { [I in keyof Rest]: SameExtents<T, Rest[I], "concat"> } extends infer Demands extends
      readonly unknown[]
    ? Demands[number] extends infer Demand
      ? unknown extends Demand
        ? unknown
        : Demand
      : never
    : never
  : unknown;

/**
 * The channels of all branches, one after another.
 *
 * @example
 * import { concat, conv, input } from "heirloom"
 * import { pipe } from "fp-ts/lib/function.js"
 *
 * // As in DenseNet: Draft<"GCNN", readonly [32, 32, 64], readonly [32, 32, 76]>
 * const grown = pipe(
 *   input([32, 32, 64]),
 *   concat([(x) => x, (x) => pipe(x, conv({ filters: 12, kernel: 3 }))]),
 * )
 */
export const concat =
  <
    C extends DraftClass,
    In extends Shape,
    S extends Shape,
    const Bs extends readonly BranchOf<C, In, S>[],
  >(
    branches: Bs & Aligned<ShapesOf<Bs>>,
  ) =>
  (x: Draft<C, In, S>): Draft<ClassOf<Bs>, In, Concatenated<ShapesOf<Bs>>> =>
    join(x, branches as readonly Branch[], "concat", { kind: "concat" });

type Part = (x: Draft<never, never, never>, index: number) => Draft;

const scoped = (part: Part, scope: string | undefined): Part =>
  scope === undefined
    ? part
    : (x, index) => named(`${scope}${index + 1}`, (y) => part(y as never, index))(x);

/** A part `count` times, each reading the one before. */
const repeated = (x: Draft, who: string, count: number, part: Part): Draft<never, never, never> => {
  if (!Number.isSafeInteger(count) || count < 1)
    return {
      progress: E.chain((): Result<Progress> =>
        refuse({ where: who, found: `${count}`, expected: "a whole number of at least 1" }),
      )(x.progress),
    };
  const { progress } = Array.from({ length: count }).reduce<Draft>(
    (draft, _, index) => part({ progress: draft.progress }, index),
    x,
  );
  return { progress };
};

/**
 * The same block `count` times, each reading the one before; the block is told its position, from 0.
 * Where a scope is given the names of its layers begin with that and a number: `block1/`, `block2/`.
 *
 * @example
 * import { build, conv, input, relu, residual, stack } from "heirloom"
 *
 * const stage = pipe(
 *   input([32, 32, 64]),
 *   stack(3, residual((x) => pipe(x, conv({ filters: 64, kernel: 3 }), relu)), "block"),
 *   build({ seed: 0 }),
 * )
 * assert.deepStrictEqual(E.isRight(stage) && stage.right.layers[4].name, "block2/conv1")
 */
export const stack =
  <C extends DraftClass, In extends Shape, S extends Shape, C2 extends DraftClass, T extends Shape>(
    count: number,
    block: (x: Draft<C, In, S>, index: number) => Draft<C2, In, T> & SameAs<S, T, "stack">,
    scope?: string,
  ) =>
  (x: Draft<C, In, S>): Draft<C2, In, S> =>
    repeated(x, "stack", count, scoped(block as Part, scope));

/**
 * As in DenseNet: `count` times, the channels of `branch(x)` are put behind those of `x`; the branch is told
 * its position, from 0. A scope names the layers as in `stack`.
 *
 * @example
 * import { build, conv, densely, input, relu } from "heirloom"
 *
 * // Draft<"GCNN", readonly [8, 8, 16], readonly [8, 8, 28]>: 16 channels and 3 times 4
 * const grown = pipe(input([8, 8, 16]), densely(3, (x) => pipe(x, conv({ filters: 4, kernel: 3 }), relu)))
 * const n = build({ seed: 0 })(grown)
 * assert.deepStrictEqual(E.isRight(n) && n.right.output, [8, 8, 28])
 */
export const densely =
  <
    C extends DraftClass,
    In extends Shape,
    P extends Shape,
    F extends number,
    C2 extends DraftClass,
    const N extends number,
    G extends number,
  >(
    count: N,
    branch: (
      x: Draft<C, In, readonly [...P, number]>,
      index: number,
    ) => Draft<C2, In, readonly [...P, G]>,
    scope?: string,
  ) =>
  (x: Draft<C, In, readonly [...P, F]>): Draft<C2, In, readonly [...P, Add<F, Multiply<N, G>>]> =>
    repeated(
      x,
      "densely",
      count,
      scoped(
        (y, index) =>
          join(y, [straight, (z) => (branch as Part)(z, index)], "concat", { kind: "concat" }),
        scope,
      ),
    );
