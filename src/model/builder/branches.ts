/**
 * Parallel branches: functions of one draft whose values meet again. Each branch continues the list of
 * layers where the one before stopped, and begins to read at the common head.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Shape } from "../../tensor/shape.js";
import type { Operator } from "../operator.js";
import {
  appendTo,
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
    C3 extends DraftClass = C,
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

/**
 * The same block `count` times, each reading the one before; the block is told its position, from 0.
 *
 * @example
 * import { conv, input, named, relu, residual, stack } from "heirloom"
 * import { pipe } from "fp-ts/lib/function.js"
 *
 * const stage = pipe(
 *   input([32, 32, 64]),
 *   stack(3, (x, i) =>
 *     pipe(x, named(`block${i}`, residual((y) => pipe(y, conv({ filters: 64, kernel: 3 }), relu)))),
 *   ),
 * )
 */
export const stack =
  <C extends DraftClass, In extends Shape, S extends Shape, C2 extends DraftClass, T extends Shape>(
    count: number,
    block: (x: Draft<C, In, S>, index: number) => Draft<C2, In, T> & SameAs<S, T, "stack">,
  ) =>
  (x: Draft<C, In, S>): Draft<C2, In, S> => {
    if (!Number.isSafeInteger(count) || count < 1)
      return {
        progress: E.chain((): Result<Progress> =>
          refuse({ where: "stack", found: `${count}`, expected: "a whole number of at least 1" }),
        )(x.progress),
      };
    const again = block as (x: Draft<never, never, never>, index: number) => Draft;
    const { progress } = Array.from({ length: count }).reduce<Draft>(
      (draft, _, index) => again({ progress: draft.progress }, index),
      x,
    );
    return { progress };
  };
