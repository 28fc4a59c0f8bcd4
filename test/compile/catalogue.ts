/** A random application of every primitive, with shapes that fit. */
import type { ActivationFunction } from "../../src/model/activation.js";
import type { Primitive, PrimitiveName } from "../../src/compile/program.js";
import { outputExtents, type Geometry } from "../../src/tensor/geometry.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Application } from "../../src/laws/differentiation.js";
import { drawGeometry } from "../../src/laws/generators/geometry.js";
import { succeed } from "../generators/succeed.js";
import type { Tape } from "../../src/laws/generators/tape.js";

/** An application of a primitive, and which rings decide its laws. */
export interface Example extends Application {
  /** `order`: sums, products and comparisons of rationals will do; `symbols`: it divides or has functions. */
  readonly needs: "order" | "symbols";
}

interface Convolution {
  readonly geometry: Geometry;
  readonly groups: number;
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
}

const drawConvolution = (t: Tape): Convolution => {
  const extents = Array.from({ length: t.pick([2, 1, 0]) }, () => t.between(1, 5));
  const geometry = drawGeometry(t, extents);
  const groups = t.between(1, 2);
  const [inputs, outputs] = [groups * t.between(1, 2), groups * t.between(1, 2)];
  const n = t.between(1, 2);
  return {
    geometry,
    groups,
    x: [n, ...extents, inputs],
    w: [...geometry.map((a) => a.kernel), inputs / groups, outputs],
    y: [n, ...succeed(outputExtents(geometry, extents)), outputs],
  };
};

const drawShape = (t: Tape, least = 0): Shape =>
  Array.from({ length: t.between(least, 3) }, () => t.between(1, 3));

const drawPool = (t: Tape) => {
  const extents = [t.between(1, 5), t.between(1, 5)];
  const geometry = drawGeometry(t, extents, { everyWindowReads: true });
  const [n, c] = [t.between(1, 2), t.between(1, 2)];
  return {
    geometry,
    extents,
    divisor: t.pick(["valid", "window"] as const),
    x: [n, ...extents, c],
    y: [n, ...succeed(outputExtents(geometry, extents)), c],
  };
};

const drawUpsample = (t: Tape) => {
  const factors = [t.between(1, 3), t.between(1, 3)];
  const extents = [t.between(1, 3), t.between(1, 3)];
  return {
    factors,
    interpolation: t.pick(["nearest", "bilinear"] as const),
    x: [2, ...extents, 2],
    y: [2, ...extents.map((n, i) => n * factors[i]!), 2],
  };
};

const subset = (t: Tape, rank: number): readonly number[] =>
  Array.from({ length: rank }, (_, i) => i).filter(() => t.below(2) === 0);

/**
 * Activations by what decides them exactly. Over a formal field `relu(2x) = 2 relu(x)` fails, so what
 * compares `x + 3` with 6 in one place and `x` with 3 in another is judged over the rationals. (The exact
 * gelu's density and error function are related by a constant that no exact ring holds; `semantics/` bounds
 * its error.)
 */
const activations: readonly (readonly [ActivationFunction, Example["needs"]])[] = [
  [{ name: "relu" }, "order"],
  [{ name: "relu6" }, "order"],
  [{ name: "leakyRelu", slope: 0.25 }, "order"],
  [{ name: "hardSigmoid", slope: 0.25, offset: 0.5 }, "order"],
  [{ name: "hardSwish" }, "order"],
  [{ name: "elu", alpha: 0.5 }, "symbols"],
  [{ name: "sigmoid" }, "symbols"],
  [{ name: "tanh" }, "symbols"],
  [{ name: "swish" }, "symbols"],
  [{ name: "gelu", approximate: true }, "symbols"],
  [{ name: "softmax" }, "symbols"],
];

const example = (
  primitive: Primitive,
  shapes: readonly Shape[],
  linear: readonly number[],
  smooth: readonly number[] = shapes.map((_, i) => i),
  needs: Example["needs"] = "order",
): Example => ({ primitive, shapes, linear, smooth, needs });

