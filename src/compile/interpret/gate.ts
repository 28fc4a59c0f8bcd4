/** The gate of a kernel and its adjoint: `W[t, k, j] = F[t, k, j] * g[k, j]`, `dg = sum_t F * dW`. */
import type { Ring } from "../../algebra/ring.js";
import { size } from "../../tensor/shape.js";
import { generated, type Tensor } from "../../tensor/tensor.js";

/** Every tap of the kernel times its gate. */
export const gateWeight =
  <A>(ring: Ring<A>) =>
  (kernel: Tensor<A>, gates: Tensor<A>): Tensor<A> =>
    generated(ring)(kernel.shape, (i) =>
      ring.mul(kernel.data[i]!, gates.data[i % gates.data.length]!),
    );

/** The sum over taps of kernel times weight gradient. */
export const gateGrad =
  <A>(ring: Ring<A>) =>
  (kernel: Tensor<A>, weightGrad: Tensor<A>): Tensor<A> => {
    const shape = kernel.shape.slice(-2);
    const out = ring.allocate(size(shape));
    for (let i = 0; i < kernel.data.length; i++) {
      const at = i % out.length;
      out[at] = ring.add(out[at]!, ring.mul(kernel.data[i]!, weightGrad.data[i]!));
    }
    return { shape, data: out };
  };
