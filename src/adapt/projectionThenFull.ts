/**
 * Projection, then full fine-tuning: gates first move what was learnt towards the task without disturbing
 * the kernels, then the merged network is fine-tuned as a whole. One declared plan of two phases, after the
 * pattern of Kumar et al. (2022), who probe before they fine-tune to keep the features from being distorted.
 */
import * as t from "io-ts";
import { fullPhase } from "./full.js";
import { knownOptions, method } from "./method.js";
import {
  projectionDefaults,
  ProjectionOptionsCodec,
  projectionPhase,
  type ProjectionOptions,
} from "./projection.js";
import type { Statistics } from "./statistics.js";

/** The options of both phases. */
export interface ProjectionThenFullOptions {
  readonly projection: Partial<ProjectionOptions>;
  /** The statistics of the second phase. */
  readonly statistics: Statistics;
}

export const projectionThenFullMethod = method<ProjectionThenFullOptions>({
  name: "projection-then-full",
  summary: "projection, merge, then fine-tune every weight",
  source: "arXiv 2602.06245; two phases after Kumar et al., arXiv 2202.10054, 2022",
  options: t.exact(
    t.partial({
      projection: knownOptions(projectionDefaults, ProjectionOptionsCodec, "options of projection"),
      statistics: t.keyof({ frozen: null, batch: null }),
    }),
  ),
  defaults: { projection: {}, statistics: "frozen" },
  phases: ({ projection, statistics }) => [
    projectionPhase({ ...projectionDefaults, ...projection }),
    fullPhase({ statistics }),
  ],
});
