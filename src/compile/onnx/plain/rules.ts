/** Every primitive in operators of the ONNX standard. */
import type { PrimitiveName } from "../../program.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { activation, activationGrad } from "./activation.js";
import { channelAffine, channelDot, channelScale, channelShift, channelSum } from "./channel.js";
import { convolution, convolutionFilterGradient, convolutionInputGradient } from "./convolution.js";
import {
  addition,
  division,
  elementary,
  multiplication,
  offset,
  scale,
  scaleBy,
  subtraction,
} from "./elementwise.js";
import { gateGrad, gateWeight } from "./gate.js";
import { crossEntropy, crossEntropyGrad } from "./loss.js";
import { broadcast, concatenated, matmul, padded, reshaped, sliced, sum } from "./movement.js";
import { averagePool, averagePoolGrad, maxPool, maxPoolGrad } from "./pooling.js";
import { upsample, upsampleGrad } from "./resampling.js";

/** The rule of every primitive. */
export const plainRules: { readonly [N in PrimitiveName]: Rule<PrimitiveNamed<N>> } = {
  conv: convolution,
  convInputGrad: convolutionInputGradient,
  convFilterGrad: convolutionFilterGradient,
  gateWeight,
  gateGrad,
  channelAffine,
  channelScale,
  channelShift,
  channelSum,
  channelDot,
  matmul,
  add: addition,
  subtract: subtraction,
  multiply: multiplication,
  divide: division,
  scale,
  offset,
  scaleBy,
  elementary,
  activation,
  activationGrad,
  sum,
  broadcast,
  reshape: reshaped,
  pad: padded,
  slice: sliced,
  concat: concatenated,
  maxPool,
  maxPoolGrad,
  averagePool,
  averagePoolGrad,
  upsample,
  upsampleGrad,
  crossEntropy,
  crossEntropyGrad,
};
