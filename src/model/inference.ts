/**
 * Shape inference: the shape of an operator's value from the shapes of its inputs, or a refusal that
 * quotes both. The caller adds the layer's name.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { everyWindowReads, kernelExtents, outputExtents } from "../tensor/geometry.js";
import { channelsOf, sameShape, showShape, size, spatialOf, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ActivationFunction } from "./activation.js";
import type { Kernelled, Operator } from "./operator.js";

const arities: Partial<Record<Operator["kind"], readonly [least: number, most: number]>> = {
  input: [0, 0],
  add: [2, Infinity],
  multiply: [2, 2],
  concat: [1, Infinity],
};

const expectShape = (what: string, t: Tensor<unknown> | null, shape: Shape): Result<null> =>
  t === null || (sameShape(t.shape, shape) && t.data.length === size(shape))
    ? E.right(null)
    : refuse({
        where: what,
        found: `shape ${showShape(t.shape)} with ${t.data.length} elements`,
        expected: `shape ${showShape(shape)} with ${size(shape)} elements`,
      });

const validEpsilon = (epsilon: number): Result<null> =>
  epsilon >= 0 && Number.isFinite(epsilon)
    ? E.right(null)
    : refuse({ where: "epsilon", found: `${epsilon}`, expected: "a number of at least 0" });

/** The first refusal, or the value. */
const checked = <A>(checks: readonly Result<unknown>[], value: () => Result<A>): Result<A> =>
  (checks.find(E.isLeft) as E.Left<never> | undefined) ?? value();

const isExtent = (n: number): boolean => Number.isSafeInteger(n) && n >= 1;

const validShape = (shape: Shape, where = "shape"): Result<Shape> =>
  shape.every(isExtent) && Number.isSafeInteger(size(shape))
    ? E.right(shape)
    : refuse({
        where,
        found: showShape(shape),
        expected: "whole extents of at least 1, and fewer than 2^53 elements",
      });

/** The parameters of an activation, such as a slope, are finite numbers. */
const finiteParameters = ({ name: _, ...parameters }: ActivationFunction): Result<null> => {
  const wrong = Object.entries(parameters).find(([, p]) => typeof p === "number" && !isFinite(p));
  return wrong === undefined
    ? E.right(null)
    : refuse({ where: wrong[0], found: `${wrong[1]}`, expected: "a finite number" });
};

const windowed = (geometry: Kernelled["geometry"], x: Shape, channels: number): Result<Shape> =>
  E.chain((extents: Shape) => validShape([...extents, channels]))(
    outputExtents(geometry, spatialOf(x)),
  );

const kernelled = <A>(op: Kernelled<A>, x: Shape): Result<Shape> => {
  const inputs = channelsOf(x);
  const outputs = channelsOf(op.kernel.shape);
  if (!isExtent(op.groups) || inputs % op.groups !== 0 || outputs % op.groups !== 0)
    return refuse({
      where: "groups",
      found: `${op.groups} groups for ${inputs} input and ${outputs} output channels`,
      expected: "a number of groups that divides both",
    });
  const perGroup = inputs / op.groups;
  return checked(
    [
      validShape(op.kernel.shape, "kernel"),
      expectShape("kernel", op.kernel, [...kernelExtents(op.geometry), perGroup, outputs]),
      expectShape("bias", op.bias, [outputs]),
      op.kind === "projected" ? expectShape("gates", op.gates, [perGroup, outputs]) : E.right(null),
    ],
    () => windowed(op.geometry, x, outputs),
  );
};

const isBroadcast = (small: Shape, large: Shape): boolean =>
  small.length === large.length &&
  channelsOf(small) === channelsOf(large) &&
  spatialOf(small).every((extent) => extent === 1);

const mismatch = (inputs: readonly Shape[], expected: string): Result<never> =>
  refuse({ where: "inputs", found: inputs.map(showShape).join(" and "), expected });

