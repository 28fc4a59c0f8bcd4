/**
 * Enlarging: a convolution is the convolution in a larger window whose kernel is zero at the taps that are
 * new (T6_push). On an axis with stride `s`, dilation `d` and padding `low` before, let tap `t` go to the tap
 * `a + t f` of the new window. It reads, with `s' = s`, `d' f = d` and `low' = low + a d'`,
 *
 *     o s' + (a + t f) d' - low'  =  o s + t d - low,
 *
 * what tap `t` read, for every output `o`, padding included. Hence, as long as each tap has a place,
 * `a + (k - 1) f < k'`, and there are as many outputs as before,
 *
 *     F'[u] = F[t]   where u = a + t f on every axis,   else 0
 *
 * is the same layer. The offset `a` and the factor `f` follow from the two windows. The gates of a projected
 * layer stay as they are.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { LayerSpec, ModelClass, Network } from "../model/network.js";
import {
  kernelExtents,
  outputExtents,
  span,
  taps,
  type Axis,
  type Geometry,
} from "../tensor/geometry.js";
import { spatialOf, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { canonicalJson } from "./canonicalJson.js";
import type { Conversion, Step } from "./certificate.js";
import { indicesOf } from "./comparison.js";
import { isKernelledLayer, type KernelledLayer } from "./kernelled.js";
import { kept, rebuild } from "./rebuild.js";

/** Which window each convolution gets. */
export interface EnlargeOptions<A = number> {
  /**
   * The window for a layer over these input extents; null, or the window it has, leaves the layer alone.
   * `enlargedWindow` of the layer's window unless told.
   */
  readonly geometry?: (layer: KernelledLayer<A>, extents: Shape) => Geometry | null;
}

/** Where the taps of an axis go: tap `t` to `offset + t * factor`. */
interface Placement {
  readonly offset: number;
  readonly factor: number;
}

/**
 * The default of `enlarge`. A window of one tap gets three an axis with the old one in the middle, whatever
 * its stride; of any other, every dilated axis becomes dense, with taps for its whole span. Windows that are
 * dense already stay.
 *
 * @example
 * import { axis, enlargedWindow } from "heirloom"
 *
 * assert.deepStrictEqual(enlargedWindow([axis({ kernel: 1, stride: 2 })]), [
 *   axis({ kernel: 3, stride: 2, low: 1, high: 1 }),
 * ])
 * assert.deepStrictEqual(enlargedWindow([axis({ kernel: 3, dilation: 2, low: 2 })]), [
 *   axis({ kernel: 5, low: 2 }),
 * ])
 */
export const enlargedWindow = (geometry: Geometry): Geometry =>
  taps(geometry) === 1
    ? geometry.map((a) => ({ ...a, kernel: 3, dilation: 1, low: a.low + 1, high: a.high + 1 }))
    : geometry.map((a) => ({ ...a, kernel: span(a), dilation: 1 }));

const placementOn = (from: Axis, to: Axis): Result<Placement> => {
  if (to.stride !== from.stride)
    return refuse({
      where: "",
      found: `stride ${to.stride}`,
      expected: `stride ${from.stride}, as it was`,
      advice: "a larger window has its outputs where they were",
    });
  if (from.dilation % to.dilation !== 0)
    return refuse({
      where: "",
      found: `dilation ${to.dilation}`,
      expected: `a divisor of the dilation ${from.dilation} that it was`,
      advice: "between the old taps only whole steps of the new ones are possible",
    });
  const factor = from.dilation / to.dilation;
  const offset = (to.low - from.low) / to.dilation;
  if (!Number.isInteger(offset) || offset < 0)
    return refuse({
      where: "",
      found: `padding before of ${to.low}`,
      expected: `${from.low}, as it was, and ${to.dilation} for each tap put before the first`,
    });
  const needed = offset + (from.kernel - 1) * factor + 1;
  return to.kernel >= needed
    ? E.right({ offset, factor })
    : refuse({
        where: "",
        found: `kernel ${to.kernel}`,
        expected: `at least ${needed} taps: ${offset} before the first, ${from.kernel} old ones ${factor} apart`,
      });
};

