/** Changes of a stack that leave what it computes unchanged, applied layer by layer and stated as a law. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { within, type Result } from "../algebra/refusal.js";
import { rational, type Rational } from "../algebra/rational.js";
import { sameMeaning } from "../laws/equality.js";
import type { AnyNetwork } from "../laws/generators/network.js";
import type { Tape } from "../laws/generators/tape.js";
import { network } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import { tapeAt } from "./place.js";
import type { Reals } from "./reals.js";
import { stackOf, type Stack } from "./stack.js";
import type { Applied, Change, Figures, Site, TechniqueLaw } from "./technique.js";

/** What becomes of the layers of a stack. */
export interface StackOutcome<A> {
  /** The operators that change, by layer. */
  readonly ops: ReadonlyMap<string, Operator<A>>;
  readonly what: string;
  readonly figures: Figures;
}

/** A network with the operators of some of its layers replaced. */
const replaced = <A>(
  n: AnyNetwork<A>,
  ops: ReadonlyMap<string, Operator<A>>,
): Result<AnyNetwork<A>> =>
  E.map((changed: AnyNetwork<A>) => ({ ...changed, class: n.class }))(
    network(n.layers.map((layer) => ({ ...layer, op: ops.get(layer.name) ?? layer.op }))),
  );

/** `apply` of a technique that changes the stack of one layer after another. */
export const onEachStack =
  <O extends object>(
    change: <A>(reals: Reals<A>, stack: Stack<A>, options: O) => Result<StackOutcome<A>>,
  ) =>
  <A>(reals: Reals<A>, site: Site<A>, options: O): Result<Applied<A>> => {
    let current = site.network;
    const changes: Change[] = [];
    for (const layer of site.layers) {
      const outcome = pipe(
        stackOf(layer)(current),
        E.chain((stack) => change(reals, stack, options)),
      );
      if (E.isLeft(outcome)) return E.left(within(`layer ${layer}`)(outcome.left));
      const next = replaced(current, outcome.right.ops);
      if (E.isLeft(next)) return next;
      current = next.right;
      changes.push({ layer, what: outcome.right.what, figures: outcome.right.figures });
    }
    return E.right({ network: current, changes, figures: {}, tensors: new Map() });
  };

/** The law of a symmetry: the network with the changed stack has the same value on the batch. */
export const symmetryLaw = (
  statement: string,
  change: (t: Tape, stack: Stack<Rational>) => ReadonlyMap<string, Operator<Rational>>,
): TechniqueLaw => ({
  statement,
  holds: (p) =>
    pipe(
      stackOf(p.layer)(p.network),
      E.chain((stack) => replaced(p.network, change(tapeAt(p), stack))),
      E.chain((n) => sameMeaning(rational)(n, p.network, p.batch)),
    ),
});
