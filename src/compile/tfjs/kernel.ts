/**
 * Every primitive of the dialect on TensorFlow.js tensors: activations `[n, h, w, c]`, kernels
 * `[kh, kw, in / groups, out]`. The current backend must be the one the formulation is for. Intermediate
 * tensors are left to the caller's `tf.tidy`.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "../../tensor/shape.js";
import type { ElementaryFunction, Primitive } from "../program.js";
import { activation, activationGradient } from "./activation.js";
import { channelAffine, channelDot, channelSum, gateGradient, gateWeight } from "./channel.js";
import { convolution } from "./convolution.js";
import { convolutionFilterGradient } from "./filterGradient.js";
import type { Formulation } from "./formulation.js";
import { convolutionInputGradient } from "./inputGradient.js";
import { crossEntropy, crossEntropyGradient } from "./loss.js";
import { block, broadcastAxes, padAxes, product, sumAxes } from "./movement.js";
import { planeActivation, planeExtents, planeGeometry, planeKernel } from "./plane.js";
import { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from "./pooling.js";
import { upsample, upsampleGradient } from "./resampling.js";

const elementary = (fn: ElementaryFunction, x: tf.Tensor): tf.Tensor => {
  switch (fn) {
    case "exp":
      return tf.exp(x);
    case "log":
      return tf.log(x);
    case "sqrt":
      return tf.sqrt(x);
    case "reciprocal":
      return tf.div(1, x);
  }
};

const compute = (f: Formulation, p: Primitive, args: readonly tf.Tensor[]): tf.Tensor => {
  const x = args[0]!;
  const y = args[1]!;
  const z = args[2]!;
  switch (p.op) {
    case "conv":
      return convolution(
        f,
        planeActivation(x),
        planeKernel(y),
        planeGeometry(p.geometry),
        p.groups,
      );
    case "convInputGrad":
      return convolutionInputGradient(
        f,
        planeActivation(x),
        planeKernel(y),
        planeGeometry(p.geometry),
        p.groups,
        planeExtents(p.extents),
      );
    case "convFilterGrad":
      return convolutionFilterGradient(
        f,
        planeActivation(x),
        planeActivation(y),
        planeGeometry(p.geometry),
        p.groups,
      );
    case "gateWeight":
      return gateWeight(x, y);
    case "gateGrad":
      return gateGradient(f, x, y);
    case "channelAffine":
      return channelAffine(f, x, y, z);
    case "channelScale":
    case "multiply":
    case "scaleBy":
      return tf.mul(x, y);
    case "channelShift":
    case "add":
      return tf.add(x, y);
    case "channelSum":
      return channelSum(f, x);
    case "channelDot":
      return channelDot(f, x, y);
    case "matmul":
      return product(f, x as tf.Tensor2D, y as tf.Tensor2D, p.transposeA, p.transposeB);
    case "subtract":
      return tf.sub(x, y);
    case "divide":
      return tf.div(x, y);
    case "scale":
      return tf.mul(x, p.factor);
    case "offset":
      return tf.add(x, p.by);
    case "elementary":
      return elementary(p.fn, x);
    case "activation":
      return activation(p.fn, x);
    case "activationGrad":
      return activationGradient(p.fn, x, y, z);
    case "sum":
      return sumAxes(f, x, p.axes);
    case "broadcast":
      return broadcastAxes(x, p.axes, p.shape);
    case "reshape":
      return tf.reshape(x, [...p.shape]);
    case "pad":
      return padAxes(x, p.padding);
    case "slice":
      return block(x, p.begin, p.shape);
    case "concat":
      return tf.concat([...args], -1);
    case "maxPool":
      return maxPool(f, planeActivation(x), planeGeometry(p.geometry));
    case "maxPoolGrad":
      return maxPoolGradient(
        f,
        planeActivation(x),
        planeActivation(y),
        planeActivation(z),
        planeGeometry(p.geometry),
      );
    case "averagePool":
      return averagePool(f, planeActivation(x), planeGeometry(p.geometry), p.divisor);
    case "averagePoolGrad":
      return averagePoolGradient(
        f,
        planeActivation(x),
        planeGeometry(p.geometry),
        p.divisor,
        planeExtents(p.extents),
      );
    case "upsample":
      return upsample(x, p.factors, p.interpolation);
    case "upsampleGrad":
      return upsampleGradient(f, x, p.factors, p.interpolation);
    case "crossEntropy":
      return crossEntropy(x, y);
    case "crossEntropyGrad":
      return crossEntropyGradient(x, y, z);
  }
};

/**
 * Run one primitive. The result is a new tensor of `shape` that the caller owns, also where it shares its
 * memory with an argument; nothing else stays allocated, whether the backend throws or not.
 */
export const runPrimitive = (
  f: Formulation,
  p: Primitive,
  args: readonly tf.Tensor[],
  shape: Shape,
): tf.Tensor => tf.tidy(() => tf.reshape(compute(f, p, args), [...shape]));
