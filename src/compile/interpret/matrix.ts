/** The product of two matrices, either one transposed first. */
import type { Ring } from "../../algebra/ring.js";
import type { Tensor } from "../../tensor/tensor.js";

/** `op(a) op(b)` where `op` transposes or not. */
export const matmul =
  <A>(ring: Ring<A>) =>
  (a: Tensor<A>, b: Tensor<A>, transposeA: boolean, transposeB: boolean): Tensor<A> => {
    const [aRows, aColumns] = [a.shape[0]!, a.shape[1]!];
    const bColumns = b.shape[1]!;
    const rows = transposeA ? aColumns : aRows;
    const inner = transposeA ? aRows : aColumns;
    const columns = transposeB ? b.shape[0]! : bColumns;
    const out = ring.allocate(rows * columns);
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < inner; k++) {
        const x = a.data[transposeA ? k * aColumns + i : i * aColumns + k]!;
        for (let j = 0; j < columns; j++) {
          const y = b.data[transposeB ? j * bColumns + k : k * bColumns + j]!;
          out[i * columns + j] = ring.add(out[i * columns + j]!, ring.mul(x, y));
        }
      }
    return { shape: [rows, columns], data: out };
  };
