/** Faults in weights: one element, the order of several, or a weight as a whole. */
import { mapWeights, weightsOf, type Operator } from "../../../src/model/operator.js";
import type { Tape } from "../../../src/laws/generators/tape.js";
import { size } from "../../../src/tensor/shape.js";
import { filled, generated, type Tensor } from "../../../src/tensor/tensor.js";
import { isKernelled, ofOperator, type NetworkFault, type Plot } from "./plot.js";

type Weigh = <A>(w: Tensor<A>, plot: Plot<A>) => Tensor<A> | null;

/** A change of one weight of these names. */
const ofWeight = (name: string, weights: readonly string[], change: Weigh): NetworkFault =>
  ofOperator(name, <A>(op: Operator<A>, plot: Plot<A>) => {
    const changed = weightsOf(op).flatMap(([which, w]) => {
      const other = weights.includes(which) ? change(w, plot) : null;
      return other === null ? [] : [[which, other] as const];
    });
    if (changed.length === 0) return null;
    const [which, other] = plot.t.pick(changed);
    return mapWeights<A, A>(op, (w, at) => (at === which ? other : w));
  });

const element =
  (f: <A>(x: A, plot: Plot<A>) => A): Weigh =>
  (w, plot) => {
    const at = plot.t.below(w.data.length);
    return generated(plot.ring)(w.shape, (i) => (i === at ? f(w.data[i]!, plot) : w.data[i]!));
  };
const byUlp = element((x, { ulp }) => ulp(x));
const byOne = element((x, { ring }) => ring.add(x, ring.one));
const negated = element((x, { ring }) => ring.sub(ring.zero, x));

const permuted =
  (from: (i: number, w: Tensor<unknown>, t: Tape) => number): Weigh =>
  (w, { ring, t }) =>
    generated(ring)(w.shape, (i) => w.data[from(i, w, t)]!);
const twoSwapped: Weigh = (w, { ring, t }) => {
  if (w.data.length < 2) return null;
  const a = t.below(w.data.length);
  const b = (a + 1 + t.below(w.data.length - 1)) % w.data.length;
  return generated(ring)(w.shape, (i) => w.data[i === a ? b : i === b ? a : i]!);
};
const mirrored = permuted((i, w) => {
  const plane = w.shape.at(-1)! * w.shape.at(-2)!;
  return w.data.length - plane - (i - (i % plane)) + (i % plane);
});
const transposed: Weigh = (w, plot) => {
  const [rows, columns] = w.shape.slice(-2) as [number, number];
  return rows !== columns || rows === 1
    ? null
    : permuted((i) => {
        const at = i % (rows * rows);
        return i - at + (at % rows) * rows + Math.floor(at / rows);
      })(w, plot);
};
const turned: Weigh = (w, plot) => {
  const [height, width, ...plane] = w.shape;
  const each = size(plane);
  return height !== width || height === 1
    ? null
    : permuted((i) => {
        const tap = Math.floor(i / each);
        return ((tap % width!) * width! + Math.floor(tap / width!)) * each + (i % each);
      })(w, plot);
};
const zeroFilled: Weigh = (w, { ring }) => filled(ring)(w.shape, ring.zero);
const doubled: Weigh = (w, { ring }) =>
  generated(ring)(w.shape, (i) => ring.add(w.data[i]!, w.data[i]!));
const shortened: Weigh = (w) => ({ shape: w.shape, data: Array.from(w.data).slice(1) });
const reshaped: Weigh = (w) =>
  w.shape.length < 2 || w.shape.at(-1) === w.shape.at(-2)
    ? null
    : { shape: [...w.shape.slice(0, -2), w.shape.at(-1)!, w.shape.at(-2)!], data: w.data };
/** Machine numbers have elements that are no numbers. */
const withElement =
  (x: number): Weigh =>
  (w, plot) =>
    typeof plot.ring.zero === "number" ? element(() => x as never)(w, plot) : null;

/** Faults in weights. */
export const weightFaults: readonly NetworkFault[] = [
  ofWeight("tap: one ulp", ["kernel"], byUlp),
  ofWeight("tap: plus one", ["kernel"], byOne),
  ofWeight("tap: sign", ["kernel"], negated),
  ofWeight("taps: two swapped", ["kernel"], twoSwapped),
  ofWeight("kernel: rows and columns exchanged", ["kernel"], turned),
  ofWeight("kernel: mirrored", ["kernel"], mirrored),
  ofWeight("kernel: input and output channels exchanged", ["kernel"], transposed),
  ofWeight("kernel: all zero", ["kernel"], zeroFilled),
  ofWeight("kernel: doubled", ["kernel"], doubled),
  ofWeight("gate: one ulp", ["gates"], byUlp),
  ofWeight("gate: plus one", ["gates"], byOne),
  ofWeight("gates: two swapped", ["gates"], twoSwapped),
  ofWeight("gates: transposed", ["gates"], transposed),
  ofOperator("gates: dropped", (op) => {
    if (op.kind !== "projected") return null;
    const { gates: _, ...rest } = op;
    return { ...rest, kind: "convolution" };
  }),
  ofOperator("gates: added", (op, { ring }) =>
    op.kind !== "convolution"
      ? null
      : {
          ...op,
          kind: "projected",
          gates: filled(ring)(op.kernel.shape.slice(-2), ring.add(ring.one, ring.one)),
        },
  ),
  ofWeight("bias: one ulp", ["bias"], byUlp),
  ofWeight("bias: plus one", ["bias"], byOne),
  ofWeight("bias: two swapped", ["bias"], twoSwapped),
  ofOperator("bias: dropped", (op) =>
    "bias" in op && op.bias !== null ? { ...op, bias: null } : null,
  ),
  ofOperator("bias: added", <A>(op: Operator<A>, { ring }: Plot<A>): Operator<A> | null =>
    (isKernelled(op) || op.kind === "dense") && op.bias === null
      ? {
          ...op,
          bias: filled(ring)(
            (op.kind === "dense" ? op.weights : op.kernel).shape.slice(-1),
            ring.one,
          ),
        }
      : null,
  ),
  ofWeight("dense weight: one ulp", ["weights"], byUlp),
  ofWeight("dense weight: plus one", ["weights"], byOne),
  ofWeight("dense weights: transposed", ["weights"], transposed),
  ofWeight("scale or shift of an affine map", ["scale", "shift"], byUlp),
  ofWeight("gamma or beta", ["gamma", "beta"], byUlp),
  ofWeight("statistic", ["mean", "variance"], byUlp),
  ofOperator("gamma or beta: dropped", (op, { t }) =>
    op.kind === "batchNorm" ? { ...op, [t.pick(["gamma", "beta"])]: null } : null,
  ),
  ofWeight("weight: NaN", ["kernel", "gates", "weights", "bias"], withElement(NaN)),
  ofWeight("weight: infinite", ["kernel", "gates", "weights", "bias"], withElement(Infinity)),
  ofWeight("weight: an element too few", ["kernel", "gates", "weights", "bias"], shortened),
  ofWeight("weight: another shape", ["kernel", "gates", "weights"], reshaped),
];
