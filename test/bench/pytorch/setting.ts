/** What is measured: one kind of work on one network, at one batch, image size and thread count. */
import { lastExtent, type Architecture, type NetworkName } from "../networks.js";

/** What a training step trains. */
export const modes = ["probe", "projection", "full"] as const;
export type Mode = (typeof modes)[number];

/** What batch norm normalises by. */
export const statisticsKinds = ["frozen", "batch"] as const;
export type StatisticsKind = (typeof statisticsKinds)[number];

/** How parameters follow their gradients; neither decays. */
export const optimizerNames = ["sgd", "adamw"] as const;
export type OptimizerName = (typeof optimizerNames)[number];

/** A whole training step, or the forward pass alone. */
export type Work =
  | {
      readonly kind: "step";
      readonly mode: Mode;
      readonly statistics: StatisticsKind;
      readonly optimizer: OptimizerName;
    }
  | { readonly kind: "inference" };

/** The quantity that a series of settings varies, for the growth of time with it. */
export const axes = ["width", "depth", "size", "batch"] as const;
export type Axis = (typeof axes)[number];

/** One thing to measure. */
export interface Setting {
  /** A published network by its name, or a description of a scaled one. */
  readonly network: string;
  /** Null where the architecture is scaled and no published one. */
  readonly published: NetworkName | null;
  readonly architecture: Architecture;
  readonly size: number;
  readonly batch: number;
  readonly threads: number;
  readonly work: Work;
  /** The point of a growth series that this is, if it is one. */
  readonly growth: { readonly axis: Axis; readonly value: number } | null;
}

const hasBatchNorm = ({ kind }: Architecture): boolean => kind !== "vgg11";

/**
 * The learning rate of both sides: large enough that the losses show the update, and small enough that the
 * rounding of a step is not amplified by the next ones. VGG, which normalises nothing, needs a smaller one.
 */
export const rateOf = (
  { mode, optimizer }: Extract<Work, { readonly kind: "step" }>,
  architecture: Architecture,
): number =>
  (optimizer === "adamw" ? 1e-3 : 1e-2) *
  (mode === "full" ? 0.1 : 1) *
  (hasBatchNorm(architecture) ? 1 : 0.1);

/** `projection, frozen statistics`; a network without batch norm has no statistics to speak of. */
export const showWork = ({ work, architecture }: Setting): string =>
  work.kind === "inference"
    ? "inference"
    : work.mode === "probe" || !hasBatchNorm(architecture)
      ? work.mode
      : `${work.mode}, ${work.statistics} statistics`;

/** The setting in a line. */
export const showSetting = (s: Setting): string =>
  `${s.network}, ${showWork(s)}, batch ${s.batch}, ${s.size} pixels, ${s.threads} thread${s.threads === 1 ? "" : "s"}`;

/** The same network, input and weights: what settings with one key can share. */
export const sharedKey = ({ network, size }: Setting): string => `${network}-${size}`;

/** Why there is nothing to compare at this setting; null where there is. */
export const reasonToSkip = ({ architecture, size, batch, work }: Setting): string | null => {
  if (work.kind === "inference" || work.statistics === "frozen") return null;
  if (work.mode === "probe") return "a linear probe keeps the stored statistics";
  if (!hasBatchNorm(architecture)) return "the network has no batch norm";
  return batch * lastExtent(size) ** 2 === 1
    ? "one value per channel at the end has no variance, and PyTorch refuses it"
    : null;
};
