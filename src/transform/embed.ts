/**
 * Embedding: a GFFN layer is the convolution whose kernel is `w_jk` at the centre tap and zero elsewhere
 * (T1_embed). The centre tap is the one that reads the output's own position, and it exists only for
 * stride 1 with `low = c * dilation` for a tap `c`, and with as many outputs as inputs. Nothing embeds into
 * a valid or strided convolution of more than one position.
 *
 * A dense layer on a vector stays as it is: with one position and one tap the classes coincide
 * (T2_collapse).
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer, LayerSpec, Network } from "../model/network.js";
import type { Convolution, Dense } from "../model/operator.js";
import {
  axis,
  centreTap,
  kernelExtents,
  outputExtents,
  showAxis,
  taps,
  type Axis,
  type Geometry,
} from "../tensor/geometry.js";
import { sameShape, showShape, spatialOf, type Shape } from "../tensor/shape.js";
import type { Conversion, Note, Step } from "./certificate.js";
import { kept, rebuild } from "./rebuild.js";

/** Which geometry each dense layer on spatial extents is embedded into. */
export interface EmbedOptions {
  /** Three taps an axis, extents kept, unless told. */
  readonly geometry?: (layer: string, extents: Shape) => Geometry;
}

/** Three taps an axis with the middle one as the centre. */
const threeTaps: Axis = axis({ kernel: 3, low: 1, high: 1 });

/** The centre tap of each axis of a geometry that keeps these extents. */
const centreOf = (geometry: Geometry, extents: Shape): Result<readonly number[]> => {
  const outputs = outputExtents(geometry, extents);
  if (E.isLeft(outputs)) return outputs;
  const centre: number[] = [];
  for (const [i, a] of geometry.entries()) {
    const c = centreTap(a);
    if (c === null)
      return refuse({
        where: `axis ${i}`,
        found: showAxis(a),
        expected: "a centre tap: stride 1 and padding before of c * dilation for a tap c",
        advice: "a GFFN layer embeds into no strided or unpadded convolution (T1_embed)",
      });
    centre.push(c);
  }
  return sameShape(outputs.right, extents)
    ? E.right(centre)
    : refuse({
        where: "window",
        found: `${showShape(outputs.right)} outputs with ${geometry.map(showAxis).join("; ")}`,
        expected: `as many outputs as inputs, ${showShape(extents)}`,
        advice: "pad so that the extents are kept",
      });
};

/** `w * delta`: the dense weights at one tap and zeros elsewhere. */
const atCentre = <A>(
  ring: Ring<A>,
  { weights, bias }: Dense<A>,
  geometry: Geometry,
  centre: readonly number[],
): Convolution<A> => {
  const plane = weights.data.length;
  const data = ring.allocate(plane * taps(geometry));
  const tap = centre.reduce((at, c, i) => at * geometry[i]!.kernel + c, 0);
  for (let i = 0; i < plane; i++) data[tap * plane + i] = weights.data[i]!;
  const kernel = { shape: [...kernelExtents(geometry), ...weights.shape], data };
  return { kind: "convolution", geometry, groups: 1, kernel, bias };
};

/**
 * The GCNN network that a GFFN network is.
 *
 * Refuses a geometry without a centre tap, naming the layer, the axis and what it has.
 */
export const embed =
  <A>(ring: Ring<A>, options: EmbedOptions = {}) =>
  <In extends Shape, Out extends Shape>(
    source: Network<"GFFN", In, Out, A>,
  ): Result<Conversion<"GCNN", In, Out, A>> => {
    const layers: LayerSpec<A>[] = [];
    const steps: Step[] = [];
    const notes: Note[] = [];
    for (const layer of source.layers) {
      const extents = spatialOf(layer.shape);
      if (layer.op.kind !== "dense" || extents.length === 0) {
        layers.push(layer);
        steps.push(kept(layer.name));
        if (layer.op.kind === "dense") notes.push(vectorNote(layer));
        continue;
      }
      const geometry = options.geometry?.(layer.name, extents) ?? extents.map(() => threeTaps);
      const centre = centreOf(geometry, extents);
      if (E.isLeft(centre)) return E.left(within(`layer ${layer.name}`)(centre.left));
      layers.push({ ...layer, op: atCentre(ring, layer.op, geometry, centre.right) });
      steps.push({
        theorem: "T1_embed",
        layer: layer.name,
        from: [layer.name],
        geometry,
        centre: centre.right,
      });
    }
    return rebuild(ring)(source, {
      conversion: "embed",
      theorem: "network_embed",
      class: "GCNN",
      layers,
      steps,
      notes,
    });
  };

const vectorNote = <A>(layer: Layer<A>): Note => ({
  layer: layer.name,
  note: "on vectors there is one position and one tap, and a dense layer is its own convolution",
});
