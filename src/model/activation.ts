/** The activations a layer may apply, each with its parameters; `softmax` acts along the channels. */

/** An activation function. All but softmax act on each element alone. */
export type ActivationFunction =
  | { readonly name: "relu" }
  | { readonly name: "relu6" }
  /** `x` above zero, `slope * x` below. */
  | { readonly name: "leakyRelu"; readonly slope: number }
  /** `x` above zero, `alpha * (exp(x) - 1)` below. */
  | { readonly name: "elu"; readonly alpha: number }
  | { readonly name: "sigmoid" }
  | { readonly name: "tanh" }
  /** `x * sigmoid(x)`, also called SiLU. */
  | { readonly name: "swish" }
  /** `x * Phi(x)`; `approximate` uses the tanh formula of Hendrycks and Gimpel (2016). */
  | { readonly name: "gelu"; readonly approximate: boolean }
  /** `clamp(slope * x + offset, 0, 1)`: Keras has 0.2 and 0.5, PyTorch and Keras 3 have 1/6 and 0.5. */
  | { readonly name: "hardSigmoid"; readonly slope: number; readonly offset: number }
  /** `x * clamp(x + 3, 0, 6) / 6`. */
  | { readonly name: "hardSwish" }
  | { readonly name: "softmax" };

/** The name of an activation function. */
export type ActivationName = ActivationFunction["name"];

/** Whether the activation acts on each element alone. */
export const isPointwiseActivation = (f: ActivationFunction): boolean => f.name !== "softmax";

/** Whether the activation is made of linear pieces, so that an ordered ring suffices to compute it. */
export const isPiecewiseLinear = (f: ActivationFunction): boolean =>
  f.name === "relu" || f.name === "relu6" || f.name === "leakyRelu" || f.name === "hardSigmoid";
