/**
 * Whether data is the network it says it is. A certificate speaks of networks, and a record with two layers
 * of one name, a shape that its layer does not have, too few elements of a weight, or the label of a class
 * that it does not belong to is none.
 */
import * as E from "fp-ts/lib/Either.js";
import { within, type Refusal, type Result } from "../algebra/refusal.js";
import {
  classOfLayers,
  fitsClass,
  network,
  type ModelClass,
  type Network,
} from "../model/network.js";
import { sameShape, showShape, type Shape } from "../tensor/shape.js";
import { all, differs, holds, type Verdict } from "./verdict.js";

const shaped = (where: string, found: Shape, expected: Shape): Verdict =>
  sameShape(found, expected) ? holds : differs(where, showShape(found), showShape(expected));

/** The layers as a network; what has no layers, or layers without operators, is none. */
const networkOf = <A>({
  layers,
}: Network<ModelClass, Shape, Shape, A>): Result<Network<ModelClass, Shape, Shape, A>> =>
  E.flatten(
    E.tryCatch(
      () => network(layers),
      (error): Refusal => ({
        where: "network",
        found: `no network (${error instanceof Error ? error.message : String(error)})`,
        expected: "layers, each with a name, an operator and its inputs",
      }),
    ),
  );

/** Every layer fits, every shape is the inferred one, and the layers make a network of the class. */
export const wellFormed = <A>(which: string, n: Network<ModelClass, Shape, Shape, A>): Verdict =>
  E.mapLeft(within(which))(
    E.chain((built: Network<ModelClass, Shape, Shape, A>) =>
      all(
        () => shaped("input shape", n.input, built.input),
        () => shaped("output shape", n.output, built.output),
        ...n.layers.map(
          ({ name, shape }, i) =>
            () =>
              shaped(`shape of layer ${name}`, shape, built.layers[i]!.shape),
        ),
        () =>
          fitsClass(n.class, n.layers)
            ? holds
            : differs("class", n.class, `${classOfLayers(n.layers)}, or a class that contains it`),
      ),
    )(networkOf(n)),
  );
