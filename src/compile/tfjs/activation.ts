/**
 * Activations and their adjoints. Pieces are chosen by `step(x)`, 1 above zero and 0 elsewhere, so a kink
 * gets its left derivative; on wasm `step` is vectorised where Greater, Select and Cast are not.
 *
 * GELU's tanh formula is `x * sigmoid(2u)` with `u = sqrt(2 / pi) (x + 0.044715 x^3)`, because
 * `(1 + tanh u) / 2 = sigmoid(2u)`: one vectorised function, and no cancellation for negative `x`. The
 * exact GELU rests on the backend's Erf, which approximates to 1.5e-7 absolutely (Abramowitz and Stegun
 * 7.1.26) on every backend of TensorFlow.js but TensorFlow's own.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { ActivationFunction } from "../../model/activation.js";

const negativePart = (x: tf.Tensor): tf.Tensor => tf.neg(tf.relu(tf.neg(x)));

/** Above the kink `a`, elsewhere `b`: `mask * a + (1 - mask) * b` with a mask of zeros and ones. */
const choose = (mask: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(mask, a), tf.sub(b, tf.mul(mask, b)));

const geluSlope = 2 * Math.sqrt(2 / Math.PI);
const geluCubic = 0.044715;

const geluGate = (x: tf.Tensor, approximate: boolean): tf.Tensor =>
  approximate
    ? tf.sigmoid(tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), geluCubic), 1)), geluSlope))
    : tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** `y = fn(x)`; softmax along the last axis. */
export const activation = (fn: ActivationFunction, x: tf.Tensor): tf.Tensor => {
  switch (fn.name) {
    case "relu":
      return tf.relu(x);
    case "relu6":
      return tf.clipByValue(x, 0, 6);
    case "leakyRelu":
      return tf.add(tf.relu(x), tf.mul(negativePart(x), fn.slope));
    case "elu":
      return fn.alpha === 1
        ? tf.elu(x)
        : tf.add(tf.relu(x), tf.mul(tf.elu(negativePart(x)), fn.alpha));
    case "sigmoid":
      return tf.sigmoid(x);
    case "tanh":
      return tf.tanh(x);
    case "swish":
      return tf.mul(x, tf.sigmoid(x));
    case "gelu":
      return tf.mul(x, geluGate(x, fn.approximate));
    case "hardSigmoid":
      return tf.clipByValue(tf.add(tf.mul(x, fn.slope), fn.offset), 0, 1);
    case "hardSwish":
      return tf.mul(x, tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6));
    case "softmax":
      return tf.softmax(x, -1);
  }
};

/** The derivative of an element-wise activation at `x`, given `y = fn(x)`. */
const slope = (
  fn: Exclude<ActivationFunction, { name: "softmax" | "leakyRelu" | "elu" }>,
  x: tf.Tensor,
  y: tf.Tensor,
): tf.Tensor => {
  const below = (bound: number, value: tf.Tensor): tf.Tensor =>
    tf.sub(1, tf.step(tf.sub(value, bound)));
  switch (fn.name) {
    case "relu":
      return tf.step(x);
    case "relu6":
      return tf.mul(tf.step(x), below(6, x));
    case "sigmoid":
      return tf.mul(y, tf.sub(1, y));
    case "tanh":
      return tf.sub(1, tf.square(y));
    case "swish": {
      const gate = tf.sigmoid(x);
      return tf.add(gate, tf.mul(y, tf.sub(1, gate)));
    }
    case "gelu": {
      const gate = geluGate(x, fn.approximate);
      if (!fn.approximate)
        return tf.add(
          gate,
          tf.mul(tf.mul(x, tf.exp(tf.mul(tf.square(x), -0.5))), 1 / Math.sqrt(2 * Math.PI)),
        );
      const inner = tf.mul(tf.add(tf.mul(tf.square(x), 3 * geluCubic), 1), geluSlope);
      return tf.add(gate, tf.mul(tf.mul(y, tf.sub(1, gate)), inner));
    }
    case "hardSigmoid": {
      const z = tf.add(tf.mul(x, fn.slope), fn.offset);
      return tf.mul(tf.mul(tf.step(z), below(1, z)), fn.slope);
    }
    case "hardSwish": {
      const between = tf.mul(
        tf.mul(tf.step(tf.add(x, 3)), below(3, x)),
        tf.div(tf.add(tf.mul(x, 2), 3), 6),
      );
      return tf.add(between, tf.step(tf.sub(x, 3)));
    }
  }
};

/** `dx` from `x`, `y = fn(x)` and `dy`. */
export const activationGradient = (
  fn: ActivationFunction,
  x: tf.Tensor,
  y: tf.Tensor,
  dy: tf.Tensor,
): tf.Tensor => {
  switch (fn.name) {
    case "softmax":
      return tf.mul(y, tf.sub(dy, tf.sum(tf.mul(dy, y), -1, true)));
    case "leakyRelu":
      return choose(tf.step(x), dy, tf.mul(dy, fn.slope));
    case "elu":
      return choose(tf.step(x), dy, tf.mul(dy, tf.add(y, fn.alpha)));
    default:
      return tf.mul(dy, slope(fn, x, y));
  }
};
