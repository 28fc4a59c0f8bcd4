/** Laws of refusing: where a conversion would be wrong there is a refusal and no network. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { asClass } from "../model/network.js";
import { gatesOf, withGates } from "../model/gates.js";
import { generated } from "../tensor/tensor.js";
import { merge } from "../transform/merge.js";
import { project } from "../transform/project.js";
import { unmerge } from "../transform/unmerge.js";
import type { AnyNetwork } from "./generators/network.js";
import { has, isConvolution, isProjected } from "./layers.js";
import { law } from "./law.js";

/** What must be a refusal. */
export const refused = (where: string, result: Result<unknown>): Result<null> =>
  E.isLeft(result) ? E.right(null) : refuse({ where, found: "a network", expected: "a refusal" });

export const refuseProject = law({
  name: "project_refuses",
  theorems: [],
  statement: "project refuses a network that has gates already, and one with nothing to gate",
  needs: "gates, or no convolution",
  applies: (n) => has(isProjected)(n) || !has(isConvolution)(n),
  networks: { kinds: ["projected", "dense", "activation", "add"], layers: 4 },
  holds:
    ({ ring }) =>
    ({ network }) =>
      // The label is what a caller without types could pass; the layers decide.
      refused("project", project(ring)({ ...network, class: "GCNN" })),
});

/** The networks of these gates, with the first of a live kernel one more than it was. */
const altered = <A>(ring: Ring<A>, n: AnyNetwork<A>): Result<AnyNetwork<A> | null> =>
  pipe(
    asClass("Projected")(n),
    E.chain((p) => {
      const live = p.layers.flatMap(({ name, op }) => {
        if (op.kind !== "projected") return [];
        const at = Array.from(op.kernel.data).findIndex((w) => !ring.equals(w, ring.zero));
        return at === -1 ? [] : [{ name, pair: at % op.gates.data.length }];
      })[0];
      if (live === undefined) return E.right(null);
      const gates = new Map(gatesOf(p));
      const own = gates.get(live.name)!;
      gates.set(
        live.name,
        generated(ring)(own.shape, (i) =>
          i === live.pair ? ring.add(own.data[i]!, ring.one) : own.data[i]!,
        ),
      );
      return withGates(gates)(p);
    }),
  );

export const refuseUnmerge = law({
  name: "unmerge_refuses",
  theorems: [],
  statement: "unmerge refuses a projected network of other gates than those that were merged",
  needs: "a projected layer",
  applies: has(isProjected),
  networks: { kinds: ["projected", "activation", "add"], layers: 3 },
  holds:
    ({ ring }) =>
    ({ network }) =>
      pipe(
        altered(ring, network),
        E.chain((other) =>
          other === null
            ? E.right(null)
            : pipe(
                merge(ring)(network),
                E.chain((merged) =>
                  E.chain((p: Parameters<ReturnType<typeof unmerge<typeof ring.zero>>>[1]) =>
                    refused("unmerge", unmerge(ring)(merged.network, p)),
                  )(asClass("Projected")(other)),
                ),
              ),
        ),
      ),
});
