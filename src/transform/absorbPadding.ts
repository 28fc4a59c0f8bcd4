/**
 * Absorbing padding: a convolution that reads explicit zeros reads the same through padding of its own
 * (T6_pad). Output `o` reads through tap `t` the padded position `o stride + t dilation - low`, which is
 * the position `o stride + t dilation - (low + before)` of what was padded, or zero in both. Pooling does
 * not allow it, since there padding is no value; nor does a kernel with weights that are not finite, which
 * an explicit zero does not silence.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { consumers, type LayerSpec, type ModelClass, type Network } from "../model/network.js";
import type { Operator, ZeroPad } from "../model/operator.js";
import type { Geometry } from "../tensor/geometry.js";
import type { Shape } from "../tensor/shape.js";
import type { Conversion, Note, Step } from "./certificate.js";
import { isKernelled } from "./kernelled.js";
import { finite } from "./precision.js";
import { kept, rebuild } from "./rebuild.js";

const mayAbsorb = <A>(ring: Ring<A>, op: Operator<A>): boolean =>
  isKernelled(op) && E.isRight(finite(ring)("kernel", op.kernel));

const padded = (geometry: Geometry, padding: ZeroPad["padding"]): Geometry =>
  geometry.map((a, i) => ({ ...a, low: a.low + padding[i]![0], high: a.high + padding[i]![1] }));

/**
 * Move every zero padding whose readers are all convolutions (gated or not) into their geometries. Others
 * stay, with a note. The class of the network stays.
 */
export const absorbPadding =
  <A>(ring: Ring<A>) =>
  <C extends ModelClass, In extends Shape, Out extends Shape>(
    source: Network<C, In, Out, A>,
  ): Result<Conversion<C, In, Out, A>> => {
    const readers = consumers(source);
    const absorbed = new Map<string, { readonly op: ZeroPad; readonly input: string }>();
    const layers: LayerSpec<A>[] = [];
    const steps: Step[] = [];
    const notes: Note[] = [];
    for (const layer of source.layers) {
      const { name, op } = layer;
      const pad = absorbed.get(layer.inputs[0] ?? "");
      if (op.kind === "zeroPad") {
        const all = readers.get(name)!;
        const others = all.filter((reader) => !mayAbsorb(ring, reader.op));
        if (all.length > 0 && others.length === 0) {
          absorbed.set(name, { op, input: layer.inputs[0]! });
          continue;
        }
        notes.push({
          layer: name,
          note:
            all.length === 0
              ? "left as it is: it is the output"
              : `left as it is: read by ${others.map((l) => `${l.name} (${l.op.kind}${isKernelled(l.op) ? ", weights not finite" : ""})`).join(", ")}`,
        });
      }
      if (pad !== undefined && isKernelled(op)) {
        layers.push({
          name,
          inputs: [pad.input],
          op: { ...op, geometry: padded(op.geometry, pad.op.padding) },
        });
        steps.push({
          theorem: "T6_pad",
          layer: name,
          from: [layer.inputs[0]!, name],
          padding: pad.op.padding,
          geometry: op.geometry,
        });
        continue;
      }
      layers.push(layer);
      steps.push(kept(name));
    }
    return rebuild(ring)(source, {
      conversion: "absorbPadding",
      theorem: "rewrite_sound",
      class: source.class,
      layers,
      steps,
      notes,
    });
  };
