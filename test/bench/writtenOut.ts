/** Deep networks as programs that write out every layer, for the compiler to check. */

const head = `
import { pipe } from "fp-ts/lib/function.js";
import { batchNorm, conv, concat, dense, globalAveragePool, input, maxPool, relu, residual, type Draft } from "heirloom";
`;

/** Stages nest, since fp-ts's `pipe` takes at most twenty arguments. */
const nested = (steps: readonly string[]): string => {
  const groups = Array.from({ length: Math.ceil(steps.length / 8) }, (_, i) =>
    steps.slice(8 * i, 8 * (i + 1)),
  );
  return groups.map((group) => `(x) => pipe(x, ${group.join(", ")})`).join(",\n");
};

const classifier = (steps: readonly string[], from: string): string => `${head}
export const network: Draft<"GCNN", readonly [224, 224, 3], readonly [1000]> = pipe(
  input([224, 224, 3]), ${from},
  ${nested(steps)},
  globalAveragePool, dense(1000));
`;

const unit = (filters: number, kernel: number, strides = 1): string =>
  `conv({ filters: ${filters}, kernel: ${kernel}, strides: ${strides}, bias: false }), batchNorm()`;

const stem = `${unit(64, 7, 2)}, relu, maxPool({ size: 3, strides: 2, padding: "same" })`;

/** ResNet-152, each bottleneck by itself. */
export const resNet152 = (): string => {
  const blocks = [3, 8, 36, 3].flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => {
      const width = 64 * 2 ** stage;
      const strides = i === 0 && stage > 0 ? 2 : 1;
      const branch = `(y) => pipe(y, ${unit(width, 1)}, relu, ${unit(width, 3, strides)}, relu, ${unit(4 * width, 1)})`;
      const shortcut = i === 0 ? `, (y) => pipe(y, ${unit(4 * width, 1, strides)})` : "";
      return `residual(${branch}${shortcut}), relu`;
    }),
  );
  return classifier(blocks, stem);
};

/** DenseNet-121, each of its 58 dense layers by itself. */
export const denseNet121 = (): string => {
  const grow = `concat([(y) => y, (y) => pipe(y, batchNorm(), relu, ${unit(128, 1)}, relu, conv({ filters: 32, kernel: 3, bias: false }))])`;
  const steps = [6, 12, 24, 16].flatMap((count, i) => [
    ...(i === 0 ? [] : [`conv({ filters: ${64 * 2 ** i}, kernel: 1 }), maxPool({ size: 2 })`]),
    ...Array.from({ length: count }, () => grow),
  ]);
  return classifier(steps, stem);
};
