/** The block of a tensor that starts at `begin` and has `shape`. */
import type { Ring } from "../../algebra/ring.js";
import { size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Cut a block out of a tensor. */
export const slice =
  <A>(ring: Ring<A>) =>
  (x: Tensor<A>, begin: Shape, shape: Shape): Tensor<A> => {
    const out = ring.allocate(size(shape));
    let at = 0;
    const copy = (axis: number, from: number): void => {
      if (axis === shape.length) {
        out[at++] = x.data[from]!;
        return;
      }
      for (let i = 0; i < shape[axis]!; i++)
        copy(axis + 1, from * x.shape[axis]! + begin[axis]! + i);
    };
    copy(0, 0);
    return { shape, data: out };
  };
