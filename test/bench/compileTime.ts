/**
 * How long TypeScript takes over the types of deep networks.
 *
 *     npx tsc -p tsconfig.bench.json && node dist/bench/test/bench/compileTime.js
 *
 * The first row checks a program that imports Heirloom and draws nothing from it, which is what every program
 * pays. Written out, a network has each of its layers in the program, so that nothing is repeated by `stack`
 * and every shape is worked out by itself; the examples stand in docs/examples.
 */
import { readFileSync } from "node:fs";
import { showCount, showSeconds } from "../../src/report/quantity.js";
import { showTable } from "../../src/report/table.js";
import { compile } from "../compile.js";
import { denseNet121, resNet152 } from "./writtenOut.js";

const root = `${process.cwd()}/`;

const example = (name: string): string => readFileSync(`${root}docs/examples/${name}.ts`, "utf8");

const programs: readonly (readonly [name: string, source: string])[] = [
  ["nothing but the import", 'import * as heirloom from "heirloom";\nvoid heirloom;\n'],
  ["docs/examples/resnet.ts: 18, 34, 50 and 152 layers", example("resnet")],
  ["docs/examples/densenet.ts: 121 layers", example("densenet")],
  ["docs/examples/unet.ts", example("unet")],
  ["ResNet-152, written out", resNet152()],
  ["DenseNet-121, written out", denseNet121()],
];

// The compiler's own code is compiled by the engine while it first runs.
compile(programs[1]![1], root);

const rows = programs.map(([name, source]) => {
  const { errors, seconds, instantiations } = compile(source, root);
  for (const { line, text } of errors.slice(0, 1)) console.error(`${name}, line ${line}: ${text}`);
  return [
    name,
    `${source.split("\n").length}`,
    showSeconds(seconds),
    showCount(instantiations),
    `${errors.length}`,
  ];
});

const right = "right" as const;
console.log(
  showTable(
    [
      { title: "program" },
      { title: "lines", align: right },
      { title: "checked in", align: right },
      { title: "instantiations", align: right },
      { title: "errors", align: right },
    ],
    rows,
  ),
);
