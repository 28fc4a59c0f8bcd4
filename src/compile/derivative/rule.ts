/**
 * What an adjoint rule is. For a node `y = f(a, b, ...)` inside a loss `L` and `c = dL/dy`, the rule of `f`
 * says what the node contributes to `dL/da`, `dL/db`, ...: it emits `f'(a, b, ...)^T c` in primitives.
 */
import type { Shape } from "../../tensor/shape.js";
import type { Builder } from "../builder.js";
import type { NodeId, Primitive } from "../program.js";

/** The node that a rule differentiates. */
export interface Application {
  /** The arguments, the value, and the cotangent of the value. */
  readonly args: readonly NodeId[];
  readonly value: NodeId;
  readonly cotangent: NodeId;
  /** The shape of an argument. */
  readonly shape: (i: number) => Shape;
}

/**
 * What a node contributes to one argument: code to emit if somebody needs it, nothing (because another
 * argument carries it already), or a reason why the dialect cannot express it.
 */
export type Contribution = (() => NodeId) | "nothing" | { readonly missing: string };

/** Contributions to each argument in order. */
export type Rule<P extends Primitive = Primitive> = <A>(
  b: Builder<A>,
  p: P,
  at: Application,
) => readonly Contribution[];

type Matching<P, Op> = P extends { readonly op: infer O } ? (Op extends O ? P : never) : never;

/** The primitive of a name. */
export type PrimitiveOf<Op extends Primitive["op"]> = Matching<Primitive, Op>;

/** One rule per primitive of the given names. */
export type Rules<Op extends Primitive["op"]> = { readonly [K in Op]: Rule<PrimitiveOf<K>> };
