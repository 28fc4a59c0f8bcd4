/**
 * A certificate laid out for the checker: layers by number instead of by name, steps as the extracted rules,
 * and, where a theorem is read from right to left, source and target exchanged.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { consumers, type Layer, type ModelClass, type Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import type { Certificate, Step } from "../transform/certificate.js";
import type { Charter } from "./charter.js";
import { positionsOf, tapOf } from "./encode.js";
import type { Rule, Step as ProofStep } from "./extracted.js";
import { listOf } from "./list.js";

type Any<A> = Network<ModelClass, Shape, Shape, A>;

/** A step with what it is about. */
export interface ArrangedStep<A> {
  readonly step: Step;
  readonly layer: Layer<A>;
  readonly from: readonly Layer<A>[];
  /** The shape of what the first source layer reads. */
  readonly input: Shape;
  /** How many source layers read `from[0]`. */
  readonly readers: number;
  /** What the layer should read, in words. */
  readonly wires: string;
  /** The layers that the checker takes for the source. */
  readonly proofFrom: readonly Layer<A>[];
}

/** Everything the checker is given, and the steps by the target's layers. */
export interface Arrangement<A> {
  readonly steps: readonly ArrangedStep<A>[];
  readonly proof: {
    readonly source: Any<A>;
    readonly target: Any<A>;
    readonly steps: readonly ProofStep[];
  };
  /** The step of the layer that the checker counts as this one. */
  readonly stepAt: (at: number) => ArrangedStep<A>;
}

/** How many source layers a step is about. */
const sourcesWanted = (step: Step): number =>
  step.theorem === "T6_bn_fold" || step.theorem === "T6_pad" ? 2 : 1;

/** The tap of this number in a source's kernel, by axis; null where there is no such tap. */
const centreOf = <A>(centre: number, from: readonly Layer<A>[]): readonly number[] | null => {
  const op = from[0]!.op;
  return op.kind === "convolution" || op.kind === "projected" ? tapOf(op.geometry, centre) : null;
};

const ruleOf = <A>(step: Step, from: readonly Layer<A>[]): Rule => {
  switch (step.theorem) {
    case "keep":
      return ["Keep"];
    case "T3_unit":
      return ["Unit"];
    case "T4_merge":
      return ["Merge"];
    case "T1_embed":
      return ["Embed", listOf(step.centre)];
    case "T2_collapse": {
      const centre = step.centre === null ? null : centreOf(step.centre, from);
      return ["Collapse", centre === null ? ["None"] : ["Some", listOf(centre)]];
    }
    case "T6_bn_fold":
      return ["Fold"];
    case "T6_pad":
      return ["Pad"];
    case "T6_groups":
      return ["Ungroup"];
    case "T6_push":
      return ["Enlarge", listOf(step.offset), listOf(step.factor)];
  }
};

const isNatural = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

/** The numbers of a step, which must be naturals as the checker's are. */
const numbersOf = (step: Step): readonly (readonly [what: string, values: readonly number[]])[] => {
  switch (step.theorem) {
    case "T1_embed":
      return [["centre", step.centre]];
    case "T6_push":
      return [
        ["offset", step.offset],
        ["factor", step.factor],
      ];
    default:
      return [];
  }
};

const sourcesOf = <A>(
  step: Step,
  layers: ReadonlyMap<string, Layer<A>>,
): Result<readonly Layer<A>[]> => {
  const found: Layer<A>[] = [];
  for (const name of step.from) {
    const layer = layers.get(name);
    if (layer === undefined)
      return refuse({ where: "from", found: name, expected: "a layer of the source" });
    found.push(layer);
  }
  const wanted = sourcesWanted(step);
  if (found.length !== wanted)
    return refuse({ where: "from", found: `${found.length} layers`, expected: `${wanted}` });
  for (const [what, values] of numbersOf(step))
    if (!values.every(isNatural))
      return refuse({ where: what, found: values.join(", "), expected: "natural numbers" });
  if (
    step.theorem === "T2_collapse" &&
    step.centre !== null &&
    centreOf(step.centre, found) === null
  )
    return refuse({
      where: "centre",
      found: `tap ${step.centre}`,
      expected: "a tap of the source's kernel",
    });
  return E.right(found);
};

/** Lay out a certificate; refuses steps that are not of this target, or name layers that are not there. */
export const arrange = <A>(
  source: Any<A>,
  target: Any<A>,
  certificate: Certificate,
  charter: Charter,
): Result<Arrangement<A>> => {
  const layers = new Map(source.layers.map((l) => [l.name, l]));
  const shapes = new Map(source.layers.map((l) => [l.name, l.shape]));
  const readers = consumers(source);
  const carriers = new Map<string, string>();
  const steps: ArrangedStep<A>[] = [];
  for (const [i, layer] of target.layers.entries()) {
    const step = certificate.steps[i]!;
    const at = within(`layer ${layer.name}, theorem ${step.theorem}`);
    if (step.layer !== layer.name)
      return E.left(at({ where: "step", found: step.layer, expected: layer.name }));
    const found = sourcesOf(step, layers);
    if (E.isLeft(found)) return E.left(at(found.left));
    const from = found.right;
    const first = from[0]!;
    steps.push({
      step,
      layer,
      from,
      input: shapes.get(first.inputs[0] ?? "") ?? [],
      readers: readers.get(first.name)!.length,
      wires: first.inputs
        .map((name) => carriers.get(name) ?? `the value of ${name}, which no layer carries`)
        .join(", "),
      proofFrom: charter.backwards ? [layer] : from,
    });
    carriers.set(from.at(-1)!.name, layer.name);
  }
  return charter.backwards ? backwards(source, target, steps) : forwards(source, target, steps);
};

const forwards = <A>(
  source: Any<A>,
  target: Any<A>,
  steps: readonly ArrangedStep<A>[],
): Result<Arrangement<A>> => {
  const at = positionsOf(source);
  return E.right({
    steps,
    proof: {
      source,
      target,
      steps: steps.map(({ step, from }): ProofStep => [
        "Step",
        ruleOf(step, from),
        listOf(step.from.map((name) => at.get(name)!)),
      ]),
    },
    stepAt: (i) => steps[i]!,
  });
};

/** Source and target exchanged: each source layer must be named by exactly one step. */
const backwards = <A>(
  source: Any<A>,
  target: Any<A>,
  steps: readonly ArrangedStep<A>[],
): Result<Arrangement<A>> => {
  const at = positionsOf(target);
  const by = new Map(steps.map((step) => [step.from[0]!.name, step]));
  const missing = source.layers.find(({ name }) => !by.has(name));
  if (missing !== undefined || by.size !== steps.length)
    return refuse({
      where: "certificate: steps",
      found: missing === undefined ? "a source layer in two steps" : `none from ${missing.name}`,
      expected: "one step from each source layer",
    });
  const ordered = source.layers.map(({ name }) => by.get(name)!);
  return E.right({
    steps,
    proof: {
      source: target,
      target: source,
      steps: ordered.map(({ step, layer }): ProofStep => [
        "Step",
        ruleOf(step, [layer]),
        listOf([at.get(layer.name)!]),
      ]),
    },
    stepAt: (i) => ordered[i]!,
  });
};
