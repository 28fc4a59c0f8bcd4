/**
 * The published networks that the benchmarks train, written with the public builder: ResNet (He et al. 2015,
 * arXiv 1512.03385; the stride of a bottleneck in its 3x3 convolution, as in torchvision), VGG-11
 * (Simonyan and Zisserman 2014, arXiv 1409.1556) and MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381).
 *
 * They differ from the papers in what cannot be compared from outside: dropout is left out, since two engines
 * draw different masks. The batch norm that ends a residual branch starts with small factors, as trained ones
 * have; with factors near one the values would double in variance at every block, and losses with them.
 */
import { pipe } from "fp-ts/lib/function.js";
import type { Result } from "../../src/algebra/refusal.js";
import {
  averagePool,
  batchNorm,
  build,
  conv,
  dense,
  flatten,
  globalAveragePool,
  input,
  maxPool,
  named,
  relu,
  relu6,
  residual,
  stack,
  uniform,
  upsample,
  type Draft,
  type DraftClass,
} from "../../src/model/builder.js";
import type { Network } from "../../src/model/network.js";
import type { Shape } from "../../src/tensor/shape.js";

/** What is built; `width` is the channels of a ResNet's stem, 64 as published. */
export type Architecture =
  | {
      readonly kind: "resnet";
      readonly block: "basic" | "bottleneck";
      readonly blocks: readonly [number, number, number, number];
      readonly width: number;
    }
  | { readonly kind: "vgg11" }
  | { readonly kind: "mobilenetv2" };

/** A residual network of basic blocks, two convolutions each. */
export const basicResNet = (
  blocks: readonly [number, number, number, number],
  width = 64,
): Architecture => ({ kind: "resnet", block: "basic", blocks, width });

/** The networks by name. */
export const architectures = {
  resnet18: basicResNet([2, 2, 2, 2]),
  resnet50: { kind: "resnet", block: "bottleneck", blocks: [3, 4, 6, 3], width: 64 },
  vgg11: { kind: "vgg11" },
  mobilenetv2: { kind: "mobilenetv2" },
} as const satisfies Readonly<Record<string, Architecture>>;

/** The name of a published network. */
export type NetworkName = keyof typeof architectures;

/** Classes of the new head. */
export const classes = 10;

/** Parameters that torchvision's networks have with 1000 classes, and the features their head reads. */
const published: Readonly<Record<NetworkName, readonly [parameters: number, features: number]>> = {
  resnet18: [11_689_512, 512],
  resnet50: [25_557_032, 2048],
  vgg11: [132_863_336, 4096],
  mobilenetv2: [3_504_872, 1280],
};

/** Parameters with {@link classes} classes: each class less is a row of the head and its bias less. */
export const publishedParameters = (name: NetworkName): number => {
  const [parameters, features] = published[name];
  return parameters - (1000 - classes) * (features + 1);
};

type Image = Draft<DraftClass, Shape, readonly [number, number, number]>;

interface UnitOptions {
  readonly filters: number;
  readonly kernel: 1 | 3 | 7;
  readonly strides?: number;
  readonly groups?: number;
  /** The last unit of a residual branch. */
  readonly last?: boolean;
}

const around = (
  kernel: number,
): readonly [readonly [number, number], readonly [number, number]] => {
  const side = (kernel - 1) / 2;
  return [
    [side, side],
    [side, side],
  ];
};

/** A convolution without bias, and a batch norm whose statistics are those of no particular data. */
const unit =
  (name: string, { filters, kernel, strides = 1, groups = 1, last = false }: UnitOptions) =>
  (x: Image): Image =>
    pipe(
      x,
      named(name, (y) =>
        pipe(
          y,
          conv({
            filters,
            kernel,
            strides,
            groups,
            padding: around(kernel),
            bias: false,
            name: "conv",
          }),
          batchNorm({
            statistics: "frozen",
            gamma: last ? uniform(0.1, 0.3) : uniform(0.7, 1.1),
            beta: uniform(-0.1, 0.1),
            mean: uniform(-0.1, 0.1),
            variance: uniform(0.8, 1.6),
            name: "norm",
          }),
        ),
      ),
    );

/** Two 3x3 convolutions. */
const basic =
  (filters: number, strides: number) =>
  (x: Image): Image =>
    pipe(
      x,
      unit("unit1", { filters, kernel: 3, strides }),
      relu,
      unit("unit2", { filters, kernel: 3, last: true }),
    );

/** 1x1 to few channels, 3x3 among them, 1x1 to many. */
const bottleneck =
  (filters: number, strides: number) =>
  (x: Image): Image =>
    pipe(
      x,
      unit("unit1", { filters: filters / 4, kernel: 1 }),
      relu,
      unit("unit2", { filters: filters / 4, kernel: 3, strides }),
      relu,
      unit("unit3", { filters, kernel: 1, last: true }),
    );

