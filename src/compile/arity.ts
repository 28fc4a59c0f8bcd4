/** How many arguments each primitive takes. */
import type { PrimitiveName } from "./program.js";

/** How many arguments a primitive takes; `null` for at least one. */
export const arity = (op: PrimitiveName): number | null => {
  switch (op) {
    case "channelAffine":
    case "activationGrad":
    case "maxPoolGrad":
    case "crossEntropyGrad":
      return 3;
    case "conv":
    case "convInputGrad":
    case "convFilterGrad":
    case "gateWeight":
    case "gateGrad":
    case "channelScale":
    case "channelShift":
    case "channelDot":
    case "matmul":
    case "add":
    case "subtract":
    case "multiply":
    case "divide":
    case "scaleBy":
    case "crossEntropy":
      return 2;
    case "concat":
      return null;
    default:
      return 1;
  }
};
