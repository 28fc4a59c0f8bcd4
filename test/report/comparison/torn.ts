/** A difference that the tests call real and whose mean and ranks have other signs. */
import type { Difference } from "../../../src/compare/differences.js";

/** The same with a mean of a tenth and signed ranks that lean the other way. */
export const torn = (d: Difference): Difference => ({
  ...d,
  mean: 0.1,
  corrected: 0.01,
  test: { ...d.test, statistic: -1 },
});
