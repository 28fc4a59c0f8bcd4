/**
 * The architectures of docs/examples against their published figures. Parameters and multiply-adds ("GFLOPS")
 * of ResNet, VGG, MobileNetV2, DenseNet-121 and ConvNeXt-T: torchvision 0.21,
 * https://pytorch.org/vision/0.21/models.html (each model's `num_params` and `_ops`). U-Net: the summary of the
 * Keras implementation of the padded variant with one input channel, https://github.com/zhixuhao/unet. MLP:
 * Keras's example mnist_mlp, https://github.com/keras-team/keras/blob/2.3.0/examples/mnist_mlp.py.
 */
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, expectTypeOf, it } from "vitest";
import { onnxTarget } from "heirloom/onnx";
import {
  asClass,
  build,
  check,
  countNetwork,
  evaluate,
  float32,
  inferenceProgram,
  input,
  inventoryOf,
  outline,
  project,
  saving,
  tensor,
  type Count,
  type Draft,
  type Network,
  type Result,
} from "heirloom";
import { block, convNeXtT } from "../../docs/examples/convnext.js";
import { denseNet121 } from "../../docs/examples/densenet.js";
import { mlp, mlpOnTensors } from "../../docs/examples/mlp.js";
import { mobileNetV2 } from "../../docs/examples/mobilenet.js";
import { resNet152, resNet18, resNet34, resNet50 } from "../../docs/examples/resnet.js";
import { uNet } from "../../docs/examples/unet.js";
import { vgg11, vgg16 } from "../../docs/examples/vgg.js";
import { succeed } from "../generators/succeed.js";

type Drafted = Draft<"GCNN" | "GFFN">;

const countOf = (draft: Drafted): Count => countNetwork(succeed(outline(draft)));

/** What a framework calls the parameters: the running statistics of batch norms are none. */
const learned = (draft: Drafted): number => {
  const { parameters, statistics } = countOf(draft);
  return parameters - statistics;
};

describe("published counts", () => {
  const published: readonly (readonly [string, Drafted, number, string | null])[] = [
    ["ResNet-18", resNet18, 11_689_512, "1.81"],
    ["ResNet-34", resNet34, 21_797_672, "3.66"],
    ["ResNet-50", resNet50, 25_557_032, "4.09"],
    ["ResNet-152", resNet152, 60_192_808, "11.51"],
    ["VGG-11", vgg11, 132_863_336, "7.61"],
    ["VGG-16", vgg16, 138_357_544, "15.47"],
    ["MobileNetV2", mobileNetV2, 3_504_872, "0.30"],
    ["DenseNet-121", denseNet121, 7_978_856, "2.83"],
    ["ConvNeXt-T", convNeXtT, 28_589_128, "4.46"],
    ["U-Net, padded, 64 to 1024 channels", uNet, 31_031_685, null],
    ["MLP", mlp, 669_706, null],
    ["MLP at every position", mlpOnTensors, 669_706, null],
  ];
  it.each(published)("%s", (_, draft, parameters, giga) => {
    expect(learned(draft)).toBe(parameters);
    if (giga !== null) expect((countOf(draft).multiplyAdds / 1e9).toFixed(2)).toBe(giga);
  });

  it("a ConvNeXt block of c channels: 8 c^2 + 58 c", () => {
    for (const c of [96, 192, 384, 768])
      expect(learned(pipe(input([14, 14, c]), block(c)))).toBe(8 * c * c + 58 * c);
  });
});

describe("what projection learns", () => {
  it.each([
    // Kernel weights, gates in millions; share of the kernel weights that gates save.
    ["ResNet-18", resNet18, "11.17", "1.39", 0.88],
    ["ResNet-34", resNet34, "21.27", "2.52", 0.88],
    ["ResNet-50", resNet50, "23.45", "13.39", 0.43],
    ["VGG-16", vgg16, "14.71", "1.63", 0.89],
  ] as const)("of %s", (_, draft, kernels, gates, share) => {
    const count = countOf(draft);
    expect((count.kernelParameters / 1e6).toFixed(2)).toBe(kernels);
    expect((count.gates / 1e6).toFixed(2)).toBe(gates);
    expect(saving(count)).toBeCloseTo(share, 2);
  });

  it("of MobileNetV2: hardly less, since nearly all its kernels are 1x1", () => {
    const count = countOf(mobileNetV2);
    expect(Math.round((100 * count.gates) / count.kernelParameters)).toBe(97);
  });

  it("of ResNet-50: 53 convolutions, 36 of them 1x1", () => {
    const { rows, oneByOne } = inventoryOf(succeed(outline(resNet50)));
    expect(rows.filter((row) => row.kernelParameters > 0)).toHaveLength(53);
    expect(oneByOne).toHaveLength(36);
  });
});

