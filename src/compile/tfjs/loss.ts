/**
 * Softmax cross-entropy, stable by log-sum-exp: with `z = logits - max(logits)`, every `exp(z)` is at most
 * 1 and one of them is 1, so neither overflow nor the logarithm of zero can occur.
 */
import * as tf from "@tensorflow/tfjs-core";

/** `-sum_c targets * log softmax(logits)`, one number per example. */
export const crossEntropy = (logits: tf.Tensor, targets: tf.Tensor): tf.Tensor => {
  const z = tf.sub(logits, tf.max(logits, -1, true));
  const logSum = tf.log(tf.sum(tf.exp(z), -1, true));
  return tf.sum(tf.mul(targets, tf.sub(logSum, z)), -1);
};

/** `dy * (softmax(logits) * sum_c targets - targets)`. */
export const crossEntropyGradient = (
  logits: tf.Tensor,
  targets: tf.Tensor,
  dy: tf.Tensor,
): tf.Tensor =>
  tf.mul(
    tf.reshape(dy, [dy.size, 1]),
    tf.sub(tf.mul(tf.softmax(logits, -1), tf.sum(targets, -1, true)), targets),
  );
