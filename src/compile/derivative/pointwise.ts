/** Adjoint rules of products, quotients, elementary functions, activations and the loss. */
import type { Builder } from "../builder.js";
import type { NodeId } from "../program.js";
import type { Rules } from "./rule.js";

const negate = <A>(b: Builder<A>, x: NodeId): NodeId => b.apply({ op: "scale", factor: -1 }, x);

export const pointwiseRules: Rules<
  | "multiply"
  | "divide"
  | "elementary"
  | "activation"
  | "activationGrad"
  | "crossEntropy"
  | "crossEntropyGrad"
> = {
  multiply: (b, _, { args: [x, z], cotangent }) => [
    () => b.apply({ op: "multiply" }, cotangent, z!),
    () => b.apply({ op: "multiply" }, cotangent, x!),
  ],
  // y = x / z: dx = c / z, dz = -c y / z.
  divide: (b, _, { args: [, z], value, cotangent }) => [
    () => b.apply({ op: "divide" }, cotangent, z!),
    () => negate(b, b.apply({ op: "divide" }, b.apply({ op: "multiply" }, cotangent, value), z!)),
  ],
  // exp' = y, log' = 1 / x, sqrt' = 1 / 2y, reciprocal' = -y^2.
  elementary: (b, { fn }, { args: [x], value, cotangent }) => [
    () => {
      switch (fn) {
        case "exp":
          return b.apply({ op: "multiply" }, cotangent, value);
        case "log":
          return b.apply({ op: "divide" }, cotangent, x!);
        case "sqrt":
          return b.apply({ op: "scale", factor: 0.5 }, b.apply({ op: "divide" }, cotangent, value));
        case "reciprocal":
          return negate(
            b,
            b.apply({ op: "multiply" }, cotangent, b.apply({ op: "multiply" }, value, value)),
          );
      }
    },
  ],
  activation: (b, { fn }, { args: [x], value, cotangent }) => [
    () => b.apply({ op: "activationGrad", fn }, x!, value, cotangent),
  ],
  // The Jacobian of an activation is symmetric (diagonal, or softmax's), so it is its own adjoint in dy.
  activationGrad: (b, { fn }, { args: [x, y], cotangent }) => {
    const missing = `the second derivative of ${fn.name}`;
    return [
      { missing },
      { missing },
      () => b.apply({ op: "activationGrad", fn }, x!, y!, cotangent),
    ];
  },
  // L_n = -sum_c t_nc (x_nc - l_n): dx is a primitive; dt_nc = c_n (l_n - x_nc), and l_n - x_nc is the loss
  // for the target of class c alone. With class 0 for every row, l_n = L_n(class 0) + x_n0.
  crossEntropy: (b, _, { args: [x, targets], cotangent, shape }) => [
    () => b.apply({ op: "crossEntropyGrad" }, x!, targets!, cotangent),
    () => {
      const [n, classes] = [shape(0)[0]!, shape(0)[1]!];
      const first = b.apply(
        {
          op: "pad",
          padding: [
            [0, 0],
            [0, classes - 1],
          ],
        },
        b.fill("ones", [n, 1], 1),
      );
      const column = b.apply(
        { op: "reshape", shape: [n] },
        b.apply({ op: "slice", begin: [0, 0], shape: [n, 1] }, x!),
      );
      const logarithm = b.apply({ op: "add" }, b.apply({ op: "crossEntropy" }, x!, first), column);
      const repeat = (v: NodeId): NodeId =>
        b.apply({ op: "broadcast", axes: [1], shape: shape(0) }, v);
      return b.apply(
        { op: "multiply" },
        repeat(cotangent),
        b.apply({ op: "subtract" }, repeat(logarithm), x!),
      );
    },
  ],
  // y_nc = d_n (p_nc m_n - t_nc): in d_n it is linear, and the coefficient is y for d = 1.
  crossEntropyGrad: (b, _, { args: [x, targets], cotangent, shape }) => {
    const missing = "the second derivative of the cross-entropy";
    return [
      { missing },
      { missing },
      () =>
        b.apply(
          { op: "sum", axes: [1] },
          b.apply(
            { op: "multiply" },
            cotangent,
            b.apply({ op: "crossEntropyGrad" }, x!, targets!, b.fill("ones", shape(2), 1)),
          ),
        ),
    ];
  },
};
