/**
 * Laws of networks as graphs: what holds layer by layer holds of the whole, and conversions are functors. With
 * `compose` networks are a category, evaluation a functor from it to functions, and a conversion that
 * rewrites layer by layer one to itself.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { compose, cutAt, waistsOf } from "../model/compose.js";
import { asClass } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import { evaluate, evaluateOperator } from "../semantics/evaluate.js";
import { check } from "../certify/check.js";
import { size } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { absorbPadding } from "../transform/absorbPadding.js";
import { enlarge } from "../transform/enlarge.js";
import { foldBatchNorm } from "../transform/fold.js";
import { merge } from "../transform/merge.js";
import { project } from "../transform/project.js";
import { recognise } from "../transform/recognise.js";
import { ungroup } from "../transform/ungroup.js";
import { preserves, projecting, type Convert } from "./conversion.js";
import { drawEmbedding, embedding } from "./embedding.js";
import { equalValues, sameMeaning, sameNetwork } from "./equality.js";
import type { AnyNetwork } from "./generators/network.js";
import type { Tape } from "./generators/tape.js";
import { isConvolution, isProjected, placed } from "./layers.js";
import { choicesOf, every, law } from "./law.js";

const isFrozen = <A>(op: Operator<A>): boolean =>
  op.kind !== "batchNorm" || op.statistics === "frozen";

/** The examples of a batch in reverse order. */
const reversed = <A>(ring: Ring<A>, { shape, data }: Tensor<A>): Tensor<A> => {
  const each = size(shape.slice(1));
  const last = shape[0]! - 1;
  return generated(ring)(shape, (i) => data[(last - Math.floor(i / each)) * each + (i % each)]!);
};

export const runRel = law({
  name: "run_rel",
  statement:
    "a relation of values that every layer respects holds of all values once it holds of the inputs; here, being the " +
    "same examples in another order",
  needs: "a network without statistics of the batch",
  applies: (n) => n.layers.every(({ op }) => isFrozen(op)),
  holds:
    ({ ring }) =>
    (c) =>
      pipe(
        placed(ring)(c),
        E.chain((layers) =>
          pipe(
            placed(ring)({ ...c, batch: reversed(ring, c.batch) }),
            E.chain((others) =>
              every([
                // Each layer respects the relation, which is what the theorem asks ...
                ...layers.map(
                  ({ layer, op, inputs, value }) =>
                    () =>
                      E.mapLeft(within(`layer ${layer.name} alone`))(
                        pipe(
                          evaluateOperator(ring)(
                            op,
                            inputs.map((x) => reversed(ring, x)),
                          ),
                          E.chain((y) => equalValues(ring)(y, reversed(ring, value))),
                        ),
                      ),
                ),
                // ... and all values are related, which is what it says.
                ...layers.map(
                  ({ layer, value }, i) =>
                    () =>
                      E.mapLeft(within(`layer ${layer.name}`))(
                        equalValues(ring)(others[i]!.value, reversed(ring, value)),
                      ),
                ),
              ]),
            ),
          ),
        ),
      ),
});

/** Conversions that take a choice of layers, each with a choice drawn from the tape. */
const chosenConversions = <A>(ring: Ring<A>, t: Tape, n: AnyNetwork<A>): readonly Convert<A>[] => {
  const chosen = new Set(n.layers.map(({ name }) => name).filter(() => t.below(2) === 0));
  const gates = n.layers.some(({ name, op }) => isConvolution(op) && chosen.has(name));
  const free = !n.layers.some(({ op }) => isProjected(op));
  const choose = ({ name }: { readonly name: string }): boolean => chosen.has(name);
  return [
    (m) => ungroup(ring, { choose })(m),
    (m) => enlarge(ring, { geometry: (layer) => (choose(layer) ? null : layer.op.geometry) })(m),
    ...(free && gates
      ? [
          ((m) =>
            E.chain(project(ring, { choose: (l) => (choose(l) ? "gate" : "freeze") }))(
              asClass("GCNN")(m),
            )) satisfies Convert<A>,
        ]
      : []),
  ];
};

export const rewriteSound = law({
  name: "rewrite_sound",
  statement:
    "rewriting any set of layers of a DAG, each by a layer that means the same, preserves its meaning",
  networks: {
    kinds: [
      "convolution",
      "convolution",
      "projected",
      "dense",
      "activation",
      "add",
      "concat",
      "multiply",
    ],
  },
  holds:
    ({ ring }) =>
    (c) =>
      every(
        chosenConversions(ring, choicesOf(c), c.network).map(
          (convert) => () => preserves(ring)(convert)(c.network, c.batch),
        ),
      ),
});

