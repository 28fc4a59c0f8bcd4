/**
 * Formulations of the convolution gradients on wasm at the shapes of ResNet-50 (batch 16), as ratios to the
 * forward convolution. Every round runs all formulations once, in turn, and packs a fresh kernel, as a
 * training step does. `src/compile/tfjs/` quotes the outcome.
 *
 *     npm run bench -- gradients
 */
import * as tf from "@tensorflow/tfjs-core";
import { convolution } from "../../src/compile/tfjs/convolution.js";
import { convolutionFilterGradient } from "../../src/compile/tfjs/filterGradient.js";
import { formulationOf, type Formulation } from "../../src/compile/tfjs/formulation.js";
import { convolutionInputGradient } from "../../src/compile/tfjs/inputGradient.js";
import type { PlaneGeometry } from "../../src/compile/tfjs/window.js";
import { samePadding } from "../../src/tensor/geometry.js";
import "@tensorflow/tfjs-backend-wasm";

interface Layer {
  readonly extent: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
}

const batch = 16;

/** The distinct 3x3 and 1x1 layers of ResNet-50's four stages over images of `image` pixels. */
const layersOf = (image: number): readonly Layer[] =>
  [64, 128, 256, 512].flatMap((width, stage) => {
    const extent = Math.max(1, image / 4 / 2 ** stage);
    const before = Math.max(1, stage === 0 ? extent : extent * 2);
    const layer = (
      kernel: number,
      inputs: number,
      outputs: number,
      stride = 1,
      at = extent,
    ): Layer => ({ extent: at, inputs, outputs, kernel, stride });
    return [
      layer(3, width, width),
      layer(1, width, 4 * width),
      layer(1, 4 * width, width),
      ...(stage === 0
        ? []
        : [layer(3, width, width, 2, before), layer(1, 2 * width, 4 * width, 2, before)]),
    ];
  });

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1]!;

const race = (runs: Readonly<Record<string, () => tf.Tensor>>): Record<string, number> => {
  const times: Record<string, number[]> = {};
  for (let round = -1; round < 7; round++)
    for (const [name, run] of Object.entries(runs)) {
      const begun = performance.now();
      tf.tidy(run).dispose();
      if (round >= 0) (times[name] ??= []).push(performance.now() - begun);
    }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
};

const zeroInserted = (
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  stride: number,
  low: number,
  extent: number,
) => {
  const [n, oh, ow, c] = dy.shape;
  const k = w.shape[0];
  const spread = tf.reshape<tf.Rank.R4>(
    tf.pad(tf.reshape(dy, [n * oh, 1, ow, c]), [
      [0, 0],
      [0, stride - 1],
      [0, 0],
      [0, (stride - 1) * c],
    ]),
    [n, oh * stride, ow * stride, c],
  );
  const flipped = tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2]);
  const before = k - 1 - low;
  const after = extent + k - 1 - before - oh * stride;
  return tf.conv2d(
    tf.pad(spread, [
      [0, 0],
      [before, Math.max(0, after)],
      [before, Math.max(0, after)],
      [0, 0],
    ]),
    flipped,
    1,
    "valid",
  );
};

const measure = (f: Formulation, { extent, inputs, outputs, kernel, stride }: Layer): string => {
  const [low, high] = samePadding(kernel, stride, 1, extent);
  const a = { kernel, stride, dilation: 1, low, high };
  const g: PlaneGeometry = [a, a];
  const out = Math.ceil(extent / stride);
  const x = tf.randomNormal<tf.Rank.R4>([batch, extent, extent, inputs]);
  const dy = tf.randomNormal<tf.Rank.R4>([batch, out, out, outputs]);
  const w = tf.randomNormal<tf.Rank.R4>([kernel, kernel, inputs, outputs]);
  const fresh = (): tf.Tensor4D => tf.add(w, 0);
  const inputGradient = (positionsPerChannel: number) => () =>
    convolutionInputGradient({ ...f, positionsPerChannel }, dy, fresh(), g, 1, [extent, extent]);
  const times = race({
    forward: () => convolution(f, x, fresh(), g, 1),
    "dx residues": inputGradient(0),
    "dx left": inputGradient(Infinity),
    ...(stride > 1 ? { "dx zeros": () => zeroInserted(dy, fresh(), stride, low, extent) } : {}),
    "dx native": () => tf.conv2dTranspose(dy, fresh(), x.shape, stride, "same"),
    "dw ours": () => convolutionFilterGradient(f, x, dy, g, 1),
  });
  tf.dispose([x, dy, w]);
  const { forward, ...rest } = times;
  const ratios = Object.entries(rest).map(([name, t]) => `${name} ${(t / forward!).toFixed(1)}`);
  const positions = (batch * out * out) / outputs;
  return `${kernel}x${kernel} stride ${stride} ${extent}x${extent} ${inputs}->${outputs} (${positions} positions a channel): ${ratios.join(", ")}`;
};

await tf.setBackend("wasm");
for (const image of [64, 32]) {
  process.stdout.write(
    `ResNet-50 at ${image}x${image}, batch ${batch}; ratios to the forward convolution\n`,
  );
  for (const layer of layersOf(image))
    process.stdout.write(`${measure(formulationOf("wasm"), layer)}\n`);
}