/** Where the taps go, on every axis, in a window with the same outputs over these extents. */
const placementsIn = (
  from: Geometry,
  to: Geometry,
  extents: Shape,
  outputs: Shape,
): Result<readonly Placement[]> => {
  const enlarged = outputExtents(to, extents);
  if (E.isLeft(enlarged)) return enlarged;
  const placements: Placement[] = [];
  for (const [i, a] of from.entries()) {
    const placement = placementOn(a, to[i]!);
    if (E.isLeft(placement)) return E.left(within(`axis ${i}`)(placement.left));
    placements.push(placement.right);
  }
  const changed = outputs.findIndex((n, i) => n !== enlarged.right[i]);
  return changed === -1
    ? E.right(placements)
    : refuse({
        where: `axis ${changed}`,
        found: `${enlarged.right[changed]} outputs with padding ${to[changed]!.low} + ${to[changed]!.high}`,
        expected: `${outputs[changed]}, as many as before`,
        advice: "choose the padding after so that the outputs stay as many",
      });
};

/** The kernel with each tap at its place and zeros elsewhere. */
const pushed = <A>(
  ring: Ring<A>,
  kernel: Tensor<A>,
  from: Geometry,
  to: Geometry,
  placements: readonly Placement[],
): Tensor<A> => {
  const plane = kernel.data.length / taps(from);
  const data = ring.allocate(plane * taps(to));
  const extents = kernelExtents(from);
  for (let tap = 0; tap < taps(from); tap++) {
    const place = indicesOf(extents, tap).reduce((at, t, i) => {
      const { offset, factor } = placements[i]!;
      return at * to[i]!.kernel + offset + t * factor;
    }, 0);
    for (let i = 0; i < plane; i++) data[place * plane + i] = kernel.data[tap * plane + i]!;
  }
  return { shape: [...kernelExtents(to), ...kernel.shape.slice(-2)], data };
};

/**
 * Put convolutions, gated or not, into larger windows: one tap into three an axis and dilated windows into
 * dense ones unless told otherwise. The class of the network stays, and so do names, strides, groups, gates
 * and biases. The new weights are zero, and ordinary weights afterwards.
 *
 * Refuses a window in which the taps have no place, naming the layer, the axis and the values: another
 * stride, a dilation that does not divide the old one, padding that moves the outputs or changes how many
 * there are, and too few taps.
 *
 * @example
 * import { build, conv, enlarge, float32, input } from "heirloom"
 *
 * const pointwise = pipe(input([8, 8, 3]), conv({ filters: 4, kernel: 1 }), build({ seed: 0 }))
 * const spatial = pipe(pointwise, E.chain(enlarge(float32)))
 * assert.ok(E.isRight(spatial))
 * const { op } = spatial.right.network.layers[1]!
 * assert.deepStrictEqual(op.kind === "convolution" && op.kernel.shape, [3, 3, 3, 4])
 */
export const enlarge =
  <A>(ring: Ring<A>, options: EnlargeOptions<A> = {}) =>
  <C extends ModelClass, In extends Shape, Out extends Shape>(
    source: Network<C, In, Out, A>,
  ): Result<Conversion<C, In, Out, A>> => {
    const shapes = new Map(source.layers.map((l) => [l.name, l.shape]));
    const layers: LayerSpec<A>[] = [];
    const steps: Step[] = [];
    for (const layer of source.layers) {
      const { name } = layer;
      if (!isKernelledLayer(layer)) {
        layers.push(layer);
        steps.push(kept(name));
        continue;
      }
      const { geometry: from, kernel } = layer.op;
      const extents = spatialOf(shapes.get(layer.inputs[0]!)!);
      const to =
        options.geometry === undefined ? enlargedWindow(from) : options.geometry(layer, extents);
      if (to === null || canonicalJson(to) === canonicalJson(from)) {
        layers.push(layer);
        steps.push(kept(name));
        continue;
      }
      const placements = placementsIn(from, to, extents, spatialOf(layer.shape));
      if (E.isLeft(placements)) return E.left(within(`layer ${name}`)(placements.left));
      layers.push({
        ...layer,
        op: { ...layer.op, geometry: to, kernel: pushed(ring, kernel, from, to, placements.right) },
      });
      steps.push({
        theorem: "T6_push",
        layer: name,
        from: [name],
        geometry: from,
        offset: placements.right.map((p) => p.offset),
        factor: placements.right.map((p) => p.factor),
      });
    }
    return rebuild(ring)(source, {
      conversion: "enlarge",
      theorem: "rewrite_sound",
      class: source.class,
      layers,
      steps,
      notes: [],
    });
  };
