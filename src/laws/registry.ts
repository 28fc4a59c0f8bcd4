/** All laws that ship with the library, in the order of docs/theory.md. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { convAdd, convConv, convScale, t6Stride } from "./convolution.js";
import {
  embedRecognise,
  gridCentre,
  networkEmbed,
  recogniseEmbed,
  refuseEmbed,
  t1Embed,
} from "./embedding.js";
import { reverseMode, t5Adjoint, t5Chain, t5Gate } from "./gradient.js";
import { certified, conversionsCompose, evaluationFunctor, rewriteSound, runRel } from "./graph.js";
import type { Law } from "./law.js";
import {
  mergeIdempotent,
  mergeProject,
  networkMerge,
  t4Merge,
  t4ProjInGcnn,
  unmergeMerge,
} from "./merging.js";
import {
  gatesLens,
  networkProjection,
  t3Factor,
  t3GffnForm,
  t3Identity,
  t3Unit,
} from "./projection.js";
import { refuseProject, refuseUnmerge } from "./refusals.js";
import { t6BnFold, t6Groups, t6Pad, t6Push } from "./rewriting.js";
import { gffnNetworkLocal, networkStrict } from "./locality.js";
import { refuseRecognise, t2Collapse, t2General, t2Grid, t2Strict } from "./strictness.js";

/**
 * Every law.
 *
 * @example
 * import { laws } from "heirloom/laws"
 *
 * const theorems = new Set(laws.flatMap((l) => l.theorems))
 * assert.ok(["T1_embed", "T4_merge", "network_strict", "rewrite_sound"].every((name) => theorems.has(name)))
 */
export const laws: readonly Law[] = [
  convScale,
  convAdd,
  t1Embed,
  networkEmbed,
  gridCentre,
  recogniseEmbed,
  embedRecognise,
  refuseEmbed,
  t2General,
  t2Strict,
  t2Collapse,
  t2Grid,
  gffnNetworkLocal,
  networkStrict,
  refuseRecognise,
  t3GffnForm,
  t3Factor,
  t3Unit,
  t3Identity,
  networkProjection,
  gatesLens,
  refuseProject,
  t4Merge,
  t4ProjInGcnn,
  networkMerge,
  mergeIdempotent,
  mergeProject,
  unmergeMerge,
  refuseUnmerge,
  t5Adjoint,
  t5Gate,
  t5Chain,
  reverseMode,
  t6BnFold,
  t6Groups,
  t6Push,
  t6Stride,
  t6Pad,
  convConv,
  rewriteSound,
  runRel,
  evaluationFunctor,
  conversionsCompose,
  certified,
];

/** The laws of a name, or those that try the theorem of that name; refuses a name that is neither. */
export const lawsNamed = (name: string, among: readonly Law[] = laws): Result<readonly Law[]> => {
  const own = among.filter((l) => l.name === name);
  const found = own.length > 0 ? own : among.filter((l) => l.theorems.includes(name));
  return found.length > 0
    ? E.right(found)
    : refuse({
        where: "law",
        found: name,
        expected: `one of ${among.map((l) => l.name).join(", ")}`,
      });
};

/** The law of a name, or the first that tries the theorem of that name. */
export const lawNamed = (name: string): Result<Law> =>
  E.map((found: readonly Law[]) => found[0]!)(lawsNamed(name));
