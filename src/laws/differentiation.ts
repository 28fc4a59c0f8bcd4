/**
 * Reverse mode is forward mode read backwards. For a function `f`, directions `d_i` of its arguments and a
 * cotangent `c` of its value,
 *
 *     sum_i <gradient_i, d_i>  =  <c, derivative of f along d>,
 *
 * the left from the gradient program, the right from dual numbers. Both sides are linear in `d` and `c`, so
 * with drawn directions and cotangents over a field the gradients are right but for the odds of a
 * coincidence, and over polynomials, where these are variables, altogether.
 */
import { dual, withTangent, type Dual } from "../algebra/dual.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { programBuilder } from "../compile/builder.js";
import { differentiate, type Adjoints } from "../compile/derivative.js";
import { applyPrimitive, interpret, type Values } from "../compile/interpret.js";
import type { Primitive, Program } from "../compile/program.js";
import type { Shape } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { equalElements } from "./equality.js";
import { drawTensor, type Sampled } from "./generators/ring.js";
import { every } from "./law.js";

/** `<x, y>`: the sum of products. */
export const inner = <A>(ring: Ring<A>, x: Tensor<A>, y: Tensor<A>): A =>
  Array.from(x.data).reduce((sum, v, i) => ring.add(sum, ring.mul(v, y.data[i]!)), ring.zero);

/** A value that moves in a direction; not at all unless told. */
export const moving = <A>(
  ring: Ring<A>,
  value: Tensor<A>,
  direction?: Tensor<A>,
): Tensor<Dual<A>> =>
  generated(dual(ring))(value.shape, (i) =>
    withTangent(value.data[i]!, direction === undefined ? ring.zero : direction.data[i]!),
  );

/** How a value moves. */
export const tangentsOf = <A>(ring: Ring<A>, value: Tensor<Dual<A>>): Tensor<A> =>
  generated(ring)(value.shape, (i) => value.data[i]!.tangent);

/** The same program with its constants read as duals that do not move. */
export const lift = <A>(ring: Ring<A>, program: Program<A>): Program<Dual<A>> => ({
  ...program,
  nodes: program.nodes.map((node) =>
    node.kind === "constant" ? { ...node, value: moving(ring, node.value) } : node,
  ),
});

/** An application of a primitive, and what is known about it. */
export interface Application {
  readonly primitive: Primitive;
  /** Of its arguments. */
  readonly shapes: readonly Shape[];
  /** The arguments that have derivatives in the dialect. */
  readonly smooth: readonly number[];
  /** The arguments in which the primitive is linear. */
  readonly linear: readonly number[];
}

/** The gradients of `<cotangent, f(args)>` in the smooth arguments, from the gradient program. */
const gradientsOf = <A>(
  ring: Ring<A>,
  { primitive, smooth }: Application,
  args: readonly Tensor<A>[],
  cotangent: Tensor<A>,
  rules?: Adjoints,
): Result<readonly Tensor<A>[]> => {
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
  return pipe(
    b.finish(),
    E.chain((program) => interpret(ring)(program, { ...feed, seed: cotangent })),
    E.map((values) => smooth.map((i) => values[`${i}`]!)),
  );
};

/** The adjoint of a primitive is its derivative read backwards, at drawn arguments and directions. */
export const gradientLaw = <A>(
  sampled: Sampled<A>,
  example: Application,
  uniform: () => number,
  rules?: Adjoints,
): Result<null> => {
  const { ring } = sampled;
  const args = example.shapes.map((shape) => drawTensor(sampled, shape, uniform));
  const directions = example.smooth.map((i) => drawTensor(sampled, args[i]!.shape, uniform));
  const moved = args.map((arg, i) => moving(ring, arg, directions[example.smooth.indexOf(i)]));
  return pipe(
    applyPrimitive(dual(ring))(example.primitive, moved),
    E.chain((value) => {
      const cotangent = drawTensor(sampled, value.shape, uniform);
      return pipe(
        gradientsOf(ring, example, args, cotangent, rules),
        E.chain((gradients) =>
          equalElements(ring)(
            `the gradient of ${example.primitive.op} along the directions`,
            gradients.reduce(
              (sum, gradient, i) => ring.add(sum, inner(ring, gradient, directions[i]!)),
              ring.zero,
            ),
            inner(ring, cotangent, tangentsOf(ring, value)),
          ),
        ),
      );
    }),
  );
};

/** For a primitive that is linear in an argument, `<f(x), c> = <x, gradient>`: the adjoint by definition. */
export const adjointLaw = <A>(
  sampled: Sampled<A>,
  example: Application,
  uniform: () => number,
): Result<null> => {
  const { ring } = sampled;
  const args = example.shapes.map((shape) => drawTensor(sampled, shape, uniform));
  return pipe(
    applyPrimitive(ring)(example.primitive, args),
    E.chain((value) => {
      const cotangent = drawTensor(sampled, value.shape, uniform);
      return pipe(
        gradientsOf(ring, example, args, cotangent),
        E.chain((gradients) =>
          every(
            example.linear
              .filter((i) => example.smooth.includes(i))
              .map(
                (i) => () =>
                  equalElements(ring)(
                    `the adjoint of ${example.primitive.op} in argument ${i}`,
                    inner(ring, args[i]!, gradients[example.smooth.indexOf(i)]!),
                    inner(ring, value, cotangent),
                  ),
              ),
          ),
        ),
      );
    }),
  );
};

/** The derivative of one scalar output of a program, along directions of some of its inputs. */
export const forwardDerivative = <A>(
  ring: Ring<A>,
  program: Program<A>,
  feed: Values<A>,
  directions: Values<A>,
  output: string,
): Result<A> => {
  const moved = Object.fromEntries(
    Object.entries(feed).map(([name, value]) => [name, moving(ring, value, directions[name])]),
  );
  return E.map((values: Values<Dual<A>>) => values[output]!.data[0]!.tangent)(
    interpret(dual(ring))(lift(ring, program), moved),
  );
};
