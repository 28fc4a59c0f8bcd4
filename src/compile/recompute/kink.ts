/**
 * The gradient of a ReLU without its argument. For `y = relu(x)`, and for `y = leakyRelu(x)` with a slope that
 * is not negative, `x > 0` exactly where `y > 0`, and the derivative (from the left at the kink) asks nothing
 * else of `x`: in any ordered ring
 *
 *     activationGrad(x, y, dy) = activationGrad(y, y, dy)
 *
 * So the backward pass can do with `y`, which the next layer keeps anyway, and `x` dies in the forward pass:
 * memory for nothing. (relu6 and hardSigmoid are not like this: above their upper kink `y` forgets `x`.) Over a
 * formal field, where relu is a symbol, the two sides are different terms.
 */
import type { ActivationFunction } from "../../model/activation.js";
import type { Program } from "../program.js";

const keepsSign = (fn: ActivationFunction): boolean =>
  fn.name === "relu" || (fn.name === "leakyRelu" && fn.slope >= 0);

/** The same program over an ordered ring, with ReLU gradients that read the value in place of the argument. */
export const forgetArguments = <A>(program: Program<A>): Program<A> => ({
  ...program,
  nodes: program.nodes.map((node) => {
    if (node.kind !== "apply" || node.primitive.op !== "activationGrad") return node;
    const [, y, dy] = node.args;
    return keepsSign(node.primitive.fn) ? { ...node, args: [y!, y!, dy!] } : node;
  }),
});
