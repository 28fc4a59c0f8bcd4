/**
 * A multilayer perceptron on vectors and, with the same weights, at every position of an image: a GFFN layer
 * has one scalar for each pair of channels, so the extents do not enter the count.
 */
import { pipe } from "fp-ts/lib/function.js";
import { dense, dropout, input, relu, type Draft, type DraftClass, type Shape } from "heirloom";

/** Keras's example for MNIST: two hidden layers of 512. */
const layers = <C extends DraftClass, In extends Shape, P extends Shape>(
  x: Draft<C, In, readonly [...P, number]>,
) => pipe(x, dense(512), relu, dropout(0.2), dense(512), relu, dropout(0.2), dense(10));

export const mlp: Draft<"GFFN", readonly [784], readonly [10]> = pipe(input([784]), layers);

export const mlpOnTensors: Draft<"GFFN", readonly [7, 7, 784], readonly [7, 7, 10]> = pipe(
  input([7, 7, 784]),
  layers,
);
