/** A convolution all of whose windows lie in the padding: its input gradient is zero, in every form. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, expect, test } from "vitest";
import { formulationOf } from "../../../src/compile/tfjs/formulation.js";
import { convolutionInputGradient } from "../../../src/compile/tfjs/inputGradient.js";
import { axis } from "../../../src/tensor/geometry.js";

beforeAll(() => tf.setBackend("cpu"));

const blind = axis({ kernel: 2, stride: 2, low: 2 });
const plain = axis({ kernel: 1 });

test.each([
  ["dense", 1, 0],
  ["dense, kernel from the left", 1, Infinity],
  ["depthwise", 2, 0],
  ["depthwise with multiplier", 2, 0],
] as const)("%s", (name, groups, positionsPerChannel) => {
  const outputs = name === "depthwise with multiplier" ? 4 : 2;
  const formulation = { ...formulationOf("cpu"), positionsPerChannel };
  const dx = tf.tidy(() =>
    convolutionInputGradient(
      formulation,
      tf.ones([1, 1, 1, outputs]),
      tf.ones([2, 1, 2 / groups, outputs]),
      [blind, plain],
      groups,
      [1, 1],
    ),
  );
  expect([dx.shape, Array.from(dx.dataSync())]).toEqual([
    [1, 1, 1, 2],
    [0, 0],
  ]);
  dx.dispose();
});
