/** Pictures to the made-up records: images of strokes and blobs, gates around 1. */
import { PNG } from "pngjs";
import { randomStream, type RandomStream } from "../../src/algebra/random.js";
import type { GatedFilter, RunPictures } from "../../src/compare/pictures.js";
import type { RunRecord } from "../../src/compare/record.js";

/** A grey image of a few strokes, or a coloured one of blobs; the same number gives the same image. */
const png = (data: string, number: number): string => {
  const random = randomStream(number, "image", data);
  const isGrey = data === "digits" || data === "fashion";
  const size = isGrey ? 28 : 64;
  const picture = new PNG({ width: size, height: size });
  const blobs = Array.from({ length: isGrey ? 9 : 6 }, () => ({
    x: size * (0.2 + 0.6 * random.uniform()),
    y: size * (0.2 + 0.6 * random.uniform()),
    r: size * (isGrey ? 0.08 : 0.22),
    colour: [random.uniform(), random.uniform(), random.uniform()],
  }));
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < 4; c++) {
        const light = blobs.reduce((sum, b) => {
          const near = Math.exp(-((x - b.x) ** 2 + (y - b.y) ** 2) / b.r ** 2);
          return sum + near * (isGrey ? 1 : b.colour[c % 3]!);
        }, 0);
        picture.data[4 * (y * size + x) + c] = c === 3 ? 255 : Math.min(255, 255 * light);
      }
  return PNG.sync.write(picture).toString("base64");
};

const filterOf = (random: RandomStream, gate: number): GatedFilter => {
  const side = random.uniform() < 0.2 ? 1 : 3;
  return {
    ...{ input: random.below(64), output: random.below(64), gate, height: side, width: side },
    taps: Array.from({ length: side * side }, () => 0.1 * random.normal()),
  };
};

/** What a made-up run left to look at. */
export const madeUpPictures = ({ id, run, classes, gates }: RunRecord): RunPictures => {
  const random = randomStream(0, "pictures", id);
  return {
    ...{ format: "heirloom-pictures", version: 1, id },
    gates: (gates ?? []).map(({ layer, inputs, outputs, mean, deviation, least, most }) => {
      const [rows, columns] = [Math.min(48, inputs), Math.min(48, outputs)];
      return {
        ...{ layer, inputs, outputs },
        histogram: {
          ...{ least, most },
          counts: Array.from({ length: 32 }, (_, i) => {
            const gate = least + ((i + 0.5) / 32) * (most - least);
            return Math.round(1000 * Math.exp(-(((gate - mean) / deviation) ** 2) / 2));
          }),
        },
        map: {
          ...{ rows, columns },
          values: Array.from({ length: rows * columns }, () => mean + deviation * random.normal()),
        },
        suppressed: [0.01, 0.05, 0.12].map((gate) =>
          filterOf(random, gate + 0.1 * random.uniform()),
        ),
        amplified: [1.9, 1.7].map((gate) => filterOf(random, gate + 0.1 * random.uniform())),
      };
    }),
    mistakes: [...random.permutation(60).slice(0, 24)].map((image) => {
      const label = image % classes.length;
      return {
        label,
        prediction: (label + 1 + random.below(2)) % classes.length,
        probability: 0.5 + 0.5 * random.uniform(),
        png: png(run.data, image),
      };
    }),
  };
};
