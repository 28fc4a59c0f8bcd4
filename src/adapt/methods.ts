/** The methods, one a row. A new method is one file and one row here. */
import { batchNormMethod } from "./batchNorm.js";
import { fullMethod } from "./full.js";
import type { Method } from "./method.js";
import { probeMethod } from "./probe.js";
import { projectionMethod } from "./projection.js";
import { projectionThenFullMethod } from "./projectionThenFull.js";

/** Every method, by the name under which plans and the command line know it. */
export const methods: readonly Method[] = [
  probeMethod,
  projectionMethod,
  projectionThenFullMethod,
  batchNormMethod,
  fullMethod,
];
