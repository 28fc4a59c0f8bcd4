/** Convolutions and their adjoints, between activations in planes. */
import { size } from "../../../tensor/shape.js";
import { extentsOf } from "../../shape/window.js";
import { kernelPlanes, kernelSwapped, planes, rows } from "../layout.js";
import { gemm } from "../operators.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { storedValue } from "../value.js";
import { correlate, correlationOf } from "./correlation.js";
import { exchangedFilterGradient, gatheredFilterGradient } from "./filterGradient.js";
import { inputGradient, isReversible, reversedInputGradient } from "./inputGradient.js";

export const convolution: Rule<PrimitiveNamed<"conv">> = (c, { primitive, args, shape }) => {
  const [x, w] = [args[0]!, args[1]!];
  const { geometry, groups } = primitive;
  if (geometry.length === 0 && groups === 1 && w.home?.kind === "rows")
    return storedValue(c, shape, rows, gemm(c.g, x.in(rows), w.in(rows), false, false));
  const correlation = correlationOf(geometry, extentsOf(x.shape), groups);
  const y = correlate(c.g, x.in(planes), w.in(kernelPlanes), correlation);
  return storedValue(c, shape, planes, y);
};

export const convolutionInputGradient: Rule<PrimitiveNamed<"convInputGrad">> = (
  c,
  { primitive, args, shape },
) => {
  const [dy, w] = [args[0]!, args[1]!];
  const { geometry, groups, extents } = primitive;
  const map = dy.in(planes);
  const isDepthwise = groups > 1 && w.shape.at(-2) === 1;
  if (geometry.length === 0 && groups === 1 && w.home?.kind === "kernelPlanes")
    return storedValue(c, shape, planes, gemm(c.g, map, w.in(kernelPlanes), false, false));
  const reverse =
    geometry.length === 0 ||
    ((w.home === null || isDepthwise) && isReversible(geometry, extentsOf(dy.shape), extents));
  if (!reverse) {
    const dx = inputGradient(c.g, map, w.in(kernelPlanes), geometry, groups, extents);
    return storedValue(c, shape, planes, dx);
  }
  const count = size(geometry.map((a) => a.kernel));
  const taps = Array.from({ length: count }, (_, i) => count - 1 - i);
  const reversed = w.in(count === 1 ? kernelSwapped : { ...kernelSwapped, taps });
  const dx = reversedInputGradient(c.g, map, reversed, geometry, groups, extents);
  return storedValue(c, shape, planes, dx);
};

export const convolutionFilterGradient: Rule<PrimitiveNamed<"convFilterGrad">> = (
  c,
  { primitive, args, shape },
) => {
  const [x, dy] = [args[0]!.in(planes), args[1]!.in(planes)];
  const { geometry, groups } = primitive;
  // A few input channels make short columns of many pieces.
  return groups === 1 && x.shape[1]! >= size(geometry.map((a) => a.kernel))
    ? storedValue(c, shape, kernelPlanes, gatheredFilterGradient(c.g, x, dy, geometry))
    : storedValue(c, shape, kernelSwapped, exchangedFilterGradient(c.g, x, dy, geometry, groups));
};
