/**
 * Laws of GFFN networks as a whole: positions do not mix, so no depth makes one a convolution that couples
 * positions (network_strict).
 */
import { pipe } from "fp-ts/lib/function.js";
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Operator } from "../model/operator.js";
import { evaluate } from "../semantics/evaluate.js";
import { channelsOf, sameShape, size, spatialOf } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { equalElements } from "./equality.js";
import { drawCentredAxis } from "./generators/geometry.js";
import type { AnyNetwork } from "./generators/network.js";
import { drawTensor } from "./generators/ring.js";
import { choicesOf, every, law } from "./law.js";
import { couplingsOf, deltaAt, verifyWitness, witnessInputs, type Witness } from "./witness.js";

const pointwiseKinds: ReadonlySet<string> = new Set([
  ...["input", "dense", "activation", "affine", "layerNorm", "add", "multiply"],
  ...["concat", "dropout"],
]);

const actsPointwise = <A>(op: Operator<A>): boolean =>
  pointwiseKinds.has(op.kind) || (op.kind === "batchNorm" && op.statistics === "frozen");

const pointwise = {
  needs:
    "dense layers, activations, maps per channel, sums, products and concatenations on spatial extents alone",
  applies: <A>(n: AnyNetwork<A>): boolean =>
    n.input.length > 1 &&
    n.layers.every(
      ({ op, shape }) => actsPointwise(op) && sameShape(spatialOf(shape), spatialOf(n.input)),
    ),
  networks: {
    kinds: ["dense", "dense", "activation", "affine", "add", "multiply", "concat"],
    ranks: [2, 1],
  },
} as const;

/** Two values agree at one position, in every example and channel. */
const agreeAt =
  <A>(ring: Ring<A>) =>
  (position: number, found: Tensor<A>, expected: Tensor<A>): Result<null> => {
    const channels = channelsOf(found.shape);
    const positions = size(found.shape.slice(1, -1));
    const at = Array.from({ length: found.data.length }, (_, i) => i).filter(
      (i) => Math.floor(i / channels) % positions === position,
    );
    return every(
      at.map(
        (i) => () =>
          equalElements(ring)(
            `channel ${i % channels} at position ${position}`,
            found.data[i]!,
            expected.data[i]!,
          ),
      ),
    );
  };

export const gffnNetworkLocal = law({
  ...pointwise,
  name: "gffn_network_local",
  statement:
    "the value of a GFFN network at a position depends on the input at that position alone",
  holds: (over) => (c) => {
    const { ring } = over;
    const t = choicesOf(c);
    const { network, batch } = c;
    const channels = channelsOf(network.input);
    const positions = size(spatialOf(network.input));
    const position = t.below(positions);
    const other = drawTensor(over, batch.shape, t.bulk());
    const moved = generated(ring)(
      batch.shape,
      (i) => (Math.floor(i / channels) % positions === position ? batch : other).data[i]!,
    );
    return pipe(
      evaluate(ring)(network, batch),
      E.chain((y) =>
        E.chain((z: typeof y) => agreeAt(ring)(position, z, y))(evaluate(ring)(network, moved)),
      ),
    );
  },
});

export const networkStrict = law({
  ...pointwise,
  name: "network_strict",
  statement:
    "no GFFN network, however deep, is a convolution that couples positions: the witness moves the one and not the other",
  applies: (n) => pointwise.applies(n) && size(spatialOf(n.input)) > 1,
  holds: (over) => (c) => {
    const { ring } = over;
    const t = choicesOf(c);
    const { input } = c.network;
    const extents = spatialOf(input);
    const drawn = extents.map(() => drawCentredAxis(t));
    const three = extents.map(() => ({ kernel: 3, stride: 1, dilation: 1, low: 1, high: 1 }));
    const geometry = couplingsOf(drawn, extents).length > 0 ? drawn : three;
    const coupling = t.pick(couplingsOf(geometry, extents));
    const channel = t.below(channelsOf(input));
    const op = deltaAt(ring)(geometry, coupling.tap, channelsOf(input), channel);
    const witness: Witness = { ...coupling, input: channel, output: 0 };
    const [zero, one] = witnessInputs(ring)(witness, input);
    return every([
      () => verifyWitness(ring)(op, input, witness),
      () =>
        pipe(
          evaluate(ring)(c.network, zero),
          E.chain((y) =>
            E.chain((z: typeof y) => agreeAt(ring)(coupling.position, z, y))(
              evaluate(ring)(c.network, one),
            ),
          ),
        ),
    ]);
  },
});
