/**
 * The gates of a projected network, as a lens: what `gatesOf` gets, `withGates` puts back, and nothing else
 * of the network changes. Its three laws (`heirloom/laws`):
 *
 *     get-put    withGates(gatesOf(n))(n) = n
 *     put-get    gatesOf(withGates(g)(n)) = g
 *     put-put    withGates(h)(withGates(g)(n)) = withGates(h)(n)
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { sameShape, showShape, size, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Network } from "./network.js";

/** The gates of each projected layer, `[inputs / groups, outputs]`, by the layer's name. */
export type Gates<A = number> = ReadonlyMap<string, Tensor<A>>;

/** All gates of a projected network. */
export const gatesOf = <A>(n: Network<"Projected", Shape, Shape, A>): Gates<A> =>
  new Map(n.layers.flatMap(({ name, op }) => (op.kind === "projected" ? [[name, op.gates]] : [])));

const showNames = (names: readonly string[]): string =>
  names.length === 0 ? "none" : names.join(", ");

/**
 * The network with other gates. Refuses a set of gates that is not one per projected layer, and gates of
 * another shape.
 *
 * @example
 * import { build, conv, float32, gatesOf, input, project, withGates } from "heirloom"
 *
 * const projected = pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }), E.chain(project(float32)))
 * assert.ok(E.isRight(projected))
 * const n = projected.right.network
 * const again = withGates(gatesOf(n))(n)
 * assert.deepStrictEqual(again, E.right(n))
 */
export const withGates =
  <A>(gates: Gates<A>) =>
  <In extends Shape, Out extends Shape>(
    n: Network<"Projected", In, Out, A>,
  ): Result<Network<"Projected", In, Out, A>> => {
    const own = gatesOf(n);
    const missing = [...own.keys()].filter((name) => !gates.has(name));
    const unknown = [...gates.keys()].filter((name) => !own.has(name));
    if (missing.length + unknown.length > 0)
      return refuse({
        where: "gates",
        found: `gates missing for ${showNames(missing)}; gates too many for ${showNames(unknown)}`,
        expected: `gates for ${showNames([...own.keys()])}`,
      });
    for (const [name, { shape }] of own) {
      const given = gates.get(name)!;
      if (!sameShape(given.shape, shape) || given.data.length !== size(shape))
        return refuse({
          where: `gates of layer ${name}`,
          found: `shape ${showShape(given.shape)} with ${given.data.length} elements`,
          expected: `shape ${showShape(shape)}`,
        });
    }
    return E.right({
      ...n,
      layers: n.layers.map((layer) =>
        layer.op.kind === "projected"
          ? { ...layer, op: { ...layer.op, gates: gates.get(layer.name)! } }
          : layer,
      ),
    });
  };
