/** Faults in what an operator is, beside its weights: windows, groups, paddings, functions and constants. */
import { mapWeights } from "../../../src/model/operator.js";
import type { Axis } from "../../../src/tensor/geometry.js";
import { generated } from "../../../src/tensor/tensor.js";
import { isKernelled, ofOperator, type NetworkFault } from "./plot.js";

/** A change of one axis of a window, of a convolution or of a pooling. */
const ofAxis = (name: string, change: (a: Axis) => Partial<Axis> | null): NetworkFault =>
  ofOperator(name, (op, { t }) => {
    if (!isKernelled(op) && op.kind !== "maxPool" && op.kind !== "averagePool") return null;
    const places = op.geometry.flatMap((a, i) => (change(a) === null ? [] : [i]));
    if (places.length === 0) return null;
    const at = t.pick(places);
    const geometry = op.geometry.map((a, i) => (i === at ? { ...a, ...change(a) } : a));
    return { ...op, geometry };
  });

/** Faults in operators. */
export const operatorFaults: readonly NetworkFault[] = [
  ofOperator("epsilon", (op) =>
    op.kind === "batchNorm" ? { ...op, epsilon: op.epsilon * 2 } : null,
  ),
  ofOperator("statistics of the batch", (op) =>
    op.kind === "batchNorm" ? { ...op, statistics: "batch" } : null,
  ),
  ofAxis("stride", (a) => ({ stride: a.stride + 1 })),
  ofAxis("dilation", (a) => (a.kernel > 1 ? { dilation: a.dilation + 1 } : null)),
  ofAxis("low padding", (a) => ({ low: a.low + 1 })),
  ofAxis("high padding", (a) => ({ high: a.high + 1 })),
  ofAxis("low and high padding exchanged", (a) =>
    a.low === a.high ? null : { low: a.high, high: a.low },
  ),
  ofAxis("window moved by one", (a) => (a.high > 0 ? { low: a.low + 1, high: a.high - 1 } : null)),
  ofOperator("groups", (op, { ring, t }) => {
    if (!isKernelled(op)) return null;
    const [perGroup, outputs] = op.kernel.shape.slice(-2) as [number, number];
    const inputs = perGroup * op.groups;
    const others = [1, 2, 3, 4].filter(
      (g) => g !== op.groups && inputs % g === 0 && outputs % g === 0,
    );
    if (others.length === 0) return null;
    const groups = t.pick(others);
    return {
      ...mapWeights(op, (w, which) =>
        which === "bias"
          ? w
          : generated(ring)(
              [...w.shape.slice(0, -2), inputs / groups, outputs],
              (i) => w.data[i % w.data.length]!,
            ),
      ),
      groups,
    } as typeof op;
  }),
  ofOperator("zero padding: low and high exchanged", (op) =>
    op.kind === "zeroPad"
      ? { ...op, padding: op.padding.map(([low, high]) => [high, low] as const) }
      : null,
  ),
  ofOperator("zero padding: one more", (op, { t }) => {
    if (op.kind !== "zeroPad") return null;
    const at = t.below(op.padding.length);
    return {
      ...op,
      padding: op.padding.map(([low, high], i) => (i === at ? [low + 1, high] : [low, high])),
    };
  }),
  ofOperator("activation", (op) =>
    op.kind === "activation"
      ? { ...op, fn: { name: op.fn.name === "relu" ? "relu6" : "relu" } }
      : null,
  ),
  ofOperator("constant of an activation", (op, { t }) => {
    if (op.kind !== "activation") return null;
    const constants = Object.entries(op.fn).filter(([, x]) => typeof x === "number");
    if (constants.length === 0) return null;
    const [which, x] = t.pick(constants);
    return { ...op, fn: { ...op.fn, [which]: Number(x) + 2 ** -50 } };
  }),
  ofOperator("divisor of a pooling", (op) =>
    op.kind === "averagePool"
      ? { ...op, divisor: op.divisor === "valid" ? "window" : "valid" }
      : null,
  ),
  ofOperator("kind of a pooling", (op) =>
    op.kind === "maxPool"
      ? { kind: "averagePool", geometry: op.geometry, divisor: "window" }
      : op.kind === "globalPool"
        ? { ...op, reduce: op.reduce === "max" ? "average" : "max" }
        : null,
  ),
  ofOperator("interpolation", (op) =>
    op.kind === "upsample"
      ? { ...op, interpolation: op.interpolation === "nearest" ? "bilinear" : "nearest" }
      : null,
  ),
  ofOperator("sum for product", (op) => (op.kind === "multiply" ? { kind: "add" } : null)),
  ofOperator("input shape", (op) =>
    op.kind === "input" ? { ...op, shape: op.shape.map((n, i) => (i === 0 ? n + 2 : n)) } : null,
  ),
  {
    name: "rate of a dropout, or momentum of a batch norm",
    hidden: true,
    edit: (n, plot) =>
      ofOperator("", (op) =>
        op.kind === "dropout"
          ? { ...op, rate: op.rate / 2 }
          : op.kind === "batchNorm"
            ? { ...op, momentum: op.momentum / 2 }
            : null,
      ).edit(n, plot),
  },
];
