/**
 * Reading a float32 network in another ring. A binary32 number is a dyadic rational, so over the rationals,
 * a field of characteristic other than two, or float64 the reading is exact, and what is then proved or
 * computed is about the very numbers in the file.
 */
import * as E from "fp-ts/lib/Either.js";
import { within, type Refusal, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer, ModelClass, Network } from "../model/network.js";
import { mapWeights } from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** A tensor of machine numbers, read exactly; refuses the first element the ring does not contain. */
export const readTensor =
  <A>(ring: Ring<A>) =>
  (t: Tensor<number>): Result<Tensor<A>> => {
    const out = ring.allocate(t.data.length);
    for (let i = 0; i < out.length; i++) {
      const x = ring.fromNumber(t.data[i]!);
      if (E.isLeft(x)) return E.left(within(`element ${i}`)(x.left));
      out[i] = x.right;
    }
    return E.right({ shape: t.shape, data: out });
  };

/** The same network with every weight read exactly in `ring`. */
export const readIn =
  <A>(ring: Ring<A>) =>
  <C extends ModelClass, In extends Shape, Out extends Shape>(
    network: Network<C, In, Out, number>,
  ): Result<Network<C, In, Out, A>> => {
    const layers: Layer<A>[] = [];
    let refusal: Refusal | null = null;
    for (const layer of network.layers) {
      const op = mapWeights(layer.op, (t, name): Tensor<A> => {
        const read = readTensor(ring)(t);
        if (E.isRight(read)) return read.right;
        refusal ??= within(`layer ${layer.name}`)(within(name)(read.left));
        return { shape: t.shape, data: [] };
      });
      if (refusal !== null) return E.left(refusal);
      layers.push({ ...layer, op });
    }
    return E.right({ ...network, layers });
  };
