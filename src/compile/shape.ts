/**
 * The shape of every primitive's value from the shapes of its arguments, or a refusal that quotes them.
 *
 * `[n, ...spatial, c]` is an activation; a matrix has two axes; a vector per channel is `[c]`; a scalar
 * has none. `primitiveShape` is total over the dialect, so a program that a builder accepts is well formed.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { kernelExtents } from "../tensor/geometry.js";
import { channelsOf, sameShape, showShape, size, type Shape } from "../tensor/shape.js";
import { arity } from "./arity.js";
import type { Primitive } from "./program.js";
import {
  adjointOf,
  extentsOf,
  isExtent,
  isKernelFor,
  kernelRule,
  pooled,
  reshaped,
  windowed,
} from "./shape/window.js";

const showShapes = (shapes: readonly Shape[]): string => shapes.map(showShape).join(" and ");

const isNatural = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

/** The value, unless the arguments are not as `expected` in words. */
const when = (
  holds: boolean,
  args: readonly Shape[],
  expected: string,
  value: () => Shape | Result<Shape>,
): Result<Shape> => {
  if (!holds) return refuse({ where: "arguments", found: showShapes(args), expected });
  const shape = value();
  return "_tag" in shape ? shape : E.right(shape);
};

const withoutAxes = (shape: Shape, axes: readonly number[]): Shape =>
  shape.filter((_, axis) => !axes.includes(axis));

const areAxesOf = (axes: readonly number[], rank: number): boolean =>
  new Set(axes).size === axes.length && axes.every((a) => isNatural(a) && a < rank);

