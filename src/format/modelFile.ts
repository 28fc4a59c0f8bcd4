/** What a model file holds: a network, and what one must know to use it. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";
import { channelsOf } from "../tensor/shape.js";
import type { Preprocessing } from "./preprocessing.js";

/** A network of float32 weights, the preprocessing of its input and the names of its classes. */
export interface Model<C extends ModelClass = ModelClass> {
  readonly name: string;
  readonly network: Network<C, Shape, Shape, number>;
  readonly preprocessing: Preprocessing;
  /** The class names, one per output channel, where they are known. */
  readonly labels: readonly string[] | null;
}

/** The labels, when there is one per output channel. */
export const checkLabels = (
  network: Network,
  labels: readonly string[] | null,
): Result<readonly string[] | null> =>
  labels === null || labels.length === channelsOf(network.output)
    ? E.right(labels)
    : refuse({
        where: "labels",
        found: `${labels.length} names`,
        expected: `${channelsOf(network.output)}, one per output channel`,
      });
