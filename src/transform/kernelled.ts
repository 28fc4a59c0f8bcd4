/** Layers with a spatial kernel, gated or not: what a change of groups or of the window applies to. */
import type { Layer } from "../model/network.js";
import type { Kernelled } from "../model/operator.js";

/** A convolution or a projected layer. */
export type KernelledLayer<A = number> = Layer<A> & { readonly op: Kernelled<A> };

/** Whether a layer has a spatial kernel. */
export const isKernelledLayer = <A>(layer: Layer<A>): layer is KernelledLayer<A> =>
  layer.op.kind === "convolution" || layer.op.kind === "projected";
