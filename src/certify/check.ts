/**
 * An independent check of certificates. It sees the source, the target and the certificate, and shares
 * nothing with the converters but the record's type, the digest and the rings.
 *
 * Soundness. The steps define a map from source layers to target layers: the last source layer of a step
 * has, by the step's theorem, the value of the step's target layer provided that their inputs agree. The
 * check demands that each target layer has exactly one step, that its inputs are those of the source under
 * the map, and that the map takes the source's output to the target's. By induction along the order of the
 * layers the outputs agree (`rewrite_sound`). That no source layer is forgotten needs no demand of its own:
 * whatever the output depends on is reached through the inputs.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { showShape, type Shape } from "../tensor/shape.js";
import { consumers, type Layer, type ModelClass, type Network } from "../model/network.js";
import {
  readCertificate,
  type Certificate,
  type ConversionName,
  type NetworkTheorem,
  type Rounding,
  type Step,
  type TheoremName,
} from "../transform/certificate.js";
import { digestOf } from "../transform/digest.js";
import { rules, weightCount } from "./rules.js";
import { all } from "./verdict.js";
import { wellFormed } from "./wellFormed.js";

/** What was checked. */
export interface CheckReport {
  readonly conversion: ConversionName;
  readonly theorem: NetworkTheorem;
  readonly layers: number;
  /** How many layers each theorem was used for. */
  readonly theorems: ReadonlyMap<TheoremName, number>;
  /** How many weights of the target were compared. */
  readonly weights: number;
  /** Whether the changed weights are exact, or exact up to one rounding each. */
  readonly rounding: Rounding;
}

/** What a conversion may use, and what it must not leave behind. */
interface Charter {
  readonly theorem: NetworkTheorem;
  readonly steps: readonly TheoremName[];
  readonly leaves: (layer: Layer<unknown>) => boolean;
  /** Whether it computes new weights, which machine numbers round, or only moves them about. */
  readonly computes: boolean;
}

const anything = (): boolean => true;

const charters: Readonly<Record<ConversionName, Charter>> = {
  project: {
    theorem: "network_projection",
    steps: ["T3_unit"],
    leaves: anything,
    computes: false,
  },
  merge: {
    theorem: "network_merge",
    steps: ["T4_merge"],
    leaves: ({ op }) => op.kind !== "projected",
    computes: true,
  },
  unmerge: { theorem: "network_merge", steps: ["T4_merge"], leaves: anything, computes: true },
  embed: {
    theorem: "network_embed",
    steps: ["T1_embed"],
    leaves: ({ op, shape }) => op.kind !== "dense" || shape.length === 1,
    computes: false,
  },
  recognise: {
    theorem: "network_embed",
    steps: ["T2_collapse"],
    leaves: ({ op }) => op.kind !== "convolution" && op.kind !== "projected",
    computes: false,
  },
  foldBatchNorm: {
    theorem: "rewrite_sound",
    steps: ["T6_bn_fold"],
    leaves: anything,
    computes: true,
  },
  absorbPadding: {
    theorem: "rewrite_sound",
    steps: ["T6_pad"],
    leaves: anything,
    computes: false,
  },
};

type Any<A> = Network<ModelClass, Shape, Shape, A>;

const expectEqual = (where: string, found: string, expected: string): Result<null> =>
  found === expected ? E.right(null) : refuse({ where, found, expected });

/** The certificate is about these networks, this ring, and a conversion with this theorem. */
const checkHead = <A>(
  ring: Ring<A>,
  source: Any<A>,
  target: Any<A>,
  c: Certificate,
): Result<null> => {
  const charter = charters[c.conversion];
  const rounds = typeof ring.zero === "number" && charter.computes;
  const rounding: Rounding = rounds ? "once per weight" : "exact";
  const claims: readonly (readonly [string, string, string])[] = [
    ["theorem", c.theorem, charter.theorem],
    ["ring", c.ring, ring.name],
    ["rounding", c.rounding, rounding],
    ["source", c.source, digestOf(ring)(source)],
    ["target", c.target, digestOf(ring)(target)],
    ["steps", String(c.steps.length), String(target.layers.length)],
    ["input shape", showShape(target.input), showShape(source.input)],
    ["output shape", showShape(target.output), showShape(source.output)],
  ];
  for (const [what, found, expected] of claims) {
    const verdict = expectEqual(`certificate: ${what}`, found, expected);
    if (E.isLeft(verdict)) return verdict;
  }
  return E.right(null);
};

