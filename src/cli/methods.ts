/** `heirloom methods`: what can be done with a pretrained model, and how much each method would train. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { showRefusal, type Result } from "../algebra/refusal.js";
import { replaceHead } from "../adapt/head.js";
import { countTrained, type Adaptation, type Method } from "../adapt/method.js";
import { methods } from "../adapt/methods.js";
import { madeWeights, startOf } from "../adapt/reparametrisation.js";
import { decodeWith } from "../format/codec.js";
import { countNetwork } from "../model/count.js";
import type { Network } from "../model/network.js";
import { showCount, showShare } from "../report/quantity.js";
import { showTable } from "../report/table.js";
import { methodList } from "./methodOptions.js";
import { loadModel, withModelOptions, type ModelOptions } from "./modelOptions.js";
import { givenPath, wholeNumber } from "./option.js";
import type { Conclude, Outcome } from "./outcome.js";

interface MethodsOptions extends ModelOptions {
  readonly classes: number;
  readonly json: boolean;
}

/** What a method would do to a network, known before anything is run. */
interface Prospect {
  readonly method: string;
  readonly source: string;
  /** Of the phase that trains the most. */
  readonly trained: number;
  readonly share: number;
  /** Weights made of new parameters, and weights trained as they are. */
  readonly madeWeights: number;
  readonly trainedWeights: number;
  /** Multiply-adds of the network in use, over those of the pretrained one. */
  readonly inference: number;
  readonly certificates: readonly string[];
}

const prospectOf = (method: Method, start: Network): Result<Prospect> => {
  const chosen = decodeWith(method.choose, `method ${method.name}`)({});
  if (E.isLeft(chosen)) return chosen;
  const before = countNetwork(start);
  let network = start;
  let most: Adaptation | null = null;
  const certificates: string[] = [];
  let inference = 1;
  for (const phase of chosen.right.phases) {
    const adaptation = phase.prepare(network);
    if (E.isLeft(adaptation)) return adaptation;
    const a = adaptation.right;
    if (most === null || countTrained(a) > countTrained(most)) most = a;
    const outcome = a.finish(a.network, startOf(a.reparametrisation));
    if (E.isLeft(outcome)) return outcome;
    network = outcome.right.merged;
    inference = countNetwork(network).multiplyAdds / before.multiplyAdds;
    certificates.push(...outcome.right.certificates.map(({ conversion }) => conversion));
  }
  const trained = countTrained(most!);
  return E.right({
    method: method.name,
    source: method.source,
    trained,
    share: trained / (before.parameters - before.statistics),
    madeWeights: madeWeights(most!.reparametrisation).size,
    trainedWeights: most!.trainable.size,
    inference,
    certificates: [...new Set(certificates)],
  });
};

const prospects = (start: Network): Outcome => {
  const rows = methods.map((method) => ({ method, prospect: prospectOf(method, start) }));
  const found = rows.flatMap(({ prospect }) => (E.isRight(prospect) ? [prospect.right] : []));
  const refused = rows.flatMap(({ method, prospect }) =>
    E.isLeft(prospect) ? [{ method: method.name, refusal: prospect.left }] : [],
  );
  return {
    text: [
      showTable(
        [
          { title: "method" },
          { title: "trained", align: "right" },
          { title: "share", align: "right" },
          { title: "inference", align: "right" },
          { title: "certified by" },
        ],
        found.map(({ method, trained, share, inference, certificates }) => [
          method,
          showCount(trained),
          showShare(share, 2),
          `x${inference.toFixed(3)}`,
          certificates.join(", "),
        ]),
      ),
      "",
      "trained: scalars of the phase that trains the most, the new classifier included; share: of all weights;",
      "inference: multiply-adds of the network in use, over those of the pretrained one.",
      ...refused.map(({ refusal }) => showRefusal(refusal)),
    ].join("\n"),
    json: { methods: found, refused },
  };
};

export const addMethods = (parent: Command, conclude: Conclude): Command =>
  withModelOptions(
    parent
      .command("methods")
      .summary("the methods, and how much each would train")
      .description(
        "List every method with its options and where it comes from. With a model: how many scalars each would " +
          "train on it, what its network in use costs, and which conversions carry certificates.",
      )
      .argument("[model]", "a LayersModel or a Heirloom document", givenPath),
  )
    .option("--classes <n>", "classes of the new classifier", wholeNumber(2), 10)
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom methods
  $ heirloom methods resnet50/ --input 64x64x3 --classes 9`,
    )
    .action((path: string | undefined, options: MethodsOptions) =>
      conclude(options.json, async () => {
        if (path === undefined)
          return E.right({
            text: methodList,
            json: methods.map(({ name, summary, source, defaults }) => ({
              name,
              summary,
              source,
              defaults,
            })),
          });
        const model = await loadModel(path, options);
        return E.map(prospects)(
          E.chain((m: { readonly network: Network }) => replaceHead(options.classes)(m.network))(
            model,
          ),
        );
      }),
    );
