/** `heirloom inspect`: what a model is made of, layer by layer, and what projection would save. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { inventoryOf, type Inventory, type InventoryRow } from "../model/inventory.js";
import type { Geometry } from "../tensor/geometry.js";
import { showShape } from "../tensor/shape.js";
import { showCount, showMillions, showShare } from "../report/quantity.js";
import { showTable } from "../report/table.js";
import type { Model } from "../format/modelFile.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath } from "./option.js";
import type { Conclude } from "./outcome.js";

interface InspectOptions extends ModelOptions {
  readonly all: boolean;
  readonly json: boolean;
}

/** `3x3`, and what departs from stride 1, dilation 1 and no padding. */
const showGeometry = (geometry: Geometry): string => {
  const of = (name: string, values: readonly string[], usual: string): string => {
    const shown = values.every((v) => v === values[0]) ? values[0]! : values.join("x");
    return shown === usual ? "" : ` ${name} ${shown}`;
  };
  return (
    geometry.map((a) => a.kernel).join("x") +
    of(
      "stride",
      geometry.map((a) => `${a.stride}`),
      "1",
    ) +
    of(
      "dilation",
      geometry.map((a) => `${a.dilation}`),
      "1",
    ) +
    of(
      "pad",
      geometry.map((a) => (a.low === a.high ? `${a.low}` : `${a.low}+${a.high}`)),
      "0",
    )
  );
};

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
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom inspect resnet50/
  $ heirloom inspect resnet50/ --input 64x64x3 --cut activation_21
  $ heirloom inspect resnet50/ --json | jq .saving`,
    )
    .action((path: string, options: InspectOptions) =>
      conclude(options.json, async () =>
        E.map((model: Model) => {
          const inventory = inventoryOf(model.network);
          return {
            text: text(model, inventory, options.all),
            json: { name: model.name, ...inventory, warnings: warnings(inventory) },
          };
        })(await loadModel(path, options)),
      ),
    );
