/** What each conversion may use, and what it must not leave behind. */
import type { Layer } from "../model/network.js";
import type { ConversionName, NetworkTheorem, TheoremName } from "../transform/certificate.js";

/** The terms of a conversion. */
export interface Charter {
  readonly theorem: NetworkTheorem;
  /** The theorem of the layers it changes; the others it keeps. */
  readonly uses: TheoremName;
  /** Whether a layer may stand in its target. */
  readonly leaves: (layer: Layer<unknown>) => boolean;
  /** Whether it computes new weights, which machine numbers round, or only moves them about. */
  readonly computes: boolean;
  /**
   * Whether the theorem is read from right to left: then the checker is given the target for the source, and
   * the other way round.
   */
  readonly backwards: boolean;
}

const rewriting = {
  theorem: "rewrite_sound",
  leaves: () => true,
  computes: false,
  backwards: false,
} as const;

/** The terms by conversion. */
export const charters: Readonly<Record<ConversionName, Charter>> = {
  project: { ...rewriting, theorem: "network_projection", uses: "T3_unit" },
  merge: {
    ...rewriting,
    theorem: "network_merge",
    uses: "T4_merge",
    leaves: ({ op }) => op.kind !== "projected",
    computes: true,
  },
  unmerge: {
    ...rewriting,
    theorem: "network_merge",
    uses: "T4_merge",
    computes: true,
    backwards: true,
  },
  embed: {
    ...rewriting,
    theorem: "network_embed",
    uses: "T1_embed",
    leaves: ({ op, shape }) => op.kind !== "dense" || shape.length === 1,
  },
  recognise: {
    ...rewriting,
    theorem: "network_embed",
    uses: "T2_collapse",
    leaves: ({ op }) => op.kind !== "convolution" && op.kind !== "projected",
  },
  foldBatchNorm: { ...rewriting, uses: "T6_bn_fold", computes: true },
  absorbPadding: { ...rewriting, uses: "T6_pad" },
  ungroup: { ...rewriting, uses: "T6_groups" },
  enlarge: { ...rewriting, uses: "T6_push" },
};
