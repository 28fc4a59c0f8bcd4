/** Random subjects for the theorems on inheritance: a layer of a class, on a batch, over the rationals. */
import type { Rational } from "../../src/algebra/rational.js";
import type { Convolution, Dense, Projected } from "../../src/model/operator.js";
import type { Subject } from "../../src/inherit/subject.js";
import type { Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, rationals } from "../../src/laws/generators/ring.js";
import { drawGeometry } from "../../src/laws/generators/geometry.js";
import type { Tape } from "../../src/laws/generators/tape.js";

/** The layers that have one scalar per connection: weights of a dense layer, or gates. */
export type Scalars = Dense<Rational> | Projected<Rational>;

/** Limits of what is drawn. */
export interface SubjectOptions {
  /** Whether a node may see only some of the inputs. */
  readonly grouped?: boolean;
  readonly examples?: number;
}

const drawShape = (t: Tape, groups: number): { readonly x: Shape; readonly nodes: number } => ({
  x: [t.between(2, 4), groups * t.between(1, groups > 1 ? 2 : 4)],
  nodes: groups * t.between(groups > 1 ? 1 : 2, 3),
});

const drawBias = (t: Tape, nodes: number): Tensor<Rational> | null =>
  t.below(2) === 0 ? null : drawTensor(rationals, [nodes], t.bulk());

export const drawDense = (t: Tape, options: SubjectOptions = {}): Subject<Dense<Rational>> => {
  const { x, nodes } = drawShape(t, 1);
  return {
    op: {
      kind: "dense",
      weights: drawTensor(rationals, [x[1]!, nodes], t.bulk()),
      bias: drawBias(t, nodes),
    },
    x: drawTensor(rationals, [options.examples ?? 2, ...x], t.bulk()),
  };
};

export const drawConvolution = (
  t: Tape,
  { grouped = true, examples = 2 }: SubjectOptions = {},
): Subject<Convolution<Rational>> => {
  const groups = grouped ? t.between(1, 2) : 1;
  const { x, nodes } = drawShape(t, groups);
  const geometry = drawGeometry(t, x.slice(0, -1));
  const shape = [...geometry.map((a) => a.kernel), x[1]! / groups, nodes];
  return {
    op: {
      kind: "convolution",
      geometry,
      groups,
      kernel: drawTensor(rationals, shape, t.bulk()),
      bias: drawBias(t, nodes),
    },
    x: drawTensor(rationals, [examples, ...x], t.bulk()),
  };
};

export const drawProjected = (
  t: Tape,
  options: SubjectOptions = {},
): Subject<Projected<Rational>> => {
  const { op, x } = drawConvolution(t, options);
  const gates = drawTensor(rationals, op.kernel.shape.slice(-2), t.bulk());
  return { op: { ...op, kind: "projected", gates }, x };
};
