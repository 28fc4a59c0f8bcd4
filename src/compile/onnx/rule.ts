/** How one primitive becomes operators of a graph. */
import type { Primitive, PrimitiveName } from "../program.js";
import type { Shape } from "../../tensor/shape.js";
import type { Layout } from "./layout.js";
import type { Lowering } from "./lowering.js";
import type { Value } from "./value.js";

/** The primitive of a name. */
export type PrimitiveNamed<N extends PrimitiveName> = Extract<Primitive, { readonly op: N }>;

/** One application to be lowered. */
export interface Application<P extends Primitive = Primitive> {
  readonly primitive: P;
  readonly args: readonly Value[];
  /** The shape of the result. */
  readonly shape: Shape;
  /** The layout that has been assigned to the result: a wish that saves conversions, no duty. */
  readonly wish: Layout;
}

/** The value of an application. */
export type Rule<P extends Primitive = Primitive> = (c: Lowering, a: Application<P>) => Value;
