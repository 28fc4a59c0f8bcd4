/** The laws of differentiation as decidable statements over an exact ring. */
import { dual, withTangent, type Dual } from "../../src/algebra/dual.js";
import type { Ring } from "../../src/algebra/ring.js";
import { programBuilder } from "../../src/compile/builder.js";
import { differentiate, type Adjoints } from "../../src/compile/derivative.js";
import { applyPrimitive, interpret, type Values } from "../../src/compile/interpret.js";
import type { Program } from "../../src/compile/program.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { drawTensor, type Sampled } from "../generators/element.js";
import { succeed } from "../generators/succeed.js";
import type { Example } from "./catalogue.js";

/** `<x, y>`: the sum of products. */
export const inner = <A>(ring: Ring<A>, x: Tensor<A>, y: Tensor<A>): A =>
  Array.from(x.data).reduce((sum, v, i) => ring.add(sum, ring.mul(v, y.data[i]!)), ring.zero);

/** The same program with its constants read as duals that do not move. */
export const lift = <A>(ring: Ring<A>, program: Program<A>): Program<Dual<A>> => ({
  ...program,
  nodes: program.nodes.map((node) =>
    node.kind === "constant" ? { ...node, value: moving(ring, node.value) } : node,
  ),
});

/** A value that moves in a direction; not at all unless told. */
export const moving = <A>(
  ring: Ring<A>,
  value: Tensor<A>,
  direction?: Tensor<A>,
): Tensor<Dual<A>> =>
  generated(dual(ring))(value.shape, (i) =>
    withTangent(value.data[i]!, direction === undefined ? ring.zero : direction.data[i]!),
  );

/** The gradients of `<cotangent, f(args)>` in the smooth arguments, from the gradient program. */
const gradientsOf = <A>(
  ring: Ring<A>,
  { primitive, smooth }: Example,
  args: readonly Tensor<A>[],
  cotangent: Tensor<A>,
  rules?: Adjoints,
): readonly Tensor<A>[] => {
  const b = programBuilder(ring);
  const inputs = args.map((arg, i) => b.input(`${i}`, "batch", arg.shape));
  const value = b.apply(primitive, ...inputs);
  const seed = b.input("seed", "batch", b.shape(value));
  const gradients = differentiate(
    b,
    value,
    smooth.map((i) => inputs[i]!),
    { seed, ...(rules === undefined ? {} : { rules }) },
  );
  for (const i of smooth) b.output(`${i}`, gradients.get(inputs[i]!)!);
  const feed = Object.fromEntries(args.map((arg, i) => [`${i}`, arg]));
  const values = succeed(interpret(ring)(succeed(b.finish()), { ...feed, seed: cotangent }));
  return smooth.map((i) => values[`${i}`]!);
};

/**
 * Reverse mode is forward mode read backwards: for random directions `d_i` and a random cotangent `c`,
 * `sum_i <gradient_i, d_i> = <c, derivative of f along d>`, the latter from dual numbers.
 */
export const gradientLaw = <A>(
  sampled: Sampled<A>,
  example: Example,
  uniform: () => number,
  rules?: Adjoints,
): boolean => {
  const { ring } = sampled;
  const args = example.shapes.map((shape) => drawTensor(sampled, shape, uniform));
  const directions = example.smooth.map((i) => drawTensor(sampled, args[i]!.shape, uniform));
  const value = succeed(
    applyPrimitive(dual(ring))(
      example.primitive,
      args.map((arg, i) => moving(ring, arg, directions[example.smooth.indexOf(i)])),
    ),
  );
  const cotangent = drawTensor(sampled, value.shape, uniform);
  const forward = inner(
    ring,
    cotangent,
    generated(ring)(value.shape, (i) => value.data[i]!.tangent),
  );
  const backward = gradientsOf(ring, example, args, cotangent, rules).reduce(
    (sum, gradient, i) => ring.add(sum, inner(ring, gradient, directions[i]!)),
    ring.zero,
  );
  return ring.equals(forward, backward);
};

/** For a primitive that is linear in an argument, `<f(x), c> = <x, gradient>`: the adjoint by definition. */
export const adjointLaw = <A>(
  sampled: Sampled<A>,
  example: Example,
  uniform: () => number,
): boolean => {
  const { ring } = sampled;
  const args = example.shapes.map((shape) => drawTensor(sampled, shape, uniform));
  const value = succeed(applyPrimitive(ring)(example.primitive, args));
  const cotangent = drawTensor(sampled, value.shape, uniform);
  const gradients = gradientsOf(ring, example, args, cotangent);
  return example.linear
    .filter((i) => example.smooth.includes(i))
    .every((i) =>
      ring.equals(
        inner(ring, value, cotangent),
        inner(ring, args[i]!, gradients[example.smooth.indexOf(i)]!),
      ),
    );
};

/** The derivative of one scalar output of a program, along directions of some of its inputs. */
export const forwardDerivative = <A>(
  ring: Ring<A>,
  program: Program<A>,
  feed: Values<A>,
  directions: Values<A>,
  output: string,
): A => {
  const moved = Object.fromEntries(
    Object.entries(feed).map(([name, value]) => [name, moving(ring, value, directions[name])]),
  );
  const values = succeed(interpret(dual(ring))(lift(ring, program), moved));
  return values[output]!.data[0]!.tangent;
};