const infer = (p: Primitive, args: readonly Shape[]): Result<Shape> => {
  const x = args[0]!;
  const y = args[1] ?? [];
  const c = channelsOf(x);
  switch (p.op) {
    case "conv":
      return when(
        isKernelFor(p.geometry, p.groups, x, channelsOf(y), y),
        args,
        kernelRule(p.geometry, p.groups),
        () => windowed(p.geometry, x, channelsOf(y)),
      );
    case "convInputGrad": {
      const input = reshaped(x, p.extents, (y.at(-2) ?? 0) * p.groups);
      return when(
        isKernelFor(p.geometry, p.groups, input, c, y),
        args,
        `a cotangent [n, ...spatial, out] and a kernel for ${p.groups} groups over ${showShape(p.extents)}`,
        () => adjointOf(windowed(p.geometry, input, c), x, input),
      );
    }
    case "convFilterGrad": {
      const outputs = channelsOf(y);
      const kernel = [...kernelExtents(p.geometry), c / p.groups, outputs];
      return when(
        isKernelFor(p.geometry, p.groups, x, outputs, kernel),
        args,
        kernelRule(p.geometry, p.groups),
        () => E.map(() => kernel)(adjointOf(windowed(p.geometry, x, outputs), y, x)),
      );
    }
    case "gateWeight":
      return when(
        x.length >= 2 && sameShape(y, x.slice(-2)),
        args,
        "a kernel [...t, k, j] and gates [k, j]",
        () => x,
      );
    case "gateGrad":
      return when(
        x.length >= 2 && sameShape(x, y),
        args,
        "two kernels [...t, k, j] of one shape",
        () => x.slice(-2),
      );
    case "channelAffine":
      return when(
        x.length >= 1 && sameShape(y, [c]) && sameShape(args[2]!, [c]),
        args,
        `a scale and a shift of shape ${c}, one number per channel`,
        () => x,
      );
    case "channelScale":
    case "channelShift":
      return when(
        x.length >= 1 && sameShape(y, [c]),
        args,
        `a second argument of shape ${c}, one number per channel`,
        () => x,
      );
    case "channelSum":
      return when(x.length >= 1, args, "at least a channel axis", () => [c]);
    case "channelDot":
      return when(x.length >= 1 && sameShape(x, y), args, "two tensors of one shape", () => [c]);
    case "matmul": {
      const [rows, inner] = p.transposeA ? [x[1], x[0]] : [x[0], x[1]];
      const [inner2, columns] = p.transposeB ? [y[1], y[0]] : [y[0], y[1]];
      return when(
        x.length === 2 && y.length === 2 && inner === inner2,
        args,
        `two matrices whose inner extents agree (transposeA ${p.transposeA}, transposeB ${p.transposeB})`,
        () => [rows!, columns!],
      );
    }
    case "add":
    case "subtract":
    case "multiply":
    case "divide":
      return when(sameShape(x, y), args, "two tensors of one shape", () => x);
    case "scaleBy":
      return when(y.length === 0, args, "a scalar second argument", () => x);
    case "scale":
    case "offset": {
      const number = p.op === "scale" ? p.factor : p.by;
      return Number.isFinite(number)
        ? E.right(x)
        : refuse({
            where: p.op === "scale" ? "factor" : "by",
            found: `${number}`,
            expected: "a finite number",
          });
    }
    case "elementary":
      return E.right(x);
    case "activation":
      return when(x.length >= 1, args, "at least a channel axis", () => x);
    case "activationGrad":
      return when(
        x.length >= 1 && sameShape(x, y) && sameShape(x, args[2]!),
        args,
        "input, value and cotangent of one shape",
        () => x,
      );
    case "sum":
      return when(areAxesOf(p.axes, x.length), args, `the axes ${p.axes.join(", ")}`, () =>
        withoutAxes(x, p.axes),
      );
    case "broadcast":
      return when(
        p.shape.every(isExtent) &&
          areAxesOf(p.axes, p.shape.length) &&
          sameShape(withoutAxes(p.shape, p.axes), x),
        args,
        `${showShape(p.shape)} without its axes ${p.axes.join(", ")}`,
        () => p.shape,
      );
    case "reshape":
      return when(
        p.shape.every(isExtent) && size(p.shape) === size(x),
        args,
        `${size(p.shape)} elements, to become ${showShape(p.shape)}`,
        () => p.shape,
      );
    case "pad":
      return when(
        p.padding.length === x.length && p.padding.flat().every(isNatural),
        args,
        `as many axes as the padding ${JSON.stringify(p.padding)} has whole pairs`,
        () => x.map((n, axis) => n + p.padding[axis]![0] + p.padding[axis]![1]),
      );
    case "slice":
      return when(
        p.begin.length === x.length &&
          p.shape.length === x.length &&
          p.begin.every(isNatural) &&
          p.shape.every(isExtent) &&
          x.every((n, axis) => p.begin[axis]! + p.shape[axis]! <= n),
        args,
        `a tensor that contains ${showShape(p.shape)} from ${JSON.stringify(p.begin)}`,
        () => p.shape,
      );
    case "concat":
      return when(
        x.length >= 1 &&
          args.every((a) => sameShape(a.slice(0, -1), x.slice(0, -1)) && a.length >= 1),
        args,
        "tensors that agree on every axis but the last",
        () => [...x.slice(0, -1), args.reduce((n, a) => n + channelsOf(a), 0)],
      );
    case "maxPool":
    case "averagePool":
      return pooled(p.geometry, x);
    case "maxPoolGrad":
      return when(sameShape(y, args[2]!), args, "a value and a cotangent of one shape", () =>
        adjointOf(pooled(p.geometry, x), y, x),
      );
    case "averagePoolGrad": {
      const input = reshaped(x, p.extents, c);
      return adjointOf(pooled(p.geometry, input), x, input);
    }
    case "upsample":
    case "upsampleGrad": {
      const up = p.op === "upsample";
      const extents = extentsOf(x);
      return when(
        x.length === p.factors.length + 2 &&
          p.factors.every(isExtent) &&
          (up || extents.every((n, i) => n % p.factors[i]! === 0)),
        args,
        `spatial axes for the factors ${p.factors.join(", ")}${up ? "" : ", which divide them"}`,
        () =>
          reshaped(
            x,
            extents.map((n, i) => (up ? n * p.factors[i]! : n / p.factors[i]!)),
            c,
          ),
      );
    }
    case "crossEntropy":
      return when(
        x.length === 2 && sameShape(x, y),
        args,
        "logits and targets of one shape [n, classes]",
        () => [x[0]!],
      );
    case "crossEntropyGrad":
      return when(
        x.length === 2 && sameShape(x, y) && sameShape(args[2]!, [x[0]!]),
        args,
        "logits and targets [n, classes] and one cotangent per example [n]",
        () => x,
      );
  }
};

/**
 * The shape of a primitive's value.
 *
 * @example
 * import { primitiveShape } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * const product = { op: "matmul", transposeA: false, transposeB: true } as const
 * assert.deepStrictEqual(primitiveShape(product, [[2, 3], [5, 3]]), E.right([2, 5]))
 */
export const primitiveShape = (p: Primitive, args: readonly Shape[]): Result<Shape> => {
  const expected = arity(p.op);
  const fits = expected === null ? args.length >= 1 : args.length === expected;
  return E.mapLeft(within(p.op))(
    fits
      ? infer(p, args)
      : refuse({
          where: "arguments",
          found: `${args.length} arguments`,
          expected: expected === null ? "at least 1" : `${expected}`,
        }),
  );
};
