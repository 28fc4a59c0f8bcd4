/**
 * The check of a certificate, by the checker that is extracted from the proofs (`proofs/Checker.v`). It sees
 * the source, the target and the certificate, and shares nothing with the converters but the record's type,
 * the digest, the rings, and the evaluator's deviation of a batch norm.
 *
 * The proof is about the extracted function: what it accepts means what the source means (check_sound; over
 * machine numbers check_near_sound, see arithmetic.ts). This file gives it the networks (encode.ts) and the
 * steps, and asks besides what a reader of the certificate relies on: that networks are networks, that the
 * certificate is of these networks, that its conversion uses the theorem it should and leaves nothing behind,
 * and that the geometry, scales and counts that it quotes are right (claims.ts).
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, within, type Refusal, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer, ModelClass, Network } from "../model/network.js";
import { weightsOf } from "../model/operator.js";
import { showShape, size, type Shape } from "../tensor/shape.js";
import {
  readCertificate,
  type Certificate,
  type ConversionName,
  type NetworkTheorem,
  type Rounding,
  type TheoremName,
} from "../transform/certificate.js";
import { digestOf } from "../transform/digest.js";
import { arithmetic, isMachine, type Arithmetic } from "./arithmetic.js";
import { charters } from "./charter.js";
import { claims, finiteWeights } from "./claims.js";
import { encode, numbering } from "./encode.js";
import { check$ } from "./extracted.js";
import { refusalOf } from "./fault.js";
import { listOf } from "./list.js";
import { arrange, type ArrangedStep, type Arrangement } from "./arrangement.js";
import { all, holds, type Verdict } from "./verdict.js";
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
  /** Whether the changed weights are exact, or rounded once: of exact products, or of binary64 results in a fold. */
  readonly rounding: Rounding;
}

type Any<A> = Network<ModelClass, Shape, Shape, A>;

/** The claims of a certificate about the networks, in the order in which they are looked at. */
const expectEach = (
  facts: readonly (readonly [what: string, found: string, expected: string])[],
): Verdict => {
  for (const [what, found, expected] of facts)
    if (found !== expected) return refuse({ where: `certificate: ${what}`, found, expected });
  return holds;
};

/** The certificate is of this ring, and of a conversion with this theorem between these shapes. */
const checkHead = <A>(ring: Ring<A>, source: Any<A>, target: Any<A>, c: Certificate): Verdict => {
  const charter = charters[c.conversion];
  if (ring.rounding === "other" && charter.computes)
    return refuse({
      where: "ring",
      found: `${ring.name}, whose arithmetic rounds`,
      expected: "an exact ring, float32 or float64: elsewhere a computed weight has no bound here",
    });
  const rounding: Rounding = isMachine(ring) && charter.computes ? "once per weight" : "exact";
  return expectEach([
    ["theorem", c.theorem, charter.theorem],
    ["ring", c.ring, ring.name],
    ["rounding", c.rounding, rounding],
    ["steps", String(c.steps.length), String(target.layers.length)],
    ["input shape", showShape(target.input), showShape(source.input)],
    ["output shape", showShape(target.output), showShape(source.output)],
  ]);
};

/** The conversion may use the theorem and leave the layer, and machine numbers are numbers. */
const checkTerms = <A>(
  ring: Ring<A>,
  { step, layer, from }: ArrangedStep<A>,
  conversion: ConversionName,
): Verdict => {
  const charter = charters[conversion];
  return all(
    () =>
      step.theorem === "keep" || step.theorem === charter.uses
        ? holds
        : refuse({
            where: "",
            found: `a step by ${step.theorem}`,
            expected: `keep or ${charter.uses} in ${conversion}`,
          }),
    () =>
      step.theorem === "keep"
        ? holds
        : all(
            ...[layer, ...from].map(
              ({ op }) =>
                () =>
                  finiteWeights(ring, weightsOf(op)),
            ),
          ),
    () =>
      charter.leaves(layer)
        ? holds
        : refuse({
            where: "",
            found: `a layer of kind ${layer.op.kind} left over`,
            expected: `none after ${conversion}`,
          }),
  );
};

