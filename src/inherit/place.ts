/**
 * A place: a layer where it stands in a network, with a batch of inputs for the network and what a law has to
 * choose itself. A place decides a law.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { rational, type Rational } from "../algebra/rational.js";
import type { AnyNetwork, Case } from "../laws/generators/network.js";
import { tapeOf, type Tape } from "../laws/generators/tape.js";
import { placed } from "../laws/layers.js";
import { network, type Layer } from "../model/network.js";
import { hasNodes, type NodeOperator } from "./scalars.js";
import type { Subject } from "./subject.js";

/** A layer by name in a network, over the fractions, with a batch. */
export interface Place extends Case<Rational> {
  readonly layer: string;
}

/** What a law chooses itself at a place; without choices each is the plainest. */
export const tapeAt = (p: Place): Tape => tapeOf(p.choices ?? []);

/** A layer whose output channels are nodes. */
export interface NodeLayer<A> extends Layer<A> {
  readonly op: NodeOperator<A>;
}

/** The layer as one with nodes; refuses pools, activations and whatever else has none. */
export const withNodes = <A>(layer: Layer<A>): Result<NodeLayer<A>> =>
  hasNodes(layer.op)
    ? E.right({ ...layer, op: layer.op })
    : refuse({
        where: `layer ${layer.name}`,
        found: layer.op.kind,
        expected: "dense, convolution or projected, whose channels are nodes",
      });

/** The layer and what it reads at the batch. */
export const subjectAt = (p: Place): Result<Subject> =>
  pipe(
    placed(rational)(p),
    E.chain((layers) => {
      const at = layers.find(({ layer }) => layer.name === p.layer);
      if (at === undefined)
        return refuse({
          where: "place",
          found: `no layer named ${p.layer}`,
          expected: `one of ${layers.map(({ layer }) => layer.name).join(", ")}`,
        });
      return E.map(({ op }: NodeLayer<Rational>): Subject => ({ op, x: at.inputs[0]! }))(
        withNodes(at.layer),
      );
    }),
  );

/** A layer alone as a place: a network of the input, `x`, and the layer, `y`. */
export const alone = (s: Subject, choices: readonly number[] = []): Result<Place> =>
  E.map((n: AnyNetwork<Rational>): Place => ({ network: n, batch: s.x, layer: "y", choices }))(
    network([
      { name: "x", op: { kind: "input", shape: s.x.shape.slice(1) }, inputs: [] },
      { name: "y", op: s.op, inputs: ["x"] },
    ]),
  );
