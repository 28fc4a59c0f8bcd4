/**
 * What the compiler displays: each of these programs is given to TypeScript, and its one error has to be at the
 * marked line and to contain the sentence. Those at the end have to compile.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { compile, type CompileError } from "../compile.js";

const refusedPrograms: readonly (readonly [name: string, code: string, sentence: string])[] = [
  [
    "a residual branch of other channels",
    `pipe(
      input([32, 32, 64]),
      /* here */ residual((x) => pipe(x, conv({ filters: 128, kernel: 3 }))),
    )`,
    "residual: the branch gives 128 channels where 64 were expected",
  ],
  [
    "a residual branch of other extents",
    `pipe(
      input([32, 32, 64]),
      /* here */ residual((x) => pipe(x, conv({ filters: 64, kernel: 3, strides: 2 }))),
    )`,
    "residual: the branch gives 16x16x64 where 32x32x64 was expected",
  ],
  [
    "a residual branch beside a shortcut of other channels",
    `pipe(
      input([32, 32, 64]),
      /* here */ residual((x) => pipe(x, conv({ filters: 128, kernel: 3 })), conv({ filters: 96, kernel: 1 })),
    )`,
    "residual: the branch gives 128 channels where 96 were expected",
  ],
  [
    "a block after one of other channels",
    `pipe(
      input([32, 32, 3]),
      conv({ filters: 128, kernel: 3 }),
      /* here */ basic(64),
    )`,
    "block: expected 64 input channels, found 128",
  ],
  [
    "a convolution that states its input channels",
    `pipe(
      input([32, 32, 3]),
      conv({ filters: 128, kernel: 3 }),
      /* here */ conv({ inputs: 64, filters: 128, kernel: 3 }),
    )`,
    "conv: expected 64 input channels, found 128",
  ],
  [
    "a dense layer that states its input channels, after flattening",
    `pipe(
      input([7, 7, 512]),
      flatten,
      /* here */ dense(10, { inputs: 4096 }),
    )`,
    "dense: expected 4096 input channels, found 25088",
  ],
  [
    "a concatenation of extents that do not meet, as in a U-Net of 250 positions",
    `pipe(
      input([125, 125, 8]),
      /* here */ concat([(x) => x, (x) => pipe(x, maxPool({ size: 2 }), upsample(2))]),
    )`,
    "concat: the branch gives 124x124x8 where the extents of 125x125x8 were expected",
  ],
  [
    "an excitation of other channels",
    `pipe(
      input([8, 8, 32]),
      /* here */ multiply((x) => pipe(x, squeezeAverage, dense(16), sigmoid)),
    )`,
    "multiply: the branch gives 1x1x16 where 8x8x32 or extents of 1 with 32 channels were expected",
  ],
  [
    "a repeated block that changes the channels",
    `pipe(
      input([8, 8, 32]),
      /* here */ stack(3, (x) => pipe(x, conv({ filters: 16, kernel: 3 }))),
    )`,
    "stack: the branch gives 16 channels where 32 were expected",
  ],
  [
    "a convolution of a vector: the rank",
    `pipe(
      input([784]),
      /* here */ conv({ filters: 16, kernel: 3 }),
    )`,
    "conv: found a vector of channels, expected spatial axes in front, as in [height, width, channels]",
  ],
  [
    "pooling of a vector: the rank",
    `pipe(
      input([8, 8, 3]),
      globalAveragePool,
      /* here */ maxPool({ size: 2 }),
    )`,
    "maxPool: found a vector of channels",
  ],
  [
    "a network of another class",
    `const /* here */ wanted: Result<Network<"GFFN", readonly [8, 8, 3], readonly [8, 8, 2]>> =
      pipe(input([8, 8, 3]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }));
    void wanted`,
    `Type '"GCNN"' is not assignable to type '"GFFN"'`,
  ],
  [
    "projecting twice",
    `/* here */ pipe(input([8, 8, 3]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }), E.chain(project(float32)), E.chain((p) => project(float32)(p.network)))`,
    `Type '"Projected"' is not assignable to type '"GFFN" | "GCNN"'`,
  ],
];

const acceptedPrograms: readonly (readonly [name: string, code: string])[] = [
  [
    "channels that meet",
    `pipe(input([32, 32, 64]), basic(64), basic(64), flatten, dense(10, { inputs: 65536 }))`,
  ],
  [
    "extents that are not literal: left to run time",
    `pipe(input([side, side, 8]), concat([(x) => x, (x) => pipe(x, maxPool({ size: 2 }), upsample(2))]))`,
  ],
  [
    "channels that are not literal: left to run time",
    `pipe(input([8, 8, side]), basic(64), conv({ inputs: 64, filters: 8, kernel: 1 }))`,
  ],
  [
    "channels that grow",
    `((x: Draft<"GCNN", readonly [8, 8, 16], readonly [8, 8, 112]>) => x)(
      pipe(input([8, 8, 16]), densely(3, (x) => pipe(x, conv({ filters: 32, kernel: 3 })))))`,
  ],
];

const head = `
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { ${[
  ...["build", "concat", "conv", "dense", "densely", "flatten", "float32", "globalAveragePool"],
  ...["input", "inputChannels", "maxPool", "multiply", "project", "residual", "sigmoid"],
  ...["squeezeAverage", "stack", "upsample"],
].join(", ")} } from "heirloom";
import type { Block, Draft, Network, Result } from "heirloom";
declare const side: number;
const basic = <F extends number>(filters: F): Block<F, 1, F> => (x) =>
  pipe(x, inputChannels(filters), residual(conv({ filters, kernel: 3 })));
`;

describe("the compiler", () => {
  const programs = [...refusedPrograms, ...acceptedPrograms].map(([, code]) => `{\n${code};\n}\n`);
  let errors: readonly CompileError[] = [];
  beforeAll(() => {
    ({ errors } = compile(head + programs.join("")));
  });

  const firstLine = (index: number): number =>
    (head + programs.slice(0, index).join("")).split("\n").length - 1;
  const told = (index: number): readonly CompileError[] =>
    errors.filter(({ line }) => line >= firstLine(index) && line < firstLine(index + 1));

  it.each(refusedPrograms.map(([name, code, sentence], i) => [name, code, sentence, i] as const))(
    "refuses %s",
    (_, code, sentence, i) => {
      const [error, ...more] = told(i);
      const marked = code.split("\n").findIndex((line) => line.includes("/* here */"));
      expect(error?.text).toContain(sentence);
      expect(more).toEqual([]);
      expect(error!.line).toBe(firstLine(i) + 1 + marked);
    },
  );

  it.each(acceptedPrograms.map(([name], i) => [name, i + refusedPrograms.length] as const))(
    "takes %s",
    (_, i) => expect(told(i)).toEqual([]),
  );
});
