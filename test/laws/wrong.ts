/** Laws that do not hold, so that what happens then can be seen. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { mapOperators } from "../../src/model/edit.js";
import { sameMeaning } from "../../src/laws/equality.js";
import { law } from "../../src/laws/law.js";
import { has, isProjected } from "../../src/laws/layers.js";

/** Merging that forgets the gates. */
export const forgetful = law({
  name: "forgetful_merge",
  theorems: [],
  statement: "a projected network means what it means without its gates",
  needs: "a projected layer",
  applies: has(isProjected),
  networks: { kinds: ["projected", "convolution", "activation", "add", "concat"] },
  holds:
    ({ ring }) =>
    ({ network, batch }) =>
      pipe(
        network,
        mapOperators((op) => {
          if (op.kind !== "projected") return E.right(op);
          const { geometry, groups, kernel, bias } = op;
          return E.right({ kind: "convolution" as const, geometry, groups, kernel, bias });
        }),
        E.chain((n) => sameMeaning(ring)(n, network, batch)),
      ),
});

export const throwing = law({
  name: "throwing",
  theorems: [],
  statement: "nothing",
  holds: () => () => {
    throw new Error("thrown");
  },
});
