/** `heirloom project`: gates of one on every convolution, certified. */
import { Option, type Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { float32 } from "../algebra/float32.js";
import { check } from "../certify/check.js";
import { writeDocument } from "../format/document.js";
import { asClass } from "../model/network.js";
import { showCount } from "../report/quantity.js";
import { project, type ProjectionChoice } from "../transform/project.js";
import { sayCertified } from "./certified.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath } from "./option.js";
import { originOf } from "./origin.js";
import type { Conclude, Outcome } from "./outcome.js";
import { apartFrom, withOutputOptions, type OutputOptions } from "./outputOption.js";
import type { Terminal } from "./terminal.js";

interface ProjectOptions extends ModelOptions, OutputOptions {
  readonly pointwise: ProjectionChoice;
  readonly json: boolean;
}

const work = async (
  terminal: Terminal,
  path: string,
  options: ProjectOptions,
): Promise<Result<Outcome>> => {
  const apart = await apartFrom(options.output, [path]);
  if (E.isLeft(apart)) return apart;
  const model = await loadModel(path, options);
  if (E.isLeft(model)) return model;
  const { network } = model.right;
  if (network.class === "Projected")
    return refuse({
      where: path,
      found: "a network that has gates already",
      expected: "a network without gates",
      advice: "merge it first with `heirloom merge`",
    });
  terminal.say(`projecting ${model.right.name}`);
  const ungated = asClass("GCNN")(network);
  if (E.isLeft(ungated)) return ungated;
  const source = ungated.right;
  const projection = project(float32, { pointwise: options.pointwise })(source);
  if (E.isLeft(projection)) return projection;
  const report = check(float32)(source, projection.right.network, projection.right.certificate);
  if (E.isLeft(report)) return report;
  const written = await writeDocument(
    {
      ...model.right,
      network: projection.right.network,
      certificate: projection.right.certificate,
      origin: originOf(path, options),
    },
    options.output,
    { force: options.force },
  );
  if (E.isLeft(written)) return written;
  const gates = projection.right.network.layers.reduce(
    (n, { op }) => n + (op.kind === "projected" ? op.gates.data.length : 0),
    0,
  );
  const counted = { gated: 0, frozen: 0, trained: 0 };
  for (const role of projection.right.roles.values()) counted[role] += 1;
  return E.right({
    text: [
      sayCertified(report.right),
      `gates: ${showCount(gates)} on ${counted.gated} convolutions` +
        (counted.frozen > 0 ? `, ${counted.frozen} left frozen` : "") +
        (counted.trained > 0 ? `, ${counted.trained} left to be trained` : ""),
      ...projection.right.certificate.notes.map((n) => `note: ${n.layer}: ${n.note}`),
      `written to ${written.right}`,
    ].join("\n"),
    json: {
      output: written.right,
      gates,
      ...counted,
      weights: report.right.weights,
      theorems: Object.fromEntries(report.right.theorems),
      notes: projection.right.certificate.notes,
    },
  });
};

export const addProject = (parent: Command, conclude: Conclude): Command =>
  withOutputOptions(
    withModelOptions(
      parent
        .command("project")
        .summary("put a gate of one on every convolution kernel")
        .description(
          "Project a model: freeze every convolution kernel and give each (input, output) channel pair a " +
            "gate of one. The result computes what the model computes (T3_unit); its certificate is " +
            "checked before anything is written.",
        )
        .argument("<model>", "a LayersModel or a Heirloom document", givenPath),
    ),
    "document",
  )
    .addOption(
      new Option("--pointwise <choice>", "what to do with kernels of one tap")
        .choices(["gate", "freeze", "train"])
        .default("gate"),
    )
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom project resnet50/ -o projected/
  $ heirloom project resnet50/ -o projected/ --pointwise freeze --input 64x64x3`,
    )
    .action((path: string, options: ProjectOptions) =>
      conclude(options.json, (terminal) => work(terminal, path, options)),
    );
