/** `heirloom verify`: the certificate of a document, checked again from what is on disk. */
import type { Command } from "commander";
import { basename, dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as E from "fp-ts/lib/Either.js";
import { float32 } from "../algebra/float32.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { check, type CheckReport } from "../certify/check.js";
import { mergeRounding, type MergeRounding } from "../certify/mergeRounding.js";
import { readAdapter } from "../format/adapter.js";
import { readDocument, type Document, type Origin } from "../format/document.js";
import type { Model } from "../format/modelFile.js";
import { readModel } from "../format/readModel.js";
import { sayCertified } from "./certified.js";
import { loadModel, type ModelOptions } from "./modelOptions.js";
import { originOf } from "./origin.js";
import { givenPath, shape } from "./option.js";
import type { Conclude, Outcome } from "./outcome.js";
import type { Terminal } from "./terminal.js";

interface VerifyOptions extends Omit<ModelOptions, "preprocessing"> {
  readonly source?: string;
  readonly adapter?: string;
  readonly json: boolean;
}

/** The document of a path; a model of another form holds no certificate, and the refusal says so. */
const documentAt = async (path: string): Promise<Result<Document>> => {
  const document = await readDocument(basename(path) === "network.json" ? dirname(path) : path);
  if (E.isRight(document)) return document;
  const other = await readModel(path);
  return E.isLeft(other)
    ? document
    : refuse({
        where: path,
        found: "a model that is no document of Heirloom, and holds no certificate",
        expected: "a document, as `heirloom project -o` or `heirloom merge --as document` writes",
      });
};

/** Where the source is: what the command line says, or else what the document remembers. */
const sourceOf = (document: Document, path: string, options: VerifyOptions): Result<Origin> => {
  if (options.source !== undefined) return E.right(originOf(options.source, options));
  const idle = (["adapter", "input", "cut"] as const).find((name) => options[name] !== undefined);
  if (idle !== undefined)
    return refuse({
      where: `--${idle}`,
      found: "no --source",
      expected: "both: it says how the source on the command line is read",
    });
  if (document.origin !== null) return E.right(document.origin);
  return refuse({
    where: path,
    found: "no word of the model it was made from",
    expected: "the source, which the certificate compares it with",
    advice: "give it with --source",
  });
};

const loadSource = async (origin: Origin): Promise<Result<Model>> => {
  const model = await loadModel(origin.model, {
    ...(origin.input === null ? {} : { input: origin.input }),
    ...(origin.cut === null ? {} : { cut: origin.cut }),
  });
  if (E.isLeft(model))
    return E.left({
      ...within("the source")(model.left),
      advice: "give the model it was made from with --source",
    });
  return origin.adapter === null ? model : readAdapter(model.right, origin.adapter);
};

/** The layer whose values rounding may move most, of those that a merge changed. */
const worstOf = (layers: readonly MergeRounding[]): MergeRounding | null =>
  layers.reduce<MergeRounding | null>(
    (worst, layer) => (worst === null || layer.worst > worst.worst ? layer : worst),
    null,
  );

const sayRounding = ({ layer, channel, worst, relative }: MergeRounding): string =>
  worst === 0
    ? "rounding: none, every product of a gate and a weight is a binary32 number"
    : `rounding: for inputs of magnitude at most 1 the merged kernels move a layer's values by at most ` +
      `${worst.toExponential(2)} (layer ${layer}, channel ${channel}; ${relative.toExponential(1)} of what it may reach)`;

const work = async (
  terminal: Terminal,
  path: string,
  options: VerifyOptions,
): Promise<Result<Outcome>> => {
  const document = await documentAt(path);
  if (E.isLeft(document)) return document;
  const { certificate, network, name } = document.right;
  if (certificate === null)
    return refuse({
      where: path,
      found: "a document without a certificate",
      expected: "one that a conversion wrote",
      advice: "only conversions preserve meaning: a trained model has no certificate",
    });
  const origin = sourceOf(document.right, path, options);
  if (E.isLeft(origin)) return origin;
  terminal.say(`verifying ${name} against ${origin.right.model}`);
  const source = await loadSource(origin.right);
  if (E.isLeft(source)) return source;
  const began = performance.now();
  const report = check(float32)(source.right.network, network, certificate);
  if (E.isLeft(report)) return report;
  const seconds = (performance.now() - began) / 1000;
  const rounding =
    certificate.conversion === "merge"
      ? worstOf(mergeRounding(source.right.network, network, certificate))
      : null;
  const notes = uncovered(document.right, source.right);
  return E.right({
    text: [
      `${sayCertified(report.right)}, in ${seconds.toFixed(2)} s`,
      ...(rounding === null ? [] : [sayRounding(rounding)]),
      ...notes.map((note) => `note: ${note}`),
    ].join("\n"),
    json: jsonOf(path, origin.right, report.right, rounding, notes, seconds),
  });
};

/** What a certificate says nothing about, where it is not the source's. */
const uncovered = (document: Model, source: Model): readonly string[] =>
  (["preprocessing", "labels"] as const)
    .filter((field) => !isDeepStrictEqual(document[field], source[field]))
    .map((field) => `the ${field} are not the source's, and no certificate covers them`);

const jsonOf = (
  path: string,
  origin: Origin,
  report: CheckReport,
  rounding: MergeRounding | null,
  notes: readonly string[],
  seconds: number,
): unknown => ({
  verified: path,
  source: origin.model,
  ...report,
  theorems: Object.fromEntries(report.theorems),
  worstRounding: rounding,
  notes,
  seconds,
});

export const addVerify = (parent: Command, conclude: Conclude): Command =>
  parent
    .command("verify")
    .summary("check the certificate of a converted model again, from disk")
    .description(
      "Read a document that a conversion wrote and the model it was made from, and check the certificate " +
        "with the checker that is extracted from the machine-checked proofs. Exit code 1, with the layer, " +
        "the theorem and the values, where one weight, wire, window or rule is not what it should be.",
    )
    .argument("<document>", "what `project` or `merge --as document` wrote", givenPath)
    .option(
      "--source <model>",
      "the model it was made from, where it is not where the document says",
      givenPath,
    )
    .option("--adapter <folder>", "gates that belong on that source", givenPath)
    .option("--input <HxWxC>", "input shape of that source, where it leaves it open", shape)
    .option("--cut <layer>", "that source only up to this layer")
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom project resnet50/ -o projected/
  $ heirloom verify projected/
  $ heirloom merge projected/ --as document -o merged/
  $ heirloom verify merged/ --source projected/`,
    )
    .action((path: string, options: VerifyOptions) =>
      conclude(options.json, (terminal) => work(terminal, path, options)),
    );