const resNet =
  ({ block, blocks, width }: Extract<Architecture, { readonly kind: "resnet" }>) =>
  (x: Image): Image => {
    const branch = block === "basic" ? basic : bottleneck;
    const expansion = block === "basic" ? 1 : 4;
    const stage = (y: Image, count: number, index: number): Image => {
      const filters = width * 2 ** index * expansion;
      const strides = index === 0 ? 1 : 2;
      const keeps = index === 0 && expansion === 1;
      const first = keeps
        ? residual(branch(filters, 1))
        : residual(branch(filters, strides), unit("skip", { filters, kernel: 1, strides }));
      return pipe(
        y,
        named(
          `stage${index + 1}`,
          stack(count, (z: Image, position) =>
            pipe(
              z,
              named(`block${position + 1}`, position === 0 ? first : residual(branch(filters, 1))),
              relu,
            ),
          ),
        ),
      );
    };
    const stem = pipe(
      x,
      unit("stem", { filters: width, kernel: 7, strides: 2 }),
      relu,
      maxPool({ size: 3, strides: 2, padding: around(3) }),
    );
    return blocks.reduce(stage, stem);
  };

/** Channels of VGG-11's convolutions; a pooling ends each list. */
const vggStages = [[64], [128], [256, 256], [512, 512], [512, 512]] as const;

/** The extents that VGG's dense layers read whatever the image is. */
const vggExtent = 7;

/**
 * torchvision's adaptive pooling to 7x7. Output i averages the inputs from floor(i n / 7) to
 * ceil((i + 1) n / 7); for n = 1, 2 that is to repeat each input 7 times and average n neighbours.
 */
const toVggExtent =
  (extent: number) =>
  (x: Image): Image =>
    extent === vggExtent
      ? x
      : pipe(x, upsample(vggExtent), (y) =>
          extent === 1 ? y : pipe(y, averagePool({ size: extent })),
        );

const vgg11 =
  (size: number) =>
  (x: Image): Draft<DraftClass, Shape, readonly [number]> => {
    const convolutions = vggStages.reduce<Image>(
      (y, filters, stage) =>
        pipe(
          filters.reduce<Image>(
            (z, count, i) =>
              pipe(z, conv({ filters: count, kernel: 3, name: `conv${stage + 1}_${i + 1}` }), relu),
            y,
          ),
          maxPool({ size: 2 }),
        ),
      x,
    );
    return pipe(
      convolutions,
      toVggExtent(size / 32),
      flatten,
      dense(4096, { name: "dense1" }),
      relu,
      dense(4096, { name: "dense2" }),
      relu,
    );
  };

/** Expansion, channels, blocks and first stride of MobileNetV2's stages. */
const mobileStages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Expand where asked, convolve channel by channel, contract. */
const inverted =
  (inputs: number, expansion: number, filters: number, strides: number) =>
  (x: Image): Image => {
    const channels = inputs * expansion;
    const expanded =
      expansion === 1 ? x : pipe(x, unit("expand", { filters: channels, kernel: 1 }), relu6);
    return pipe(
      expanded,
      unit("depthwise", { filters: channels, kernel: 3, strides, groups: channels }),
      relu6,
      unit("contract", { filters, kernel: 1, last: inputs === filters && strides === 1 }),
    );
  };

const mobileNetV2 = (x: Image): Image => {
  let inputs = 32;
  let y = pipe(x, unit("stem", { filters: inputs, kernel: 3, strides: 2 }), relu6);
  for (const [stage, [expansion, filters, count, first]] of mobileStages.entries())
    for (let block = 0; block < count; block++) {
      const strides = block === 0 ? first : 1;
      const branch = inverted(inputs, expansion, filters, strides);
      const whole = strides === 1 && inputs === filters ? residual(branch) : branch;
      y = pipe(y, named(`stage${stage + 1}/block${block + 1}`, whole));
      inputs = filters;
    }
  return pipe(y, unit("top", { filters: 1280, kernel: 1 }), relu6);
};

/** The network of an architecture over images of `size` pixels, with weights drawn from the seed 0. */
export const networkOf = (
  architecture: Architecture,
  size: number,
): Result<Network<DraftClass, Shape, Shape>> => {
  const image: Image = input([size, size, 3]);
  const features =
    architecture.kind === "vgg11"
      ? vgg11(size)(image)
      : pipe(
          architecture.kind === "resnet" ? resNet(architecture)(image) : mobileNetV2(image),
          globalAveragePool,
        );
  return pipe(features, dense(classes, { name: "head" }), build({ seed: 0 }));
};

/** Image sizes over which an architecture is the published one. */
export const takes = (architecture: Architecture, size: number): boolean =>
  architecture.kind === "vgg11" ? [32, 64, 224].includes(size) : size >= 32 && size % 32 === 0;

/** The extents of the last feature maps: every architecture halves five times. */
export const lastExtent = (size: number): number => Math.ceil(size / 32);
