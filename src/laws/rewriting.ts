/** Laws of the conversions that move linear maps about: each preserves the meaning of every network. */
import { absorbPadding } from "../transform/absorbPadding.js";
import { enlarge, enlargedWindow } from "../transform/enlarge.js";
import { foldBatchNorm } from "../transform/fold.js";
import { ungroup } from "../transform/ungroup.js";
import { idempotent, preserves } from "./conversion.js";
import { has, isKernelled } from "./layers.js";
import { choicesOf, every, law } from "./law.js";

export const t6BnFold = law({
  name: "T6_bn_fold",
  statement:
    "a map per channel, a frozen batch norm or an affine layer, folds into the kernel and bias before it",
  needs: "a batch norm or an affine layer",
  applies: has((op) => op.kind === "batchNorm" || op.kind === "affine"),
  networks: {
    kinds: [
      "convolution",
      "projected",
      "dense",
      "affine",
      "affine",
      "add",
      "batchNorm",
      "batchNorm",
    ],
    statistics: ["frozen", "frozen", "batch"],
  },
  holds:
    ({ ring }) =>
    ({ network, batch }) =>
      preserves(ring)(foldBatchNorm(ring))(network, batch),
});

export const t6Pad = law({
  name: "T6_pad",
  statement: "zeros around the input of a convolution are padding of its own",
  needs: "a zero padding",
  applies: has((op) => op.kind === "zeroPad"),
  networks: {
    kinds: ["zeroPad", "zeroPad", "convolution", "projected", "averagePool", "add"],
    ranks: [2, 1],
  },
  holds:
    ({ ring }) =>
    ({ network, batch }) =>
      preserves(ring)(absorbPadding(ring))(network, batch),
});

export const t6Groups = law({
  name: "T6_groups",
  statement:
    "a grouped convolution is the one without groups whose kernel is zero between them; twice is once",
  needs: "a grouped convolution, gated or not",
  applies: (n) => n.layers.some(({ op }) => isKernelled(op) && op.groups > 1),
  networks: { kinds: ["convolution", "projected"], layers: 2 },
  holds:
    ({ ring }) =>
    ({ network, batch }) =>
      every([
        () => preserves(ring)(ungroup(ring))(network, batch),
        () => idempotent(ring)(ungroup(ring))(network),
      ]),
});

export const t6Push = law({
  name: "T6_push",
  statement:
    "a convolution is the one in a larger window, dense or of more taps, that is zero at the new ones",
  needs: "a convolution, gated or not",
  applies: has(isKernelled),
  networks: { kinds: ["convolution", "projected"], layers: 2 },
  holds:
    ({ ring }) =>
    (c) => {
      const t = choicesOf(c);
      const [before, after] = [t.below(2), t.below(2)];
      return every([
        () => preserves(ring)(enlarge(ring))(c.network, c.batch),
        () =>
          preserves(ring)(
            enlarge(ring, {
              geometry: ({ op }) =>
                enlargedWindow(op.geometry).map((a) => ({
                  ...a,
                  kernel: a.kernel + before + after,
                  low: a.low + before * a.dilation,
                  high: a.high + after * a.dilation,
                })),
            }),
          )(c.network, c.batch),
      ]);
    },
});