const place = <A>({ layer, step }: ArrangedStep<A>): ((r: Refusal) => Refusal) =>
  within(`layer ${layer.name}, theorem ${step.theorem}`);

/**
 * What a function of the checker gives. Its recursion over layers, taps and extents uses the stack, and its numbers end
 * at 2^53: beyond either it throws, and nothing is accepted.
 */
const withinReach = <T>(run: () => T): Result<T> =>
  pipe(
    E.tryCatch(run, (error) => error),
    E.mapLeft((error): Refusal => {
      if (!(error instanceof RangeError)) throw error;
      return {
        where: "network",
        found: `more than the checker can hold (${error.message})`,
        expected:
          "fewer than about 7,000 layers, windows of fewer than 10,000 taps, numbers below 2^53",
      };
    }),
  );

/** The extracted checker's answer. */
const proved = <A>(ring: Ring<A>, numbers: Arithmetic<A>, arranged: Arrangement<A>): Verdict => {
  const number = numbering(numbers);
  const { source, target, steps } = arranged.proof;
  const answer = withinReach(() =>
    check$(numbers.cring)((x) => numbers.same(x as A) as (y: unknown) => boolean)(
      (x) => numbers.near(x as A) as (y: unknown) => boolean,
    )(listOf(steps))(encode(ring, numbers, number, source))(encode(ring, numbers, number, target)),
  );
  if (E.isLeft(answer)) return answer;
  if (answer.right[0] === "None") return holds;
  const [, at, fault] = answer.right[1];
  const step = arranged.stepAt(at);
  const refusal = refusalOf(fault, numbers.show, target.layers[at]!, step.proofFrom);
  switch (fault[1][0]) {
    case "Wires":
      return E.left(place(step)({ ...refusal, expected: step.wires }));
    case "Output":
      return E.left({ ...refusal, expected: `the value of ${source.layers.at(-1)!.name}` });
    default:
      return E.left(place(step)(refusal));
  }
};

/** How many weights a layer has. */
const weightCount = <A>({ op }: Layer<A>): number =>
  weightsOf(op).reduce((n, [, t]) => n + size(t.shape), 0);

const reportOf = <A>(target: Any<A>, c: Certificate): CheckReport => {
  const theorems = new Map<TheoremName, number>();
  for (const { theorem } of c.steps) theorems.set(theorem, (theorems.get(theorem) ?? 0) + 1);
  return {
    conversion: c.conversion,
    theorem: c.theorem,
    layers: target.layers.length,
    theorems,
    weights: target.layers.reduce((n, layer) => n + weightCount(layer), 0),
    rounding: c.rounding,
  };
};

/**
 * Check a certificate. Refuses with the layer, the theorem and the values where it first fails. Neither the
 * networks nor the certificate are taken on trust: what is no network, and what is no certificate, is
 * refused like any other error.
 */
export const check =
  <A>(ring: Ring<A>) =>
  (source: Any<A>, target: Any<A>, certificate: Certificate): Result<CheckReport> => {
    const numbers = arithmetic(ring);
    return E.chain((c: Certificate) => {
      const head = all(
        () => wellFormed("source", source),
        () => wellFormed("target", target),
        () => checkHead(ring, source, target, c),
      );
      if (E.isLeft(head)) return head;
      return E.chain((arranged: Arrangement<A>) => {
        const each = (condition: (step: ArrangedStep<A>) => Verdict): readonly (() => Verdict)[] =>
          arranged.steps.map((step) => () => E.mapLeft(place(step))(condition(step)));
        return E.map(() => reportOf(target, c))(
          all(
            ...each((step) => checkTerms(ring, step, c.conversion)),
            () => proved(ring, numbers, arranged),
            ...each((step) => claims(ring, numbers, step)),
            () =>
              expectEach([
                ["source", c.source, digestOf(ring)(source)],
                ["target", c.target, digestOf(ring)(target)],
              ]),
          ),
        );
      })(arrange(source, target, c, charters[c.conversion]));
    })(readCertificate(certificate));
  };
