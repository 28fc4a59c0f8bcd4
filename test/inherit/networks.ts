/** A network of each class, small enough for exact arithmetic. */
import { pipe } from "fp-ts/lib/function.js";
import fc from "fast-check";
import {
  build,
  conv,
  dense,
  flatten,
  float32,
  input,
  maxPool,
  project,
  rational,
  readIn,
  relu,
  type ModelClass,
  type Network,
  type Rational,
  type Shape,
} from "heirloom";
import { scalarsOf } from "heirloom/inherit";
import { sameMeaning } from "../../src/laws/equality.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import { drawTensor, rationals } from "../../src/laws/generators/ring.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";

export const gffn = succeed(
  pipe(input([6]), dense(5), relu, dense(4), relu, dense(3), build({ seed: 1 })),
);
const cnn = succeed(
  pipe(
    input([6, 6, 2]),
    conv({ filters: 4, kernel: 3 }),
    relu,
    maxPool({ size: 2 }),
    conv({ filters: 3, kernel: 3 }),
    relu,
    flatten,
    dense(3),
    build({ seed: 1 }),
  ),
);
const projectedCnn = ((): Network<"Projected", Shape, Shape> => {
  const { network: n } = succeed(project(float32)(cnn));
  // Gates that are not all one, so that there are small and large ones.
  const layers = n.layers.map((layer) =>
    layer.op.kind === "projected"
      ? {
          ...layer,
          op: {
            ...layer.op,
            gates: {
              shape: layer.op.gates.shape,
              data: Float32Array.from(layer.op.gates.data, (_, i) => ((i * 7) % 11) / 4 - 1),
            },
          },
        }
      : layer,
  );
  return { ...n, layers };
})();
export const networks: readonly { readonly name: ModelClass; readonly n: Network }[] = [
  { name: "GFFN", n: gffn },
  { name: "GCNN", n: cnn },
  { name: "Projected", n: projectedCnn },
];

export const numbers = (n: AnyNetwork<number>): readonly number[] =>
  n.layers.flatMap(({ op }) =>
    op.kind === "dense" || op.kind === "convolution" || op.kind === "projected"
      ? Array.from(scalarsOf(op).data)
      : [],
  );

export const exactly = (n: AnyNetwork<number>): AnyNetwork<Rational> =>
  succeed(readIn(rational)(n));

/** That two networks of float32, read exactly, compute the same on a few exact inputs. */
export const computesTheSame = (
  found: AnyNetwork<Rational>,
  expected: AnyNetwork<Rational>,
): void => {
  fc.assert(
    fc.property(tape(), (t) => {
      const batch = drawTensor(rationals, [1, ...expected.input], t.bulk());
      succeed(sameMeaning(rational)(found, expected, batch));
    }),
    { numRuns: 3 },
  );
};
