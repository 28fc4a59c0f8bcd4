/** Made-up failures: runs of the small comparison that diverged. */
import type { Failure } from "../../src/compare/failures.js";
import { runId, type RunSpec } from "../../src/compare/record.js";

/** One for each of these parts. */
export const diverged = (parts: readonly Partial<RunSpec>[]): readonly Failure[] =>
  parts.map((part, i) => {
    const run: RunSpec = {
      ...{ model: "resnet", data: "digits", method: "probe", filters: "pretrained" },
      ...{ perClass: 5, seed: 0, rateFactor: 1 },
      ...part,
    };
    return {
      ...{ id: runId(run), run },
      refusal: { where: `run ${i}`, found: "loss NaN", expected: "a number" },
    };
  });
