/** Published architectures, written with the builder, against their published counts. */
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import { countNetwork, saving, type Count } from "../../src/model/count.js";
import { inventoryOf } from "../../src/model/inventory.js";
import type { Network } from "../../src/model/network.js";
import { mobileNetV2 } from "./architectures/mobilenetv2.js";
import { resNet18, resNet34 } from "./architectures/resnet.js";
import { resNet50 } from "./architectures/resnet50.js";
import { vgg16 } from "./architectures/vgg16.js";

const built = <N extends Network>(result: Result<N>): N => {
  if (E.isLeft(result)) throw new Error(showRefusal(result.left));
  return result.right;
};

const counted = (result: Result<Network>): Count => countNetwork(built(result));

const kernels = (n: Network): number =>
  inventoryOf(n).rows.filter((row) => row.kernelParameters > 0).length;

describe("counts of published architectures", () => {
  it("VGG16: 14.71M kernel weights, 1.63M gates, 15.35 GMACs in its convolutions", () => {
    const count = counted(vgg16());
    expect(count.parameters).toBe(14_714_688);
    expect(count.kernelParameters).toBe(14_710_464);
    expect(count.gates).toBe(1_634_496);
    expect(count.multiplyAdds).toBe(15_346_630_656);
    expect(saving(count)).toBe(1 - 1 / 9);
  });

  it("ResNet-18: 11.17M kernel weights, 1.39M gates, 11,689,512 trainable parameters", () => {
    const count = counted(resNet18());
    expect(count.parameters - count.statistics).toBe(11_689_512);
    expect(count.kernelParameters).toBe(11_166_912);
    expect((count.gates / 1e6).toFixed(2)).toBe("1.39");
    expect((count.multiplyAdds / 1e9).toFixed(2)).toBe("1.81");
  });

  it("ResNet-34: 21.27M kernel weights, 2.52M gates, 21,797,672 trainable parameters", () => {
    const count = counted(resNet34());
    expect(count.parameters - count.statistics).toBe(21_797_672);
    expect((count.kernelParameters / 1e6).toFixed(2)).toBe("21.27");
    expect((count.gates / 1e6).toFixed(2)).toBe("2.52");
    expect((count.multiplyAdds / 1e9).toFixed(2)).toBe("3.66");
  });

  it("ResNet-50 as in Keras: 25,636,712 parameters, 23.45M kernel weights, 13.39M gates", () => {
    const network = built(resNet50());
    const count = countNetwork(network);
    expect(count.parameters).toBe(25_636_712);
    expect(count.statistics).toBe(53_120);
    expect((count.kernelParameters / 1e6).toFixed(2)).toBe("23.45");
    expect((count.gates / 1e6).toFixed(2)).toBe("13.39");
    expect((count.multiplyAdds / 1e9).toFixed(2)).toBe("3.86");
    expect(kernels(network)).toBe(53);
    expect(inventoryOf(network).oneByOne).toHaveLength(36);
    expect(saving(count)).toBeCloseTo(0.43, 2);
  });

  it("MobileNetV2: 3,504,872 trainable parameters, 0.30 GMACs, gates 97% of the kernel weights", () => {
    const count = counted(mobileNetV2());
    expect(count.parameters - count.statistics).toBe(3_504_872);
    expect((count.multiplyAdds / 1e9).toFixed(2)).toBe("0.30");
    expect(Math.round((100 * count.gates) / count.kernelParameters)).toBe(97);
  });
});
