/**
 * One rule per theorem: the decidable side conditions under which a layer of the target means what the
 * source layers it came from mean. The rules are written from the statements of the theorems and know
 * nothing of the converters.
 */
import { weightsOf } from "../model/operator.js";
import type { LayerSpec } from "../model/network.js";
import { size } from "../tensor/shape.js";
import type { StepOf, TheoremName } from "../transform/certificate.js";
import { collapse, embedding } from "./rules/embedding.js";
import { fold, padding } from "./rules/folding.js";
import { keep, merging, unit } from "./rules/projection.js";
import type { Claim, Verdict } from "./verdict.js";

/** The rule of each theorem, and how many source layers it takes. */
export interface Rule {
  readonly sources: 1 | 2;
  readonly holds: <A>(claim: Claim<A>) => Verdict;
}

/** How many weights a layer has. */
export const weightCount = <A>(layer: LayerSpec<A>): number =>
  weightsOf(layer.op).reduce((n, [, t]) => n + size(t.shape), 0);

const rule = <T extends TheoremName>(
  sources: 1 | 2,
  check: <A>(claim: Claim<A, StepOf<T>>) => Verdict,
): Rule => ({
  sources,
  // The table below is indexed by the step's own theorem, so the step is the one the rule takes.
  holds: (claim) => check(claim as unknown as Claim<never, StepOf<T>>),
});

/** The rules by theorem. */
export const rules: ReadonlyMap<string, Rule> = new Map<TheoremName, Rule>([
  ["keep", rule<"keep">(1, keep)],
  ["T3_unit", rule<"T3_unit">(1, unit)],
  ["T4_merge", rule<"T4_merge">(1, merging)],
  ["T1_embed", rule<"T1_embed">(1, embedding)],
  ["T2_collapse", rule<"T2_collapse">(1, collapse)],
  ["T6_bn_fold", rule<"T6_bn_fold">(2, fold)],
  ["T6_pad", rule<"T6_pad">(2, padding)],
]);
