/** The methods, one a row. A new method is one file and one row here. */
import { batchNormMethod } from "./batchNorm.js";
import { bitFitMethod } from "./bitFit.js";
import { channelScaleMethod } from "./channelScale.js";
import { convAdapterMethod } from "./convAdapter.js";
import { filterSubspaceMethod } from "./filterSubspace.js";
import { fullMethod } from "./full.js";
import { hiraMethod } from "./hira.js";
import { ia3Method } from "./ia3.js";
import { lastStageMethod } from "./lastStage.js";
import { loraMethod } from "./lora.js";
import type { Method } from "./method.js";
import { probeMethod } from "./probe.js";
import { projectionMethod } from "./projection.js";
import { projectionThenFullMethod } from "./projectionThenFull.js";
import { scaleShiftMethod } from "./scaleShift.js";
import { ssfMethod } from "./ssf.js";

/** Every method, by the name under which plans and the command line know it. */
export const methods: readonly Method[] = [
  probeMethod,
  projectionMethod,
  projectionThenFullMethod,
  fullMethod,
  lastStageMethod,
  batchNormMethod,
  bitFitMethod,
  channelScaleMethod,
  ia3Method,
  ssfMethod,
  scaleShiftMethod,
  filterSubspaceMethod,
  loraMethod,
  hiraMethod,
  convAdapterMethod,
];
