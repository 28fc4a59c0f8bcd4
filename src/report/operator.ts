/** Operators in a few words: `conv 3x3 stride 2 groups 32`. */
import type { Geometry } from "../tensor/geometry.js";
import { channelsOf, showShape } from "../tensor/shape.js";
import type { Operator } from "../model/operator.js";

const alike = (values: readonly (number | string)[]): string =>
  values.every((v) => v === values[0]) ? `${values[0]}` : values.join("x");

/** ` name value`, or nothing where the value is the usual one. */
const unusual = (name: string, values: readonly (number | string)[], usual: string): string =>
  alike(values) === usual ? "" : ` ${name} ${alike(values)}`;

/** `3x3`, and what departs from stride 1, dilation 1 and no padding. */
export const showGeometry = (geometry: Geometry): string =>
  geometry.map((a) => a.kernel).join("x") +
  unusual(
    "stride",
    geometry.map((a) => a.stride),
    "1",
  ) +
  unusual(
    "dilation",
    geometry.map((a) => a.dilation),
    "1",
  ) +
  unusual(
    "pad",
    geometry.map((a) => (a.low === a.high ? a.low : `${a.low}+${a.high}`)),
    "0",
  );

/** The window without its padding, which a drawing has no room for. */
const showWindow = (geometry: Geometry): string =>
  showGeometry(geometry.map((a) => ({ ...a, low: 0, high: 0 })));

const showKernel = <A>(op: Extract<Operator<A>, { readonly groups: number }>): string => {
  const depthwise = op.groups > 1 && op.kernel.shape.at(-2) === 1;
  const window = showWindow(op.geometry);
  return depthwise
    ? `depthwise ${window}`
    : `conv ${window}${op.groups > 1 ? ` groups ${op.groups}` : ""}`;
};

/**
 * What an operator is, in a few words.
 *
 * @example
 * import { axis, showOperator } from "heirloom"
 *
 * const window = axis({ kernel: 3, stride: 2, high: 1 })
 * assert.strictEqual(showOperator({ kind: "maxPool", geometry: [window, window] }), "max pool 3x3 stride 2")
 */
export const showOperator = <A>(op: Operator<A>): string => {
  switch (op.kind) {
    case "input":
      return `input ${showShape(op.shape)}`;
    case "convolution":
      return showKernel(op);
    case "projected":
      return `gated ${showKernel(op)}`;
    case "dense":
      return `dense ${channelsOf(op.weights.shape)}`;
    case "batchNorm":
      return "batch norm";
    case "layerNorm":
      return "layer norm";
    case "affine":
      return "scale and shift";
    case "activation":
      return op.fn.name;
    case "maxPool":
      return `max pool ${showWindow(op.geometry)}`;
    case "averagePool":
      return `average pool ${showWindow(op.geometry)}`;
    case "globalPool":
      return `global ${op.reduce} pool`;
    case "zeroPad":
      return `pad ${op.padding.map(([low, high]) => (low === high ? low : `${low}+${high}`)).join(" x ")}`;
    case "reshape":
      return `reshape ${showShape(op.shape)}`;
    case "upsample":
      return `${op.interpolation} upsample ${op.factors.join("x")}`;
    case "dropout":
      return `dropout ${op.rate}`;
    case "add":
    case "multiply":
    case "concat":
    case "flatten":
      return op.kind;
  }
};
