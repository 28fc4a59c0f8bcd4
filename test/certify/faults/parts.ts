/** The parts of the check, run one by one. */
import * as E from "fp-ts/lib/Either.js";
import type { Ring } from "../../../src/algebra/ring.js";
import { arithmetic, isMachine } from "../../../src/certify/arithmetic.js";
import { arrange } from "../../../src/certify/arrangement.js";
import { charters } from "../../../src/certify/charter.js";
import { claims, finiteWeights } from "../../../src/certify/claims.js";
import { encode, numbering } from "../../../src/certify/encode.js";
import { check$ } from "../../../src/certify/extracted.js";
import { listOf } from "../../../src/certify/list.js";
import { wellFormed } from "../../../src/certify/wellFormed.js";
import type { AnyNetwork } from "../../../src/laws/generators/network.js";
import { weightsOf } from "../../../src/model/operator.js";
import { sameShape } from "../../../src/tensor/shape.js";
import { readCertificate } from "../../../src/transform/certificate.js";
import { digestOf } from "../../../src/transform/digest.js";
import type { Claim } from "./plot.js";

/** The parts of the check, in the order in which it runs them. */
export const parts = [
  "codec",
  "networks",
  "head",
  "arrangement",
  "charter",
  "extracted checker",
  "claims",
  "digests",
] as const;
export type Part = (typeof parts)[number];

export const isNetwork = <A>(n: AnyNetwork<A>): boolean => E.isRight(wellFormed("", n));

/** Which parts of the check refuse a claim, and whether the extracted checker could be asked. */
export interface Refusing {
  readonly refusing: ReadonlySet<Part>;
  readonly asked: boolean;
}

/** Which parts of the check refuse a claim, each asked by itself as far as those before allow it to be asked. */
export const refusedBy = <A>(
  ring: Ring<A>,
  { source, target, certificate: c }: Claim<A>,
): Refusing => {
  if (E.isLeft(readCertificate(c))) return { refusing: new Set(["codec"]), asked: false };
  if (!isNetwork(source) || !isNetwork(target))
    return { refusing: new Set(["networks"]), asked: false };
  const charter = charters[c.conversion];
  const found = new Set<Part>();
  if (
    c.theorem !== charter.theorem ||
    c.ring !== ring.name ||
    c.rounding !== (isMachine(ring) && charter.computes ? "once per weight" : "exact") ||
    c.steps.length !== target.layers.length ||
    !sameShape(source.input, target.input) ||
    !sameShape(source.output, target.output)
  )
    found.add("head");
  if (c.source !== digestOf(ring)(source) || c.target !== digestOf(ring)(target))
    found.add("digests");
  if (c.steps.length !== target.layers.length) return { refusing: found, asked: false };
  const arranged = arrange(source, target, c, charter);
  if (E.isLeft(arranged)) return { refusing: found.add("arrangement"), asked: false };
  const { steps, proof } = arranged.right;
  const numbers = arithmetic(ring);
  if (
    steps.some(
      ({ step, layer: l }) =>
        (step.theorem !== "keep" &&
          (step.theorem !== charter.uses || E.isLeft(finiteWeights(ring, weightsOf(l.op))))) ||
        !charter.leaves(l),
    )
  )
    found.add("charter");
  const number = numbering(numbers);
  const verdict = check$(numbers.cring)((x) => numbers.same(x as A) as (y: unknown) => boolean)(
    (x) => numbers.near(x as A) as (y: unknown) => boolean,
  )(listOf(proof.steps))(encode(ring, numbers, number, proof.source))(
    encode(ring, numbers, number, proof.target),
  );
  if (verdict[0] === "Some") found.add("extracted checker");
  else if (steps.some((step) => E.isLeft(claims(ring, numbers, step)))) found.add("claims");
  return { refusing: found, asked: true };
};
