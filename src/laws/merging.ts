/** Laws of merging: a gate times a convolution is the convolution with the kernel times the gate. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { asClass } from "../model/network.js";
import { evaluateOperator } from "../semantics/evaluate.js";
import { generated } from "../tensor/tensor.js";
import { merge, mergedOperator } from "../transform/merge.js";
import { idempotent, preserves, projecting, retraction, unmergeAfterMerge } from "./conversion.js";
import { equalValues } from "./equality.js";
import { drawTensor } from "./generators/ring.js";
import { atEach, has, isConvolution, isProjected } from "./layers.js";
import { choicesOf, law } from "./law.js";

const gated = { needs: "a projected layer", applies: has(isProjected) } as const;

const networks = {
  kinds: ["projected", "projected", "convolution", "activation", "affine", "add", "concat"],
} as const;

export const t4Merge = law({
  ...gated,
  name: "T4_merge",
  statement: "a projected layer is the convolution with kernel g_jk F_jk",
  networks: { kinds: ["projected"], layers: 2 },
  holds:
    ({ ring }) =>
    (c) =>
      atEach(ring, isProjected)(c, ({ op, value }, x) =>
        pipe(
          evaluateOperator(ring)(mergedOperator(ring)(op), [x]),
          E.chain((y) => equalValues(ring)(y, value)),
        ),
      ),
});

export const t4ProjInGcnn = law({
  ...gated,
  name: "T4_proj_in_gcnn",
  statement:
    "a function is a projected node of kernels F_jk exactly where it is the GCNN node of kernels g_jk F_jk for some gates",
  networks: { kinds: ["projected"], layers: 2 },
  holds: (over) => (c) => {
    const { ring } = over;
    const uniform = choicesOf(c).bulk();
    return atEach(ring, isProjected)(c, ({ op }, x) => {
      const gates = drawTensor(over, op.gates.shape, uniform);
      const pairs = gates.data.length;
      const kernel = generated(ring)(op.kernel.shape, (i) =>
        ring.mul(op.kernel.data[i]!, gates.data[i % pairs]!),
      );
      const { geometry, groups, bias } = op;
      return pipe(
        evaluateOperator(ring)({ kind: "convolution", geometry, groups, kernel, bias }, [x]),
        E.chain((gcnn) =>
          E.chain((y: typeof gcnn) => equalValues(ring)(y, gcnn))(
            evaluateOperator(ring)({ ...op, gates }, [x]),
          ),
        ),
      );
    });
  },
});

export const networkMerge = law({
  ...gated,
  name: "network_merge",
  statement: "merge preserves the meaning of every projected network",
  networks,
  holds:
    ({ ring }) =>
    ({ network, batch }) =>
      preserves(ring)(merge(ring))(network, batch),
});

export const mergeIdempotent = law({
  name: "merge_idempotent",
  theorems: [],
  statement: "merging twice is merging once",
  networks,
  holds:
    ({ ring }) =>
    ({ network }) =>
      idempotent(ring)(merge(ring))(network),
});

export const unmergeMerge = law({
  ...gated,
  name: "unmerge_after_merge",
  theorems: [],
  statement: "unmerge gives back the projected network that was merged",
  networks,
  holds:
    ({ ring }) =>
    ({ network }) =>
      E.chain(unmergeAfterMerge(ring))(asClass("Projected")(network)),
});

export const mergeProject = law({
  name: "merge_after_project",
  theorems: [],
  statement: "merging a freshly projected network gives back the network that was projected",
  needs: "a convolution, and no gates",
  applies: (n) => has(isConvolution)(n) && !has(isProjected)(n),
  networks: { kinds: ["convolution", "convolution", "dense", "activation", "add", "concat"] },
  holds:
    ({ ring }) =>
    ({ network }) =>
      retraction(ring)(projecting(ring), merge(ring))(network),
});
