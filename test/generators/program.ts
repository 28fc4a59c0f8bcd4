/** Random programs: directed acyclic graphs of primitives that read earlier values, often the same ones. */
import type { Builder } from "../../src/compile/builder.js";
import type { NodeId, PrimitiveName } from "../../src/compile/program.js";
import type { Application } from "../../src/laws/differentiation.js";
import { drawTensor, type Sampled } from "../../src/laws/generators/ring.js";
import type { Tape } from "../../src/laws/generators/tape.js";
import { sameShape, size, type Shape } from "../../src/tensor/shape.js";
import { primitiveNames } from "../compile/catalogue.js";

/** The primitives that are no sums of products of their arguments. */
const functions: readonly PrimitiveName[] = [
  "divide",
  "elementary",
  "activation",
  "activationGrad",
  "maxPool",
  "maxPoolGrad",
  "crossEntropy",
  "crossEntropyGrad",
];

/** The primitives whose values are polynomials in their arguments. */
export const polynomialNames = primitiveNames.filter((name) => !functions.includes(name));

/** A value under another shape: its first elements, or all of them and zeros. */
export const fitted = <A>(b: Builder<A>, value: NodeId, shape: Shape): NodeId => {
  if (sameShape(b.shape(value), shape)) return value;
  const [from, to] = [size(b.shape(value)), size(shape)];
  const flat = b.apply({ op: "reshape", shape: [from] }, value);
  const resized =
    from > to
      ? b.apply({ op: "slice", begin: [0], shape: [to] }, flat)
      : b.apply({ op: "pad", padding: [[0, to - from]] }, flat);
  return b.apply({ op: "reshape", shape }, resized);
};

/** A way to draw an application of a primitive. */
export type Draw = (t: Tape) => Pick<Application, "primitive" | "shapes">;

/** A program under construction. */
export interface DrawnProgram {
  readonly inputs: readonly NodeId[];
  /** All values, the inputs and a constant among them. */
  readonly values: readonly NodeId[];
  /** The last value. */
  readonly output: NodeId;
}

/** Emit up to `steps` of the instructions that `draws` draw; each argument is any earlier value. */
export const drawProgram = <A>(
  t: Tape,
  over: Sampled<A>,
  b: Builder<A>,
  draws: readonly Draw[],
  steps: number,
): DrawnProgram => {
  const shape = (): Shape => Array.from({ length: t.between(0, 2) }, () => t.between(1, 3));
  const inputs = Array.from({ length: t.between(1, 3) }, (_, i) =>
    b.input(`x${i}`, "parameter", shape()),
  );
  const values = [...inputs, b.constant("constant", drawTensor(over, shape(), t.bulk()))];
  for (let step = t.between(1, steps); step > 0; step--) {
    const { primitive, shapes } = t.pick(draws)(t);
    values.push(b.apply(primitive, ...shapes.map((s) => fitted(b, t.pick(values), s))));
  }
  return { inputs, values, output: values.at(-1)! };
};