/** A network apart at a drawn waist. */
const drawCut = <A>(t: Tape, n: AnyNetwork<A>): Result<readonly [AnyNetwork<A>, AnyNetwork<A>]> =>
  cutAt(t.pick(waistsOf(n)))(n);

export const evaluationFunctor = law({
  name: "evaluation_composes",
  theorems: [],
  statement: "a composed network means the composition of its parts, and composing undoes cutting",
  needs: "a network without statistics of the batch",
  applies: (n) => n.layers.every(({ op }) => isFrozen(op)),
  holds:
    ({ ring }) =>
    (c) =>
      pipe(
        drawCut(choicesOf(c), c.network),
        E.chain(([front, back]) =>
          every([
            () =>
              E.chain((n: typeof front) => sameNetwork(ring)(n, c.network))(compose(front, back)),
            () =>
              pipe(
                evaluate(ring)(front, c.batch),
                E.chain((y) => evaluate(ring)(back, y)),
                E.chain((y) =>
                  E.chain((z: typeof y) => equalValues(ring)(y, z))(
                    evaluate(ring)(c.network, c.batch),
                  ),
                ),
              ),
          ]),
        ),
      ),
});

/** `convert(g . f) = convert(g) . convert(f)`, as networks or in meaning. */
const commutes = <A>(
  convert: Convert<A>,
  [front, back]: readonly [AnyNetwork<A>, AnyNetwork<A>],
  whole: AnyNetwork<A>,
  same: (found: AnyNetwork<A>, expected: AnyNetwork<A>) => Result<null>,
): Result<null> =>
  pipe(
    convert(whole),
    E.chain(({ network: converted }) =>
      pipe(
        convert(front),
        E.chain((f) => E.chain((g: typeof f) => compose(f.network, g.network))(convert(back))),
        E.chain((n) => same(n, converted)),
      ),
    ),
  );

/** The conversions that a network admits and that look at one layer at a time. */
const layerwise = <A>(ring: Ring<A>, t: Tape, n: AnyNetwork<A>): readonly Convert<A>[] => {
  const convolutions = n.layers.some(({ op }) => isConvolution(op));
  const gates = n.layers.some(({ op }) => isProjected(op));
  return [
    merge(ring),
    (m) => ungroup(ring)(m),
    (m) => enlarge(ring)(m),
    ...(gates ? [] : [projecting(ring)]),
    ...(gates || convolutions ? [] : [embedding(ring, drawEmbedding(t, n))]),
    ...(E.isRight(recognise(ring)(n)) ? [recognise(ring) as Convert<A>] : []),
  ];
};

export const conversionsCompose = law({
  name: "conversions_compose",
  theorems: [],
  statement:
    "the conversion of a composed network is the composition of the conversions: as networks where layers are " +
    "rewritten one at a time, and in meaning for folding and padding, which reach across",
  networks: {
    kinds: ["convolution", "projected", "dense", "dense", "affine", "zeroPad", "activation", "add"],
  },
  needs: "a network without statistics of the batch",
  applies: (n) => n.layers.every(({ op }) => isFrozen(op)),
  holds:
    ({ ring }) =>
    (c) => {
      const t = choicesOf(c);
      const { network, batch } = c;
      return pipe(
        drawCut(t, network),
        E.chain((parts) =>
          every([
            ...layerwise(ring, t, network).map(
              (convert) => () => commutes(convert, parts, network, sameNetwork(ring)),
            ),
            ...[
              foldBatchNorm(ring) as Convert<typeof ring.zero>,
              absorbPadding(ring) as Convert<typeof ring.zero>,
            ].map(
              (convert) => () =>
                commutes(convert, parts, network, (found, expected) =>
                  sameMeaning(ring)(found, expected, batch),
                ),
            ),
          ]),
        ),
      );
    },
});

/** Every conversion that a network admits. */
const admitted = <A>(ring: Ring<A>, t: Tape, n: AnyNetwork<A>): readonly Convert<A>[] => [
  ...layerwise(ring, t, n),
  (m) => foldBatchNorm(ring)(m),
  (m) => absorbPadding(ring)(m),
];

export const certified = law({
  name: "certificates_hold",
  theorems: [],
  statement: "the checker accepts the certificate of every conversion that the library makes",
  rings: ["rational", "field"],
  holds:
    ({ ring }) =>
    (c) =>
      every(
        admitted(ring, choicesOf(c), c.network).map(
          (convert) => () =>
            pipe(
              convert(c.network),
              E.chain(({ network, certificate }) =>
                E.mapLeft(within(certificate.conversion))(
                  check(ring)(c.network, network, certificate),
                ),
              ),
              E.map(() => null),
            ),
        ),
      ),
});