/** The shape of an operator's value, without the batch. */
export const inferShape = <A>(op: Operator<A>, inputs: readonly Shape[]): Result<Shape> => {
  const [least, most] = arities[op.kind] ?? [1, 1];
  if (inputs.length < least || inputs.length > most)
    return refuse({
      where: "inputs",
      found: `${inputs.length} inputs to ${op.kind}`,
      expected: least === most ? `${least}` : `at least ${least}`,
    });
  const x = inputs[0] ?? [];
  const c = channelsOf(x);
  switch (op.kind) {
    case "input":
      return op.shape.length === 0
        ? refuse({ where: "shape", found: "a scalar input", expected: "at least a channel axis" })
        : validShape(op.shape);
    case "convolution":
    case "projected":
      return kernelled(op, x);
    case "dense": {
      const outputs = channelsOf(op.weights.shape);
      return checked(
        [
          validShape(op.weights.shape, "weights"),
          expectShape("weights", op.weights, [c, outputs]),
          expectShape("bias", op.bias, [outputs]),
        ],
        () => validShape([...spatialOf(x), outputs]),
      );
    }
    case "batchNorm":
      return checked(
        [
          expectShape("gamma", op.gamma, [c]),
          expectShape("beta", op.beta, [c]),
          expectShape("mean", op.mean, [c]),
          expectShape("variance", op.variance, [c]),
          validEpsilon(op.epsilon),
          op.momentum >= 0 && op.momentum <= 1
            ? E.right(null)
            : refuse({ where: "momentum", found: `${op.momentum}`, expected: "a number in 0..1" }),
        ],
        () => E.right(x),
      );
    case "layerNorm":
      return checked(
        [
          expectShape("gamma", op.gamma, [c]),
          expectShape("beta", op.beta, [c]),
          validEpsilon(op.epsilon),
        ],
        () => E.right(x),
      );
    case "affine":
      return checked(
        [expectShape("scale", op.scale, [c]), expectShape("shift", op.shift, [c])],
        () => E.right(x),
      );
    case "activation":
      return E.map(() => x)(finiteParameters(op.fn));
    case "dropout":
      return op.rate >= 0 && op.rate < 1
        ? E.right(x)
        : refuse({ where: "rate", found: `${op.rate}`, expected: "at least 0 and below 1" });
    case "maxPool":
    case "averagePool":
      return E.chain((shape: Shape) =>
        op.geometry.every((a, i) => everyWindowReads(a, x[i]!))
          ? E.right(shape)
          : refuse({
              where: "padding",
              found: op.geometry.map((a) => `${a.low} + ${a.high} for ${a.kernel} taps`).join(", "),
              expected: "no window that lies wholly in the padding",
            }),
      )(windowed(op.geometry, x, c));
    case "globalPool":
      return x.length < 2
        ? refuse({
            where: "inputs",
            found: showShape(x),
            expected: "at least one spatial axis to pool over",
          })
        : E.right(op.keepAxes ? [...spatialOf(x).map(() => 1), c] : [c]);
    case "add":
      return inputs.every((shape) => sameShape(shape, x))
        ? E.right(x)
        : mismatch(inputs, "inputs of one shape");
    case "multiply": {
      const y = inputs[1]!;
      if (sameShape(x, y) || isBroadcast(y, x)) return E.right(x);
      return isBroadcast(x, y)
        ? E.right(y)
        : mismatch(inputs, "equal shapes, or one with spatial extents of 1 and the same channels");
    }
    case "concat":
      return inputs.every((shape) => sameShape(spatialOf(shape), spatialOf(x)))
        ? validShape([...spatialOf(x), inputs.reduce((n, shape) => n + channelsOf(shape), 0)])
        : mismatch(inputs, "equal spatial extents");
    case "zeroPad":
      return op.padding.length === x.length - 1 &&
        op.padding.flat().every((n) => Number.isSafeInteger(n) && n >= 0)
        ? validShape([...spatialOf(x).map((n, i) => n + op.padding[i]![0] + op.padding[i]![1]), c])
        : refuse({
            where: "padding",
            found: JSON.stringify(op.padding),
            expected: `a pair of whole numbers of at least 0 for each of ${x.length - 1} spatial axes`,
          });
    case "flatten":
      return E.right([size(x)]);
    case "reshape":
      return op.shape.length > 0 && size(op.shape) === size(x)
        ? validShape(op.shape)
        : refuse({
            where: "shape",
            found: `${showShape(op.shape)} with ${size(op.shape)} elements`,
            expected: `${size(x)} elements, as in ${showShape(x)}`,
          });
    case "upsample":
      return op.factors.length === x.length - 1
        ? E.mapLeft(within("factors"))(
            E.chain(() => validShape([...spatialOf(x).map((n, i) => n * op.factors[i]!), c]))(
              validShape(op.factors),
            ),
          )
        : mismatch(inputs, `${op.factors.length} spatial axes, one per factor`);
  }
};
