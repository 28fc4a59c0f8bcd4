/** `heirloom inspect`: what a model is made of, layer by layer, and what projection would save. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { inventoryOf, type Inventory, type InventoryRow } from "../model/inventory.js";
import { showShape } from "../tensor/shape.js";
import { drawing, drawingOpening } from "../report/drawing.js";
import { showGeometry } from "../report/operator.js";
import { showCount, showMillions, showShare } from "../report/quantity.js";
import { showTable } from "../report/table.js";
import type { Model } from "../format/modelFile.js";
import { writeTextFile } from "../format/textFile.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath, wholeNumber } from "./option.js";
import type { Conclude } from "./outcome.js";

interface InspectOptions extends ModelOptions {
  readonly all: boolean;
  readonly json: boolean;
  readonly svg?: string;
  readonly depth?: number;
}

const isKernelled = (row: InventoryRow): boolean => row.kernelParameters > 0;

const rowOf = (row: InventoryRow): readonly string[] => [
  row.name,
  row.kind,
  row.class ?? "any",
  row.geometry === null ? "" : showGeometry(row.geometry),
  row.groups === null || row.groups === 1 ? "" : `${row.groups}`,
  showShape(row.shape),
  row.parameters === 0 ? "" : showCount(row.parameters),
  isKernelled(row) ? showCount(row.gates) : "",
  isKernelled(row) ? showShare(row.saving) : "",
];

/** Below this share of kernel parameters saved, projection is hardly worth its name. */
const littleSaving = 0.5;

const warnings = ({ total, saving, oneByOne, rows }: Inventory): readonly string[] => {
  const kernelled = rows.filter(isKernelled).length;
  if (kernelled === 0)
    return ["no convolution here: the network is GFFN already, and there is nothing to project"];
  const share = total.oneByOneParameters / total.kernelParameters;
  return [
    ...(oneByOne.length > 0
      ? [
          `${oneByOne.length} of ${kernelled} convolutions are 1x1 and hold ${showShare(share)} of the kernel weights`,
          "a gate saves nothing on a 1x1 kernel: pointwise=freeze leaves it be, pointwise=train trains it",
        ]
      : []),
    ...(saving < littleSaving
      ? [`projection saves only ${showShare(saving)} of the kernel weights of this model`]
      : []),
  ];
};

/** A count, and what it amounts to where that is shorter. */
const inFull = (n: number): string =>
  showMillions(n) === showCount(n) ? showCount(n) : `${showCount(n)} (${showMillions(n)})`;

const text = (model: Model, inventory: Inventory, all: boolean): string => {
  const rows = inventory.rows.filter((row) => all || row.parameters > 0);
  const hidden = inventory.rows.length - rows.length;
  const { total } = inventory;
  return [
    `${model.name}: ${inventory.class}, ${showShape(inventory.input)} to ${showShape(inventory.output)}, ` +
      `${inventory.rows.length} layers`,
    "",
    showTable(
      [
        { title: "layer" },
        { title: "kind" },
        { title: "class" },
        { title: "kernel" },
        { title: "groups", align: "right" },
        { title: "output" },
        { title: "weights", align: "right" },
        { title: "gates", align: "right" },
        { title: "saving", align: "right" },
      ],
      rows.map(rowOf),
    ),
    "",
    ...(hidden > 0 ? [`${hidden} layers without weights not shown (--all shows them)`] : []),
    `parameters        ${inFull(total.parameters)}`,
    `kernel weights    ${inFull(total.kernelParameters)}`,
    `gates             ${inFull(total.gates)}, saving ${showShare(inventory.saving)}`,
    `multiply-adds     ${inFull(total.multiplyAdds)} an image`,
    ...warnings(inventory).map((warning) => `note: ${warning}`),
  ].join("\n");
};

/** Write the drawing where one was asked for, and say so. */
const draw = async (model: Model, { svg, depth }: InspectOptions): Promise<Result<string>> => {
  if (svg === undefined) return E.right("");
  const picture = drawing(model.network, {
    title: model.name,
    ...(depth === undefined ? {} : { depth }),
  });
  return E.map(() => `\ndrawn             ${svg}`)(
    await writeTextFile(svg, picture, drawingOpening),
  );
};

export const addInspect = (parent: Command, conclude: Conclude): Command =>
  withModelOptions(
    parent
      .command("inspect")
      .summary("what projection would save, layer by layer")
      .description(
        "Show every layer of a model: its class, kernel, weights, the gates projection would learn and the " +
          "share of kernel parameters that this saves; and the totals.",
      )
      .argument("<model>", "a LayersModel or a Heirloom document", givenPath),
  )
    .option("--all", "show the layers without weights too", false)
    .option("--svg <file>", "draw the network into a file too", givenPath)
    .option(
      "--depth <n>",
      "scopes that the drawing opens; unless told, as many as leave at most 40 boxes",
      wholeNumber(0),
    )
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom inspect resnet50/
  $ heirloom inspect resnet50/ --input 64x64x3 --cut activation_21
  $ heirloom inspect resnet50/ --svg resnet50.svg
  $ heirloom inspect resnet50/ --json | jq .saving`,
    )
    .action((path: string, options: InspectOptions) =>
      conclude(options.json, async () => {
        const model = await loadModel(path, options);
        if (E.isLeft(model)) return model;
        const drawn = await draw(model.right, options);
        if (E.isLeft(drawn)) return drawn;
        const inventory = inventoryOf(model.right.network);
        return E.right({
          text: text(model.right, inventory, options.all) + drawn.right,
          json: { name: model.right.name, ...inventory, warnings: warnings(inventory) },
        });
      }),
    );
