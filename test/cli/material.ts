/** A small pretrained model and small folders of images, on the disk. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PNG } from "pngjs";
import { presets } from "../../src/format/preprocessing.js";
import type { Model } from "../../src/format/modelFile.js";
import { writeDocument } from "../../src/format/document.js";
import { writeLayersModel } from "../../src/format/writeLayersModel.js";
import { withStatistics } from "../../src/adapt/statistics.js";
import type { Network } from "../../src/model/network.js";
import { succeed } from "../generators/succeed.js";
import { classes, pretrained, side, stripes } from "../train/task.js";

export { classes } from "../train/task.js";

/** A picture of one channel with values from -1 to 1 as a PNG. */
const png = (values: ArrayLike<number>): Buffer => {
  const image = new PNG({ width: side, height: side });
  for (let i = 0; i < side * side; i++) {
    const grey = Math.max(0, Math.min(255, Math.round(127.5 * (1 + values[i]! / 2))));
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  return PNG.sync.write(image);
};

/** A folder with one folder of PNG stripes per class, the classes in turn. */
export const imageFolder = async (
  path: string,
  count: number,
  {
    seed = 0,
    named = classes,
  }: { readonly seed?: number; readonly named?: readonly string[] } = {},
): Promise<string> => {
  const examples = stripes(count, seed, 0.1);
  for (const name of named) await mkdir(join(path, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const name = classes[examples.labels[i]!]!;
    if (named.includes(name))
      await writeFile(join(path, name, `${i}.png`), png(succeed(await examples.input(i))));
  }
  return path;
};

/** The pretrained model, with preprocessing to -1..1. */
export const smallModel = (network: Network = withStatistics("frozen")(pretrained())): Model => ({
  name: "small",
  network,
  preprocessing: presets.tf,
  labels: null,
});

/** The pretrained model as a LayersModel. */
export const layersModel = async (path: string, network?: Network): Promise<string> =>
  succeed(await writeLayersModel(smallModel(network), path)).path;

/** The pretrained model as a document. */
export const document = async (path: string, network?: Network): Promise<string> =>
  succeed(await writeDocument(smallModel(network), path));
