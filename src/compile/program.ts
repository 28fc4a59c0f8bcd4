/**
 * The step program: a straight-line list of tensor primitives in single-assignment form.
 *
 * The dialect is layout-free. Shapes are written channels last and kernels `[...extents, in / groups, out]`
 * as everywhere in Heirloom, but each target chooses how it stores them. Activations carry the batch in
 * front: `[batch, ...spatial, channels]`. The convolution gradients, the gate and the per-channel maps are
 * primitives, so that a target can choose the best formulation of each for the shape at hand.
 *
 * The dialect is closed under differentiation: the adjoint of each primitive is a program of primitives
 * (see `derivative.ts`), but for the second derivatives of activations, of max pooling and of the loss,
 * which are refused.
 */
import type { ActivationFunction } from "../model/activation.js";
import type { Geometry } from "../tensor/geometry.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** Element-wise functions of one argument that are no activation. */
export type ElementaryFunction = "exp" | "log" | "sqrt" | "reciprocal";

/** What one instruction computes. Arguments are in brackets; `n` is the batch. */
export type Primitive =
  /** [x, w]: the convolution of `model/`'s geometry and groups. */
  | { readonly op: "conv"; readonly geometry: Geometry; readonly groups: number }
  /** [dy, w]: the adjoint of `conv` in x, whose spatial extents are `extents`. */
  | {
      readonly op: "convInputGrad";
      readonly geometry: Geometry;
      readonly groups: number;
      readonly extents: Shape;
    }
  /** [x, dy]: the adjoint of `conv` in w. */
  | { readonly op: "convFilterGrad"; readonly geometry: Geometry; readonly groups: number }
  /** [F, g]: `W[...t, k, j] = F[...t, k, j] * g[k, j]`. */
  | { readonly op: "gateWeight" }
  /** [F, dW]: `dg[k, j] = sum_t F[...t, k, j] * dW[...t, k, j]`. */
  | { readonly op: "gateGrad" }
  /** [x, scale, shift]: `x * scale + shift` along the last axis. */
  | { readonly op: "channelAffine" }
  /** [x, scale]: `x * scale` along the last axis. */
  | { readonly op: "channelScale" }
  /** [x, shift]: `x + shift` along the last axis. */
  | { readonly op: "channelShift" }
  /** [x]: the sum over all axes but the last. */
  | { readonly op: "channelSum" }
  /** [x, y]: the sum of `x * y` over all axes but the last. */
  | { readonly op: "channelDot" }
  /** [a, b]: the product of two matrices, either one transposed first. */
  | { readonly op: "matmul"; readonly transposeA: boolean; readonly transposeB: boolean }
  /** [x, y] of one shape. */
  | { readonly op: "add" | "subtract" | "multiply" | "divide" }
  /** [x]: `x * factor`. */
  | { readonly op: "scale"; readonly factor: number }
  /** [x]: `x + by`. */
  | { readonly op: "offset"; readonly by: number }
  /** [x, s] with `s` a scalar: `x * s`. */
  | { readonly op: "scaleBy" }
  /** [x]: an element-wise function. */
  | { readonly op: "elementary"; readonly fn: ElementaryFunction }
  /** [x]: an activation; softmax along the last axis. */
  | { readonly op: "activation"; readonly fn: ActivationFunction }
  /** [x, y, dy] with `y` the activation of `x`: the adjoint of `activation`. At a kink the left derivative. */
  | { readonly op: "activationGrad"; readonly fn: ActivationFunction }
  /** [x]: the sum over `axes`, which disappear. */
  | { readonly op: "sum"; readonly axes: readonly number[] }
  /** [x]: the adjoint of `sum`: repeat x along `axes` of `shape`. */
  | { readonly op: "broadcast"; readonly axes: readonly number[]; readonly shape: Shape }
  /** [x]: the same elements under another shape. */
  | { readonly op: "reshape"; readonly shape: Shape }
  /** [x]: zeros before and after each axis, the batch and channels included. */
  | { readonly op: "pad"; readonly padding: readonly (readonly [low: number, high: number])[] }
  /** [x]: the block that starts at `begin` and has `shape`. */
  | { readonly op: "slice"; readonly begin: Shape; readonly shape: Shape }
  /** [x, ...]: one after another along the last axis. */
  | { readonly op: "concat" }
  /** [x]: the largest value of each window. */
  | { readonly op: "maxPool"; readonly geometry: Geometry }
  /** [x, y, dy]: the adjoint of `maxPool`; of several largest values the first in row-major order takes all. */
  | { readonly op: "maxPoolGrad"; readonly geometry: Geometry }
  /** [x]: the mean of each window. */
  | {
      readonly op: "averagePool";
      readonly geometry: Geometry;
      readonly divisor: "valid" | "window";
    }
  /** [dy]: the adjoint of `averagePool` over an input of spatial `extents`. */
  | {
      readonly op: "averagePoolGrad";
      readonly geometry: Geometry;
      readonly divisor: "valid" | "window";
      readonly extents: Shape;
    }
  /** [x]: enlarge the spatial axes; bilinear as in `model/operator.ts`. */
  | {
      readonly op: "upsample";
      readonly factors: Shape;
      readonly interpolation: "nearest" | "bilinear";
    }
  /** [dy]: the adjoint of `upsample`. */
  | {
      readonly op: "upsampleGrad";
      readonly factors: Shape;
      readonly interpolation: "nearest" | "bilinear";
    }
  /** [logits, targets], both `[n, classes]`: `-sum_c targets * log softmax(logits)`, one number per example. */
  | { readonly op: "crossEntropy" }
  /** [logits, targets, dy] with `dy` `[n]`: `dy * (softmax(logits) * sum_c targets - targets)`. */
  | { readonly op: "crossEntropyGrad" };

/** The name of a primitive. */
export type PrimitiveName = Primitive["op"];

/**
 * What an input is for. `parameter` and `state` live on the device between steps, and an output of the
 * same name replaces them; `batch` and `hyper` (scalars such as the rate) come with every step.
 */
export type InputRole = "parameter" | "state" | "batch" | "hyper";

/** Where a value comes from. Its identity is its position in `Program.nodes`. */
export type ProgramNode<A = number> =
  | {
      readonly kind: "input";
      readonly name: string;
      readonly role: InputRole;
      readonly shape: Shape;
    }
  | {
      readonly kind: "constant";
      readonly name: string;
      readonly shape: Shape;
      readonly value: Tensor<A>;
    }
  | {
      readonly kind: "apply";
      readonly primitive: Primitive;
      readonly args: readonly NodeId[];
      readonly shape: Shape;
      /** The layer it belongs to, for messages. */
      readonly layer: string | null;
    };

/** The position of a node in its program; arguments always come earlier. */
export type NodeId = number;

/** A named result. */
export interface ProgramOutput {
  readonly name: string;
  readonly node: NodeId;
}

/** A straight-line program over tensors with elements in `A`. */
export interface Program<A = number> {
  readonly nodes: readonly ProgramNode<A>[];
  readonly outputs: readonly ProgramOutput[];
}
