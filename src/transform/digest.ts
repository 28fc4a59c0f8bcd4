/**
 * Digests of networks: sha256 over a canonical description, so that a certificate or an adapter can say
 * which network it belongs to.
 *
 * Each weight is hashed by itself (its elements, little-endian where they are machine numbers, else as the
 * ring shows them), and the network's digest is that of its structure as JSON with the weights' digests in
 * their places. Conversions share untouched weights, and no weight is written to once it is built, so a
 * weight's digest is computed once.
 */
import { createHash } from "node:crypto";
import type { Ring } from "../algebra/ring.js";
import type { Layer, ModelClass, Network } from "../model/network.js";
import { mapWeights, weightsOf, type Operator } from "../model/operator.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { canonicalJson } from "./canonicalJson.js";

const known = new WeakMap<object, string>();

const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/** The elements' bytes in little-endian order, without a copy where the machine has that order. */
const bytesOf = (data: Float32Array | Float64Array): Uint8Array => {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (!isBigEndian) return bytes;
  const swapped = bytes.slice();
  for (let i = 0; i < swapped.length; i += data.BYTES_PER_ELEMENT)
    swapped.subarray(i, i + data.BYTES_PER_ELEMENT).reverse();
  return swapped;
};

/** The sha256 of a weight's elements, in hexadecimal. */
export const digestOfTensor =
  <A>(ring: Ring<A>) =>
  ({ data }: Tensor<A>): string => {
    const found = known.get(data);
    if (found !== undefined) return found;
    const hash = createHash("sha256");
    if (data instanceof Float32Array || data instanceof Float64Array) hash.update(bytesOf(data));
    else for (let i = 0; i < data.length; i++) hash.update(`${ring.show(data[i]!)}\n`);
    const digest = hash.digest("hex");
    known.set(data, digest);
    return digest;
  };

/** The operator without its weights' elements: geometry, groups, constants and shapes. */
export const structureOf = <A>(op: Operator<A>): Operator<never> =>
  mapWeights(op, (t): Tensor<never> => ({ shape: t.shape, data: [] }));

const describe = <A>(ring: Ring<A>, layer: Layer<A>): unknown => [
  layer.name,
  layer.inputs,
  layer.shape,
  structureOf(layer.op),
  weightsOf(layer.op).map(([name, t]) => [name, digestOfTensor(ring)(t)]),
];

/** The digest of a network: its structure and every weight. */
export const digestOf =
  <A>(ring: Ring<A>) =>
  (n: Network<ModelClass, Shape, Shape, A>): string =>
    createHash("sha256")
      .update(canonicalJson(n.layers.map((layer) => describe(ring, layer))))
      .digest("hex");
