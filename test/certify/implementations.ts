/** Float32 implementations of linear layers, in every order that the rounding model allows. */
import { rational, type Rational } from "../../src/algebra/rational.js";
import type { Kernelled, Operator } from "../../src/model/operator.js";
import { mapWeights } from "../../src/model/operator.js";
import { evaluateOperator } from "../../src/semantics/evaluate.js";
import { PADDING, readMap } from "../../src/semantics/readMap.js";
import { readTensor } from "../../src/semantics/reading.js";
import { channelsOf, size } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";

const number = (x: number): Rational => succeed(rational.fromNumber(x));

/** `|computed - exact| <= bound`, decided exactly. Under an infinite bound anything goes, NaN too. */
export const within = (computed: number, exact: Rational, bound: number): boolean => {
  if (bound === Infinity) return true;
  if (!Number.isFinite(computed)) return false;
  const difference = rational.sub(number(computed), exact);
  const size =
    rational.functions.compare!(difference, rational.zero) < 0
      ? rational.sub(rational.zero, difference)
      : difference;
  return rational.functions.compare!(size, number(bound)) <= 0;
};

/** The exact value of an operator at float32 weights and inputs. */
export const exactly = (
  op: Operator<number>,
  inputs: readonly Tensor<number>[],
): Tensor<Rational> =>
  succeed(
    evaluateOperator(rational)(
      mapWeights(op, (t) => succeed(readTensor(rational)(t))),
      inputs.map((x) => succeed(readTensor(rational)(x))),
    ),
  );

/** Sum in a random order: pairs of random terms until one is left. */
const shuffledSum = (terms: number[], uniform: () => number): number => {
  const take = (): number => terms.splice(Math.floor(uniform() * terms.length), 1)[0]!;
  while (terms.length > 1) terms.push(Math.fround(take() + take()));
  return terms[0] ?? 0;
};

/** A convolution, or a projected layer either way, with each output summed in its own random order. */
export const inSomeOrder = (
  op: Kernelled,
  x: Tensor<number>,
  uniform: () => number,
  gateInto: "input" | "kernel" | "product",
): Float32Array => {
  const extents = x.shape.slice(1, -1);
  const map = readMap(op.geometry, extents);
  const [inputs, outputs] = [channelsOf(x.shape), channelsOf(op.kernel.shape)];
  const perGroup = inputs / op.groups;
  const f = Math.fround;
  return Float32Array.from({ length: x.shape[0]! * map.positions * outputs }, (_, i) => {
    const j = i % outputs;
    const p = Math.floor(i / outputs) % map.positions;
    const n = Math.floor(i / outputs / map.positions);
    const first = Math.floor(j / (outputs / op.groups)) * perGroup;
    const terms: number[] = op.bias === null ? [] : [op.bias.data[j]!];
    for (let t = 0; t < map.taps; t++) {
      const read = map.reads[p * map.taps + t]!;
      if (read === PADDING) continue;
      for (let k = 0; k < perGroup; k++) {
        const value = x.data[(n * size(extents) + read) * inputs + first + k]!;
        const weight = op.kernel.data[(t * perGroup + k) * outputs + j]!;
        if (op.kind === "convolution") terms.push(f(value * weight));
        else {
          const gate = op.gates.data[k * outputs + j]!;
          terms.push(
            gateInto === "kernel"
              ? f(f(gate * weight) * value)
              : gateInto === "input"
                ? f(f(gate * value) * weight)
                : f(gate * f(value * weight)),
          );
        }
      }
    }
    return shuffledSum(terms, uniform);
  });
};
