/**
 * Recognising: the way back of embedding. A convolution is taken for a GFFN layer when it keeps the spatial
 * extents and each tap either reads every output's own position (the centre), or never reads anything but
 * padding, or has zero weights only (T2_collapse). A tap that reads another position couples two, which no GFFN
 * network does (T2_strict): the refusal names it as the witness. A tap that reads own positions at some outputs
 * and padding at the others is refused too, although several such taps with equal weights may amount to a
 * centre.
 *
 * The read map decides, rather than the geometry's numbers, so that windows over a single position are
 * recognised whatever their stride. Groups become zeros in the dense weights (T6_groups).
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { LayerSpec, ModelClass, Network } from "../model/network.js";
import type { Convolution, Dense } from "../model/operator.js";
import { PADDING, readMap, type ReadMap } from "../semantics/readMap.js";
import { kernelExtents } from "../tensor/geometry.js";
import { channelsOf, sameShape, showShape, spatialOf, type Shape } from "../tensor/shape.js";
import type { Conversion, Step } from "./certificate.js";
import { indicesOf } from "./comparison.js";
import { kept, rebuild } from "./rebuild.js";

/**
 * What a tap does: reads each output's own position, nothing but padding, another position somewhere, or own
 * positions at some outputs and padding at the others.
 */
type TapKind = "centre" | "dead" | "coupling" | "partial";

const kindOfTap = (map: ReadMap, tap: number): TapKind => {
  let own = 0;
  let padding = 0;
  for (let p = 0; p < map.positions; p++) {
    const read = map.reads[p * map.taps + tap]!;
    if (read === p) own++;
    else if (read === PADDING) padding++;
  }
  if (own + padding < map.positions) return "coupling";
  return padding === 0 ? "centre" : own === 0 ? "dead" : "partial";
};

/** The tap that acts and those that cannot. */
interface Collapse {
  readonly centre: number | null;
  readonly dead: readonly number[];
}

const collapse = <A>(ring: Ring<A>, op: Convolution<A>, extents: Shape): Result<Collapse> => {
  const map = readMap(op.geometry, extents);
  if (!sameShape(map.extents, extents))
    return refuse({
      where: "window",
      found: `${showShape(map.extents)} outputs from ${showShape(extents)} positions`,
      expected: "as many outputs as inputs",
      advice: "a GFFN layer keeps the spatial extents",
    });
  const kinds = Array.from({ length: map.taps }, (_, tap) => kindOfTap(map, tap));
  const plane = op.kernel.data.length / map.taps;
  const outputs = channelsOf(op.kernel.shape);
  for (const [tap, kind] of kinds.entries()) {
    if (kind === "centre" || kind === "dead") continue;
    for (let i = 0; i < plane; i++) {
      const value = op.kernel.data[tap * plane + i]!;
      if (ring.equals(value, ring.zero)) continue;
      const place = indicesOf(kernelExtents(op.geometry), tap).join(", ");
      return refuse({
        where: `kernel tap [${place}], input ${Math.floor(i / outputs)} to output ${i % outputs}`,
        found: ring.show(value),
        expected: "zero off the centre tap",
        advice:
          kind === "coupling"
            ? "this convolution couples positions, which no GFFN network does (T2_strict)"
            : "this tap reads padding at some outputs, so that no one weight stands for it at all of them",
      });
    }
  }
  const centre = kinds.indexOf("centre");
  return E.right({
    centre: centre === -1 ? null : centre,
    dead: kinds.flatMap((kind, tap) => (kind === "dead" ? [tap] : [])),
  });
};

/** The weights of one tap, with zeros between groups. */
const denseAt = <A>(
  ring: Ring<A>,
  op: Convolution<A>,
  inputs: number,
  tap: number | null,
): Dense<A> => {
  const outputs = channelsOf(op.kernel.shape);
  const [perGroup, perGroupOut] = [inputs / op.groups, outputs / op.groups];
  const data = ring.allocate(inputs * outputs);
  if (tap !== null)
    for (let j = 0; j < outputs; j++) {
      const first = Math.floor(j / perGroupOut) * perGroup;
      for (let k = 0; k < perGroup; k++)
        data[(first + k) * outputs + j] = op.kernel.data[(tap * perGroup + k) * outputs + j]!;
    }
  return { kind: "dense", weights: { shape: [inputs, outputs], data }, bias: op.bias };
};

/**
 * The GFFN network that a GCNN network is, where it is one.
 *
 * Refuses otherwise with the witness: the layer, the tap, the channels and the weight that couple positions.
 */
export const recognise =
  <A>(ring: Ring<A>) =>
  <In extends Shape, Out extends Shape>(
    source: Network<ModelClass, In, Out, A>,
  ): Result<Conversion<"GFFN", In, Out, A>> => {
    const shapes = new Map(source.layers.map((l) => [l.name, l.shape]));
    const layers: LayerSpec<A>[] = [];
    const steps: Step[] = [];
    for (const layer of source.layers) {
      const { name, op } = layer;
      if (op.kind === "projected")
        return refuse({
          where: `layer ${name}`,
          found: "gates",
          expected: "convolutions",
          advice: "merge it first",
        });
      if (op.kind !== "convolution") {
        layers.push(layer);
        steps.push(kept(name));
        continue;
      }
      const input = shapes.get(layer.inputs[0]!)!;
      const extents = spatialOf(input);
      const acting = collapse(ring, op, extents);
      if (E.isLeft(acting)) return E.left(within(`layer ${name}`)(acting.left));
      const { centre, dead } = acting.right;
      layers.push({ ...layer, op: denseAt(ring, op, channelsOf(input), centre) });
      steps.push({
        theorem: "T2_collapse",
        layer: name,
        from: [name],
        geometry: op.geometry,
        groups: op.groups,
        extents,
        centre,
        dead,
      });
    }
    return rebuild(ring)(source, {
      conversion: "recognise",
      theorem: "network_embed",
      class: "GFFN",
      layers,
      steps,
      notes: [],
    });
  };
