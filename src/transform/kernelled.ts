/** Layers with a spatial kernel, gated or not: what a change of groups or of the window applies to. */
import type { Layer } from "../model/network.js";
import type { Kernelled, Operator } from "../model/operator.js";

/** A convolution or a projected layer. */
export type KernelledLayer<A = number> = Layer<A> & { readonly op: Kernelled<A> };

/** Whether an operator has a spatial kernel. */
export const isKernelled = <A>(op: Operator<A>): op is Kernelled<A> =>
  op.kind === "convolution" || op.kind === "projected";

/** Whether a layer has a spatial kernel. */
export const isKernelledLayer = <A>(layer: Layer<A>): layer is KernelledLayer<A> =>
  isKernelled(layer.op);