describe("class and shapes stand in the type", () => {
  it("and the network has them", () => {
    const network = pipe(mobileNetV2, build({ seed: 0 }));
    expectTypeOf(network).toEqualTypeOf<
      Result<Network<"GCNN", readonly [224, 224, 3], readonly [1000]>>
    >();
    const built = succeed(network);
    expect([built.class, built.input, built.output]).toEqual(["GCNN", [224, 224, 3], [1000]]);
  });

  it.each([
    ["ResNet-18", resNet18],
    ["ResNet-152", resNet152],
    ["VGG-16", vgg16],
    ["DenseNet-121", denseNet121],
    ["ConvNeXt-T", convNeXtT],
    ["U-Net", uNet],
    ["MLP at every position", mlpOnTensors],
  ] as const)("%s", (_, draft: Drafted) => {
    const n = succeed(outline(draft));
    expect([n.class, n.input, n.output]).toEqual(
      draft === mlpOnTensors
        ? ["GFFN", [7, 7, 784], [7, 7, 10]]
        : draft === uNet
          ? ["GCNN", [256, 256, 1], [256, 256, 1]]
          : ["GCNN", [224, 224, 3], [1000]],
    );
  });
});

describe("the examples run", () => {
  it.each([
    ["ResNet-18", resNet18],
    ["MobileNetV2", mobileNetV2],
    ["DenseNet-121", denseNet121],
    ["ConvNeXt-T", convNeXtT],
  ])("%s, on an engine, to logits of its own", async (_, draft: Drafted) => {
    const network = succeed(build({ seed: 1 })(draft));
    const { program, initial } = succeed(inferenceProgram(network, 2));
    const target = succeed(await onnxTarget({ threads: 1 }));
    const executable = succeed(await target.load(program, initial));
    const pixels = Float32Array.from({ length: 2 * 224 * 224 * 3 }, (_, i) => Math.sin(i * i));
    const { output } = succeed(await executable.step({ input: tensor([2, 224, 224, 3], pixels) }));
    executable.dispose();
    const logits = Array.from(output!.data);
    expect(output!.shape).toEqual([2, 1000]);
    expect(logits.every(Number.isFinite)).toBe(true);
    expect(new Set(logits).size).toBeGreaterThan(1000);
  });

  it("MLP on vectors and on tensors: the same function at every position", () => {
    const onVectors = succeed(build({ seed: 1 })(mlp));
    const onTensors = succeed(build({ seed: 1 })(mlpOnTensors));
    const pixels = Float32Array.from({ length: 49 * 784 }, (_, i) => ((i * 7) % 256) / 255);
    const atOnce = succeed(evaluate(float32)(onTensors, tensor([1, 7, 7, 784], pixels)));
    const oneByOne = succeed(evaluate(float32)(onVectors, tensor([49, 784], pixels)));
    expect(Array.from(atOnce.data)).toEqual(Array.from(oneByOne.data));
  });

  it("a ConvNeXt block projects, with a certificate that the checker accepts", () => {
    const source = succeed(pipe(input([9, 9, 4]), block(4), build({ seed: 1 })));
    const { network, certificate } = succeed(project(float32)(source));
    succeed(check(float32)(source, network, certificate));
    expect(succeed(asClass("Projected")(network)).class).toBe("Projected");
    const batch = tensor(
      [1, 9, 9, 4],
      Float32Array.from({ length: 324 }, (_, i) => Math.sin(i)),
    );
    const [before, after] = [source, network].map((n) => succeed(evaluate(float32)(n, batch)));
    expect(after!.data).toEqual(before!.data);
  });
});