/** One way to draw each primitive. */
export const catalogue: Readonly<Record<PrimitiveName, (t: Tape) => Example>> = {
  conv: (t) => {
    const { geometry, groups, x, w } = drawConvolution(t);
    return example({ op: "conv", geometry, groups }, [x, w], [0, 1]);
  },
  convInputGrad: (t) => {
    const { geometry, groups, x, w, y } = drawConvolution(t);
    const extents = x.slice(1, -1);
    return example({ op: "convInputGrad", geometry, groups, extents }, [y, w], [0, 1]);
  },
  convFilterGrad: (t) => {
    const { geometry, groups, x, y } = drawConvolution(t);
    return example({ op: "convFilterGrad", geometry, groups }, [x, y], [0, 1]);
  },
  gateWeight: (t) => {
    const w = [...drawShape(t), 2, t.between(1, 3)];
    return example({ op: "gateWeight" }, [w, w.slice(-2)], [0, 1]);
  },
  gateGrad: (t) => {
    const w = [...drawShape(t), 2, t.between(1, 3)];
    return example({ op: "gateGrad" }, [w, w], [0, 1]);
  },
  channelAffine: (t) => {
    const x = drawShape(t, 1);
    return example({ op: "channelAffine" }, [x, x.slice(-1), x.slice(-1)], []);
  },
  channelScale: (t) => {
    const x = drawShape(t, 1);
    return example({ op: "channelScale" }, [x, x.slice(-1)], [0, 1]);
  },
  channelShift: (t) => {
    const x = drawShape(t, 1);
    return example({ op: "channelShift" }, [x, x.slice(-1)], []);
  },
  channelSum: (t) => example({ op: "channelSum" }, [drawShape(t, 1)], [0]),
  channelDot: (t) => {
    const x = drawShape(t, 1);
    return example({ op: "channelDot" }, [x, x], [0, 1]);
  },
  matmul: (t) => {
    const [rows, inner, columns] = [t.between(1, 3), t.between(1, 3), t.between(1, 3)];
    const [transposeA, transposeB] = [t.below(2) === 1, t.below(2) === 1];
    return example(
      { op: "matmul", transposeA, transposeB },
      [
        transposeA ? [inner, rows] : [rows, inner],
        transposeB ? [columns, inner] : [inner, columns],
      ],
      [0, 1],
    );
  },
  add: (t) => {
    const x = drawShape(t);
    return example({ op: "add" }, [x, x], []);
  },
  subtract: (t) => {
    const x = drawShape(t);
    return example({ op: "subtract" }, [x, x], []);
  },
  multiply: (t) => {
    const x = drawShape(t);
    return example({ op: "multiply" }, [x, x], [0, 1]);
  },
  divide: (t) => {
    const x = drawShape(t);
    return example({ op: "divide" }, [x, x], [0], [0, 1], "symbols");
  },
  scale: (t) => example({ op: "scale", factor: t.between(-3, 3) / 4 }, [drawShape(t)], [0]),
  offset: (t) => example({ op: "offset", by: t.between(-3, 3) / 4 }, [drawShape(t)], []),
  scaleBy: (t) => example({ op: "scaleBy" }, [drawShape(t), []], [0, 1]),
  elementary: (t) =>
    example(
      { op: "elementary", fn: t.pick(["exp", "log", "sqrt", "reciprocal"]) },
      [drawShape(t)],
      [],
      [0],
      "symbols",
    ),
  activation: (t) => {
    const [fn, needs] = t.pick(activations);
    return example({ op: "activation", fn }, [drawShape(t, 1)], [], [0], needs);
  },
  activationGrad: (t) => {
    const [fn, needs] = t.pick(activations);
    const x = drawShape(t, 1);
    return example({ op: "activationGrad", fn }, [x, x, x], [2], [2], needs);
  },
  sum: (t) => {
    const x = drawShape(t);
    return example({ op: "sum", axes: subset(t, x.length) }, [x], [0]);
  },
  broadcast: (t) => {
    const shape = drawShape(t);
    const axes = subset(t, shape.length);
    const x = shape.filter((_, axis) => !axes.includes(axis));
    return example({ op: "broadcast", axes, shape }, [x], [0]);
  },
  reshape: (t) => {
    const [p, q] = [t.between(1, 3), t.between(1, 3)];
    return example({ op: "reshape", shape: [q, p] }, [[p, q]], [0]);
  },
  pad: (t) => {
    const x = drawShape(t);
    const padding = x.map(() => [t.below(3), t.below(3)] as const);
    return example({ op: "pad", padding }, [x], [0]);
  },
  slice: (t) => {
    const x = drawShape(t);
    const begin = x.map((n) => t.below(n));
    const shape = x.map((n, axis) => t.between(1, n - begin[axis]!));
    return example({ op: "slice", begin, shape }, [x], [0]);
  },
  concat: (t) => {
    const front = drawShape(t);
    const shapes = Array.from({ length: t.between(1, 3) }, () => [...front, t.between(1, 3)]);
    return example({ op: "concat" }, shapes, []);
  },
  maxPool: (t) => {
    const { geometry, x } = drawPool(t);
    return example({ op: "maxPool", geometry }, [x], []);
  },
  maxPoolGrad: (t) => {
    const { geometry, x, y } = drawPool(t);
    return example({ op: "maxPoolGrad", geometry }, [x, y, y], [2], []);
  },
  averagePool: (t) => {
    const { geometry, divisor, x } = drawPool(t);
    return example({ op: "averagePool", geometry, divisor }, [x], [0]);
  },
  averagePoolGrad: (t) => {
    const { geometry, divisor, extents, y } = drawPool(t);
    return example({ op: "averagePoolGrad", geometry, divisor, extents }, [y], [0]);
  },
  upsample: (t) => {
    const { factors, interpolation, x } = drawUpsample(t);
    return example({ op: "upsample", factors, interpolation }, [x], [0]);
  },
  upsampleGrad: (t) => {
    const { factors, interpolation, y } = drawUpsample(t);
    return example({ op: "upsampleGrad", factors, interpolation }, [y], [0]);
  },
  crossEntropy: (t) => {
    const x = [t.between(1, 3), t.between(1, 4)];
    return example({ op: "crossEntropy" }, [x, x], [1], [0, 1], "symbols");
  },
  crossEntropyGrad: (t) => {
    const x = [t.between(1, 3), t.between(1, 4)];
    return example({ op: "crossEntropyGrad" }, [x, x, x.slice(0, 1)], [2], [2], "symbols");
  },
};

/** The names of all primitives. */
export const primitiveNames = Object.keys(catalogue) as readonly PrimitiveName[];
