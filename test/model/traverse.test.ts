/** The laws of a traversal, and what a few applicative functors make of it. */
import fc from "fast-check";
import type { hkt } from "fp-ts";
import { getApplicativeComposition, type Applicative } from "fp-ts/lib/Applicative.js";
import * as Const from "fp-ts/lib/Const.js";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as Identity from "fp-ts/lib/Identity.js";
import * as N from "fp-ts/lib/number.js";
import * as O from "fp-ts/lib/Option.js";
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { refuse, type Result } from "../../src/algebra/refusal.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import { countNetwork } from "../../src/model/count.js";
import { mapOperators } from "../../src/model/edit.js";
import { mapNetwork } from "../../src/model/network.js";
import { traverseOperators, traverseWeights } from "../../src/model/traverse.js";
import { size } from "../../src/tensor/shape.js";
import { mapTensor, type Tensor } from "../../src/tensor/tensor.js";
import { equalNetworks } from "../../src/transform/equality.js";
import { succeed } from "../generators/succeed.js";

const { equals } = equalNetworks(rational);
const networks = cases(rationals, {}).map((c) => c.network);

const scaled = (factor: number) => {
  const by = succeed(rational.fromNumber(factor));
  return (t: Tensor<Rational>): Tensor<Rational> =>
    mapTensor(rational)(t, (x) => rational.mul(by, x));
};

describe("traversing a network", () => {
  it("with the identity changes nothing", () => {
    fc.assert(
      fc.property(
        networks,
        (n) =>
          equals(
            succeed(
              traverseOperators(Identity.Applicative)((l: (typeof n.layers)[number]) => l.op)(n),
            ),
            n,
          ) &&
          equals(succeed(traverseWeights(Identity.Applicative)((t: Tensor<Rational>) => t)(n)), n),
      ),
    );
  });

  it("with pure effects is the functor's map", () => {
    const twice = succeed(rational.fromNumber(2));
    fc.assert(
      fc.property(networks, (n) => {
        const traversed = traverseWeights(O.Applicative)((t: Tensor<Rational>) =>
          O.some(scaled(2)(t)),
        )(n);
        return (
          O.isSome(traversed) &&
          equals(
            succeed(traversed.value),
            mapNetwork(rational)(n, (x: Rational) => rational.mul(twice, x)),
          )
        );
      }),
    );
  });

  it("in a composition of functors is one traversal after the other", () => {
    // fp-ts gives a composition no name of its own to be applied by.
    const both = getApplicativeComposition(
      O.Applicative,
      Identity.Applicative,
    ) as unknown as Applicative<"both">;
    fc.assert(
      fc.property(networks, (n) => {
        const sixfold = (t: Tensor<Rational>) =>
          O.some(scaled(3)(scaled(2)(t))) as unknown as hkt.HKT<"both", Tensor<Rational>>;
        const composed = traverseWeights(both)(sixfold)(n) as unknown as O.Option<Result<typeof n>>;
        const after = pipe(
          traverseWeights(O.Applicative)((t: Tensor<Rational>) => O.some(scaled(2)(t)))(n),
          O.map((m) => traverseWeights(Identity.Applicative)(scaled(3))(succeed(m))),
        );
        return (
          O.isSome(composed) &&
          O.isSome(after) &&
          equals(succeed(composed.value), succeed(after.value))
        );
      }),
    );
  });

  it("in a constant functor folds: the number of parameters", () => {
    const count = traverseWeights(Const.getApplicative(N.MonoidSum))((t: Tensor<Rational>) =>
      Const.make<number, never>(size(t.shape)),
    );
    fc.assert(fc.property(networks, (n) => count(n) === countNetwork(n).parameters));
  });

  it("in Either stops at the first refusal, as mapOperators does", () => {
    const stopping = (l: { readonly name: string; readonly inputs: readonly string[] }) =>
      refuse({ where: l.name, found: "a layer", expected: "none" });
    fc.assert(
      fc.property(networks, (n) => {
        const first = n.layers[0]!.name;
        const traversed = traverseOperators(E.Applicative)(stopping)(n);
        const mapped = mapOperators((_, layer) => stopping(layer))(n);
        expect(E.isLeft(traversed) && traversed.left).toEqual(E.isLeft(mapped) && mapped.left);
        expect(E.isLeft(traversed) && traversed.left).toMatchObject({ where: first });
      }),
      { numRuns: 20 },
    );
  });

  it("visits weights in order, by layer and name", () => {
    fc.assert(
      fc.property(networks, (n) => {
        const visited: string[] = [];
        traverseWeights(Identity.Applicative)((t: Tensor<Rational>, { layer, weight }) => {
          visited.push(`${layer}/${weight}`);
          return t;
        })(n);
        const position = new Map(n.layers.map((l, i) => [l.name, i]));
        const positions = visited.map((name) =>
          position.get(name.slice(0, name.lastIndexOf("/")))!,
        );
        expect(positions).toEqual([...positions].sort((a, b) => a - b));
      }),
    );
  });
});
