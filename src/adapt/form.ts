/**
 * The forms in which one network can be run, which compute the same function (but for the rounding of a merge)
 * and need not cost the same:
 *
 *     original    the network without gates
 *     projected   gates and frozen kernels stored apart. Gates are constants of the program, so the compiler
 *                 multiplies them into the kernels before the first run
 *     switchable  the same, with gates as parameters of the program: they can be written between runs, as where
 *                 one backbone serves several tasks, and every run multiplies them into the kernels anew
 *     merged      an ordinary network again, its kernels the products (T4_merge)
 *
 * A network without gates is given some, near one and by a seed. No cost depends on their values, unless all
 * are one or zero, which a clever engine might see.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { float32 } from "../algebra/float32.js";
import { randomStream } from "../algebra/random.js";
import { within, type Refusal, type Result } from "../algebra/refusal.js";
import { asClass, type Network } from "../model/network.js";
import { tensor } from "../tensor/tensor.js";
import { merge } from "../transform/merge.js";
import { project } from "../transform/project.js";
import type { ChosenMethod } from "./method.js";
import { startOf } from "./reparametrisation.js";
import { withStatistics } from "./statistics.js";
import { weightsWhere, type Trainable } from "./trainable.js";

/** The forms by name. */
export const formNames = ["original", "projected", "switchable", "merged"] as const;

/** The name of a form. */
export type FormName = (typeof formNames)[number];

/** A network in a form to be run. */
export interface Form {
  readonly name: string;
  /** With the statistics of every batch norm frozen. */
  readonly network: Network;
  /** The weights that can be replaced between runs, `layer/weight`. */
  readonly replaceable: Trainable;
}

const fixed: Trainable = new Set();

const isGated = (n: Network): boolean => n.layers.some(({ op }) => op.kind === "projected");

/** How far gates are from one, as a standard deviation. */
const scatter = 0.1;

/** Gates near one on every convolution. */
const withRandomGates = (n: Network, seed: number): Result<Network> =>
  pipe(
    n,
    asClass("GCNN"),
    E.chain(project(float32)),
    E.map(({ network }): Network => ({
      ...network,
      layers: network.layers.map((layer) => {
        if (layer.op.kind !== "projected") return layer;
        const random = randomStream(seed, "gates", layer.name);
        const { shape, data } = layer.op.gates;
        const gates = Float32Array.from(data, () => 1 + scatter * random.normal());
        return { ...layer, op: { ...layer.op, gates: tensor(shape, gates) } };
      }),
    })),
  );

/** The frozen kernels alone. */
const withoutGates = (n: Network): Network => ({
  ...n,
  class: isGated(n) ? "GCNN" : n.class,
  layers: n.layers.map((layer) => {
    if (layer.op.kind !== "projected") return layer;
    const { geometry, groups, kernel, bias } = layer.op;
    return { ...layer, op: { kind: "convolution", geometry, groups, kernel, bias } };
  }),
});

/**
 * A network in the forms that are named, in their order. A network with gates keeps them in all forms but the
 * original; another one gets random gates by the seed. Refuses a form with gates where there is no convolution.
 *
 * @example
 * import { build, conv, countNetwork, formsOf, input } from "heirloom"
 *
 * const n = pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), build({ seed: 0 }))
 * const forms = pipe(n, E.chain((network) => formsOf(network, ["original", "projected", "merged"])))
 * const parameters = E.map((all: readonly Form[]) => all.map(({ network }) => countNetwork(network).parameters))(forms)
 * assert.deepStrictEqual(parameters, E.right([20, 22, 20]))
 */
export const formsOf = (
  n: Network,
  names: readonly FormName[],
  seed = 0,
): Result<readonly Form[]> => {
  const source = withStatistics("frozen")(n);
  const needsGates = names.some((name) => name !== "original");
  const gated = !needsGates || isGated(source) ? E.right(source) : withRandomGates(source, seed);
  if (E.isLeft(gated)) return gated;
  const form = (name: FormName): Result<Form> => {
    switch (name) {
      case "original":
        return E.right({ name, network: withoutGates(source), replaceable: fixed });
      case "projected":
        return E.right({ name, network: gated.right, replaceable: fixed });
      case "switchable": {
        const replaceable = weightsWhere(gated.right, (_, weight) => weight === "gates");
        return E.right({ name, network: gated.right, replaceable });
      }
      case "merged":
        return E.map(({ network }: { readonly network: Network }): Form => ({
          name,
          network,
          replaceable: fixed,
        }))(merge(float32)(gated.right));
    }
  };
  return E.traverseArray(form)(names);
};

/**
 * What is run when a method is through with a network: the merged network of its last phase, from untrained
 * parameters, which are as many as trained ones. Adapters that cannot be merged are still in it.
 */
export const formAfter =
  ({ method, phases }: ChosenMethod) =>
  (n: Network): Result<Form> => {
    let network = n;
    for (const phase of phases) {
      const finished = pipe(
        phase.prepare(network),
        E.chain((a) => a.finish(a.network, startOf(a.reparametrisation))),
        E.mapLeft((r: Refusal) => within(`method ${method}, phase ${phase.name}`)(r)),
      );
      if (E.isLeft(finished)) return finished;
      network = finished.right.merged;
    }
    return E.right({
      name: method,
      network: withStatistics("frozen")(network),
      replaceable: fixed,
    });
  };