const sameNames = (a: readonly string[], b: readonly (string | undefined)[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);

/** The source layers of a step; where there are two, the second reads the first and nothing else. */
const sourcesOf = <A>(
  step: Step,
  wanted: number,
  layers: ReadonlyMap<string, Layer<A>>,
): Result<readonly Layer<A>[]> => {
  const found: Layer<A>[] = [];
  for (const name of step.from) {
    const layer = layers.get(name);
    if (layer === undefined)
      return refuse({ where: "from", found: name, expected: "a layer of the source" });
    found.push(layer);
  }
  if (found.length !== wanted)
    return refuse({ where: "from", found: `${found.length} layers`, expected: `${wanted}` });
  if (found.length === 2 && !sameNames(found[1]!.inputs, [found[0]!.name]))
    return refuse({
      where: "from",
      found: `${found[1]!.name} reads ${found[1]!.inputs.join(", ")}`,
      expected: `that it reads ${found[0]!.name}`,
    });
  return E.right(found);
};

/**
 * Check a certificate. Refuses with the layer, the theorem and the values where it first fails. Neither the
 * networks nor the certificate are taken on trust: what is no network, and what is no certificate, is
 * refused like any other error.
 */
export const check =
  <A>(ring: Ring<A>) =>
  (source: Any<A>, target: Any<A>, certificate: Certificate): Result<CheckReport> => {
    const head = E.chain((c: Certificate) =>
      all(
        () => wellFormed("source", source),
        () => wellFormed("target", target),
        () => checkHead(ring, source, target, c),
      ),
    )(readCertificate(certificate));
    if (E.isLeft(head)) return head;
    const charter = charters[certificate.conversion];
    const shapes = new Map(source.layers.map((l) => [l.name, l.shape]));
    const readers = consumers(source);
    const layers = new Map(source.layers.map((l) => [l.name, l]));
    /** The target layer with the value of each source layer. */
    const carrier = new Map<string, string>();
    const theorems = new Map<TheoremName, number>();
    let weights = 0;
    for (const [i, layer] of target.layers.entries()) {
      const step = certificate.steps[i]!;
      const place = within(`layer ${layer.name}, theorem ${step.theorem}`);
      const named = expectEqual("step", step.layer, layer.name);
      if (E.isLeft(named)) return E.left(place(named.left));
      const rule = rules.get(step.theorem);
      if (rule === undefined || (step.theorem !== "keep" && !charter.steps.includes(step.theorem)))
        return E.left(
          place({
            where: "",
            found: `a step by ${step.theorem}`,
            expected: `keep or ${charter.steps.join(", ")} in ${certificate.conversion}`,
          }),
        );
      const from = sourcesOf(step, rule.sources, layers);
      if (E.isLeft(from)) return E.left(place(from.left));
      const first = from.right[0]!;
      const wires = first.inputs.map((name) => carrier.get(name));
      if (!sameNames(layer.inputs, wires))
        return E.left(
          place({
            where: "inputs",
            found: layer.inputs.join(", "),
            expected: first.inputs
              .map((name, k) => wires[k] ?? `the value of ${name}, which no layer carries`)
              .join(", "),
          }),
        );
      const verdict = rule.holds({
        ring,
        step,
        from: from.right,
        target: layer,
        input: shapes.get(first.inputs[0] ?? "") ?? [],
        readers: readers.get(first.name)!.length,
      });
      if (E.isLeft(verdict)) return E.left(place(verdict.left));
      if (!charter.leaves(layer))
        return E.left(
          place({
            where: "",
            found: `a layer of kind ${layer.op.kind} left over`,
            expected: `none after ${certificate.conversion}`,
          }),
        );
      carrier.set(from.right.at(-1)!.name, layer.name);
      theorems.set(step.theorem, (theorems.get(step.theorem) ?? 0) + 1);
      weights += weightCount(layer);
    }
    const [output, expected] = [target.layers.at(-1)!.name, source.layers.at(-1)!.name];
    return carrier.get(expected) === output
      ? E.right({
          conversion: certificate.conversion,
          theorem: certificate.theorem,
          layers: target.layers.length,
          theorems,
          weights,
          rounding: certificate.rounding,
        })
      : refuse({
          where: "output",
          found: output,
          expected: carrier.get(expected) ?? `the value of ${expected}, which no layer carries`,
        });
  };
