/** Adjoint rules of the maps along channels, of matrix products, sums and shape moves. */
import { channelsOf } from "../../tensor/shape.js";
import type { Rules } from "./rule.js";

/** The axes of a shape but the last. */
const leadingAxes = (shape: readonly number[]): readonly number[] =>
  shape.slice(0, -1).map((_, axis) => axis);

export const linearRules: Rules<
  | "channelAffine"
  | "channelScale"
  | "channelShift"
  | "channelSum"
  | "channelDot"
  | "matmul"
  | "add"
  | "subtract"
  | "scale"
  | "offset"
  | "scaleBy"
  | "sum"
  | "broadcast"
  | "reshape"
  | "pad"
  | "slice"
  | "concat"
> = {
  // y = x s + t: dx = c s, ds_j = sum x c, dt_j = sum c.
  channelAffine: (b, _, { args: [x, scale], cotangent }) => [
    () => b.apply({ op: "channelScale" }, cotangent, scale!),
    () => b.apply({ op: "channelDot" }, x!, cotangent),
    () => b.apply({ op: "channelSum" }, cotangent),
  ],
  channelScale: (b, _, { args: [x, scale], cotangent }) => [
    () => b.apply({ op: "channelScale" }, cotangent, scale!),
    () => b.apply({ op: "channelDot" }, x!, cotangent),
  ],
  channelShift: (b, _, { cotangent }) => [
    () => cotangent,
    () => b.apply({ op: "channelSum" }, cotangent),
  ],
  channelSum: (b, _, { cotangent, shape }) => [
    () => b.apply({ op: "broadcast", axes: leadingAxes(shape(0)), shape: shape(0) }, cotangent),
  ],
  // y_j = sum x z: dx = c_j z, dz = c_j x; for x = z both at once, 2 c_j x, in one pass over the data.
  channelDot: (b, _, { args: [x, z], cotangent }) =>
    x === z
      ? [
          () => b.apply({ op: "channelScale" }, x!, b.apply({ op: "scale", factor: 2 }, cotangent)),
          "nothing",
        ]
      : [
          () => b.apply({ op: "channelScale" }, z!, cotangent),
          () => b.apply({ op: "channelScale" }, x!, cotangent),
        ],
  // With P = op(a), Q = op(b), Y = P Q: dP = C Q^T and dQ = P^T C; where op transposes, so does its adjoint.
  matmul: (b, { transposeA, transposeB }, { args: [x, z], cotangent }) => {
    const product = (l: number, tl: boolean, r: number, tr: boolean): number =>
      b.apply({ op: "matmul", transposeA: tl, transposeB: tr }, l, r);
    return [
      () =>
        transposeA
          ? product(z!, transposeB, cotangent, true)
          : product(cotangent, false, z!, !transposeB),
      () =>
        transposeB
          ? product(cotangent, true, x!, transposeA)
          : product(x!, !transposeA, cotangent, false),
    ];
  },
  add: (_b, _, { cotangent }) => [() => cotangent, () => cotangent],
  subtract: (b, _, { cotangent }) => [
    () => cotangent,
    () => b.apply({ op: "scale", factor: -1 }, cotangent),
  ],
  scale: (b, { factor }, { cotangent }) => [() => b.apply({ op: "scale", factor }, cotangent)],
  offset: (_b, _, { cotangent }) => [() => cotangent],
  scaleBy: (b, _, { args: [x, s], cotangent, shape }) => [
    () => b.apply({ op: "scaleBy" }, cotangent, s!),
    () =>
      b.apply(
        { op: "sum", axes: shape(0).map((_, axis) => axis) },
        b.apply({ op: "multiply" }, x!, cotangent),
      ),
  ],
  sum: (b, { axes }, { cotangent, shape }) => [
    () => b.apply({ op: "broadcast", axes, shape: shape(0) }, cotangent),
  ],
  broadcast: (b, { axes }, { cotangent }) => [() => b.apply({ op: "sum", axes }, cotangent)],
  reshape: (b, _, { cotangent, shape }) => [
    () => b.apply({ op: "reshape", shape: shape(0) }, cotangent),
  ],
  pad: (b, { padding }, { cotangent, shape }) => [
    () => b.apply({ op: "slice", begin: padding.map(([low]) => low), shape: shape(0) }, cotangent),
  ],
  slice: (b, p, { cotangent, shape }) => [
    () =>
      b.apply(
        {
          op: "pad",
          padding: p.begin.map((low, axis) => [low, shape(0)[axis]! - low - p.shape[axis]!]),
        },
        cotangent,
      ),
  ],
  concat: (b, _, { args, cotangent, shape }) => {
    let start = 0;
    return args.map((_, i) => {
      const block = shape(i);
      const begin = [...block.slice(0, -1).map(() => 0), start];
      start += channelsOf(block);
      return () => b.apply({ op: "slice", begin, shape: block }, cotangent);
    });
  },
};
