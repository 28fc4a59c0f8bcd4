/**
 * What both sides are handed: one folder per network with
 *
 *     document/             the network as a Heirloom document, which our side reads
 *     weights.safetensors   the same weights in PyTorch's layouts, so that neither side has to rearrange
 *     input-N.safetensors   a batch of N images, channels last
 *
 * Layouts: our kernels `[h, w, in / groups, out]` are PyTorch's `[out, in / groups, h, w]`, our dense weights
 * `[in, out]` its `[out, in]`. A dense layer behind a flatten reads `h, w, c` here and `c, h, w` there.
 */
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { randomStream } from "../../../src/algebra/random.js";
import { showRefusal, type Result } from "../../../src/algebra/refusal.js";
import { writeDocument } from "../../../src/format/document.js";
import { presets } from "../../../src/format/preprocessing.js";
import { encodeSafetensors } from "../../../src/format/safetensors.js";
import type { Network } from "../../../src/model/network.js";
import { weightsOf } from "../../../src/model/operator.js";
import { size, type Shape } from "../../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { networkOf } from "../networks.js";
import { sharedKey, type Setting } from "./setting.js";

/** Unwrap, or throw the refusal: a benchmark has nobody to hand it to. */
export const must = <A>(r: Result<A>): A => {
  if (E.isLeft(r)) throw new Error(showRefusal(r.left));
  return r.right;
};

/** The tensor whose axis `i` is axis `order[i]` of `t`. */
export const permuted = (t: Tensor<number>, order: readonly number[]): Tensor<number> => {
  const strides = t.shape.map((_, axis) => size(t.shape.slice(axis + 1)));
  const shape = order.map((axis) => t.shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const data = new Float32Array(t.data.length);
  let to = 0;
  const copy = (axis: number, from: number): void => {
    const extent = shape[axis]!;
    const step = steps[axis]!;
    if (axis === shape.length - 1)
      for (let i = 0; i < extent; i++) data[to++] = t.data[from + i * step]!;
    else for (let i = 0; i < extent; i++) copy(axis + 1, from + i * step);
  };
  copy(0, 0);
  return tensor(shape, data);
};

const torchLayout = (
  weight: string,
  t: Tensor<number>,
  flattened: Shape | null,
): Tensor<number> => {
  if (weight === "kernel") return permuted(t, [3, 2, 0, 1]);
  if (weight !== "weights") return t;
  if (flattened === null) return permuted(t, [1, 0]);
  const [h, w, c] = flattened as readonly [number, number, number];
  const outputs = t.shape[1]!;
  return tensor(
    [outputs, h * w * c],
    permuted(tensor([h, w, c, outputs], t.data), [3, 2, 0, 1]).data,
  );
};

/** Every weight of a network in PyTorch's layout, as `layer/weight`. */
export const torchWeights = (network: Network): ReadonlyMap<string, Tensor<number>> => {
  const layers = new Map(network.layers.map((layer) => [layer.name, layer]));
  return new Map(
    network.layers.flatMap(({ name, op, inputs }) => {
      const before = layers.get(inputs[0] ?? "");
      const flattened = before?.op.kind === "flatten" ? layers.get(before.inputs[0]!)!.shape : null;
      return weightsOf(op).map(
        ([weight, t]) => [`${name}/${weight}`, torchLayout(weight, t, flattened)] as const,
      );
    }),
  );
};

const writeTensors = (path: string, tensors: ReadonlyMap<string, Tensor<number>>): Promise<void> =>
  writeFile(path, encodeSafetensors(tensors));

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Where a batch of images lies. */
export const inputFile = (folder: string, batch: number): string =>
  join(folder, `input-${batch}.safetensors`);

/** Where our side finds its network. */
export const documentFolder = (folder: string): string => join(folder, "document");

/** Write what a setting needs below `root`, unless it is there; returns the folder. */
export const provide = async (root: string, setting: Setting): Promise<string> => {
  const folder = join(root, sharedKey(setting));
  if (!(await exists(folder))) {
    await mkdir(folder, { recursive: true });
    const network = must(networkOf(setting.architecture, setting.size));
    must(
      await writeDocument(
        {
          name: setting.network,
          network,
          preprocessing: presets.none,
          labels: null,
        },
        documentFolder(folder),
      ),
    );
    await writeTensors(join(folder, "weights.safetensors"), torchWeights(network));
  }
  const input = inputFile(folder, setting.batch);
  if (!(await exists(input))) {
    const shape = [setting.batch, setting.size, setting.size, 3];
    const random = randomStream(0, "images");
    const images = tensor(
      shape,
      Float32Array.from({ length: size(shape) }, () => random.normal()),
    );
    await writeTensors(input, new Map([["images", images]]));
  }
  return folder;
};
