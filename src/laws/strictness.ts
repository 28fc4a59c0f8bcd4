/**
 * Laws of the border between GFFN and GCNN: which convolutions are GFFN layers, and a verified witness for
 * every other (witness.ts).
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import type { Convolution } from "../model/operator.js";
import { PADDING, readMap } from "../semantics/readMap.js";
import { kernelExtents, taps, type Geometry } from "../tensor/geometry.js";
import { sameShape, spatialOf, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { recognise } from "../transform/recognise.js";
import { alone } from "./embedding.js";
import { preserves } from "./conversion.js";
import { drawCentredAxis } from "./generators/geometry.js";
import type { AnyNetwork } from "./generators/network.js";
import { drawTensor, type Sampled } from "./generators/ring.js";
import type { Tape } from "./generators/tape.js";
import { atEach, has, isConvolution } from "./layers.js";
import { choicesOf, every, law } from "./law.js";
import { couplingsOf, deltaAt, verifyWitness, witnessOf, type Coupling } from "./witness.js";

const keeping = {
  needs: "a convolution that keeps the spatial extents",
  applies: <A>(n: AnyNetwork<A>): boolean => {
    const shapes = new Map(n.layers.map((layer) => [layer.name, layer.shape]));
    return n.layers.some(
      ({ op, inputs, shape }) =>
        op.kind === "convolution" &&
        sameShape(spatialOf(shapes.get(inputs[0]!)!), spatialOf(shape)),
    );
  },
} as const;

/** Whether a tap reads the own position of some outputs and padding at others, as strides on few positions do. */
const isUneven = (geometry: Geometry, extents: Shape): boolean => {
  const map = readMap(geometry, extents);
  return Array.from({ length: map.taps }, (_, tap) => tap).some((tap) => {
    const reads = Array.from(
      { length: map.positions },
      (_, p) => map.reads[p * map.taps + tap]! === PADDING,
    );
    return reads.includes(true) && reads.includes(false) && couplingFree(map.reads, map.taps, tap);
  });
};

/** Whether a tap reads nothing but own positions and padding. */
const couplingFree = (reads: Int32Array, width: number, tap: number): boolean => {
  for (let p = 0; p * width < reads.length; p++) {
    const read = reads[p * width + tap]!;
    if (read !== PADDING && read !== p) return false;
  }
  return true;
};

/** A convolution alone is recognised and means the same. */
const collapses = <A>(ring: Ring<A>, op: Convolution<A>, x: Tensor<A>): Result<null> =>
  pipe(
    alone<A>(op, x.shape.slice(1)),
    E.chain((n) => preserves(ring)(recognise(ring))(n, x)),
  );

export const t2Collapse = law({
  ...keeping,
  name: "T2_collapse",
  statement:
    "where every tap reads each output's own position or only padding (1x1 kernels, single positions), every " +
    "convolution is a GFFN layer",
  networks: {
    kinds: ["convolution"],
    layers: 2,
    extent: 2,
    ranks: [1, 1, 2],
    window: { kernel: 2, stride: 1, padding: 1, dilation: 3 },
  },
  holds:
    ({ ring }) =>
    (c) =>
      atEach(ring, isConvolution)(c, ({ op }, x) => {
        const extents = x.shape.slice(1, -1);
        const kept = sameShape(readMap(op.geometry, extents).extents, extents);
        return !kept ||
          couplingsOf(op.geometry, extents).length > 0 ||
          isUneven(op.geometry, extents)
          ? E.right(null)
          : collapses(ring, op, x);
      }),
});

export const t2General = law({
  ...keeping,
  name: "T2_general",
  statement:
    "a convolution with a weight that couples two positions has a verified witness and is not recognised; one " +
    "without, whose taps read own positions everywhere or nowhere, is recognised and means the same",
  networks: { kinds: ["convolution"], layers: 2, centred: true, ranks: [1, 2], extent: 3 },
  holds:
    ({ ring }) =>
    (c) =>
      atEach(ring, isConvolution)(c, ({ op }, x) => {
        const input = x.shape.slice(1);
        const extents = spatialOf(input);
        if (!sameShape(readMap(op.geometry, extents).extents, extents)) return E.right(null);
        const witness = witnessOf(ring)(op, extents);
        if (witness === null)
          return isUneven(op.geometry, extents) ? E.right(null) : collapses(ring, op, x);
        return every([
          () => verifyWitness(ring)(op, input, witness),
          () =>
            E.chain((n: AnyNetwork<typeof ring.zero>) =>
              E.isLeft(recognise(ring)(n))
                ? E.right(null)
                : refuse({
                    where: "recognise",
                    found: `a GFFN layer in spite of tap ${witness.tap}`,
                    expected: "a refusal",
                  }),
            )(alone(op, input)),
        ]);
      }),
});

/**
 * A geometry either has a read of another position, and then a kernel with a verified witness, or none, and
 * then a drawn kernel has none either and is a GFFN layer.
 */
const strictOn = <A>(
  over: Sampled<A>,
  t: Tape,
  geometry: Geometry,
  extents: Shape,
  expected: boolean | null = null,
): Result<null> => {
  const { ring } = over;
  const couplings = couplingsOf(geometry, extents);
  if (expected !== null && expected !== couplings.length > 0)
    return refuse({
      where: `${taps(geometry)} taps over ${extents.join("x")} positions`,
      found: `${couplings.length} taps that read another position`,
      expected: expected ? "at least one" : "none",
    });
  if (couplings.length > 0)
    return every(
      couplings.map((coupling: Coupling) => () => {
        const op = deltaAt(ring)(geometry, coupling.tap);
        return verifyWitness(ring)(op, [...extents, 1], { ...coupling, input: 0, output: 0 });
      }),
    );
  const drawn: Convolution<A> = {
    kind: "convolution",
    geometry,
    groups: 1,
    kernel: drawTensor(over, [...kernelExtents(geometry), 1, 1], t.bulk()),
    bias: null,
  };
  const kept = sameShape(readMap(geometry, extents).extents, extents);
  return !kept || isUneven(geometry, extents)
    ? E.right(null)
    : collapses(ring, drawn, drawTensor(over, [1, ...extents, 1], t.bulk()));
};

export const t2Strict = law({
  ...keeping,
  name: "T2_strict",
  statement:
    "every window that reads a position other than the output's own has a kernel that no GFFN layer is, with a " +
    "verified witness for each such tap; any other window has none",
  networks: {
    kinds: ["convolution"],
    layers: 2,
    extent: 3,
    ranks: [1, 2],
    window: { kernel: 3, stride: 1, padding: 1, dilation: 2 },
  },
  holds: (over) => (c) =>
    atEach(over.ring, isConvolution)(c, ({ op }, x) =>
      strictOn(over, choicesOf(c), op.geometry, x.shape.slice(1, -1)),
    ),
});

export const t2Grid = law({
  name: "T2_grid",
  statement:
    "on a grid, a window with a centre tap and another tap less than an extent away has a witness, and no other has",
  needs: "spatial extents",
  applies: (n) => n.input.length > 1,
  networks: { kinds: ["activation"], layers: 1, ranks: [1, 2, 3] },
  holds: (over) => (c) => {
    const t = choicesOf(c);
    const extents = spatialOf(c.network.input);
    const geometry = extents.map(() => drawCentredAxis(t));
    // On an axis with dilation below the extent, the tap beside the centre reads the neighbour of some output.
    const couples = geometry.some((a, i) => a.kernel > 1 && a.dilation < extents[i]!);
    return strictOn(over, t, geometry, extents, couples);
  },
});

export const refuseRecognise = law({
  name: "recognise_refuses",
  theorems: [],
  statement:
    "recognise refuses every network with a weight that couples two positions, wherever it stands",
  needs: "a convolution with a coupling weight",
  applies: has(isConvolution),
  networks: {
    kinds: ["convolution", "dense", "activation"],
    layers: 3,
    centred: true,
    ranks: [1, 2],
  },
  holds:
    ({ ring }) =>
    ({ network }) => {
      const shapes = new Map(network.layers.map((layer) => [layer.name, layer.shape]));
      const coupled = network.layers.some(
        ({ op, inputs }) =>
          op.kind === "convolution" &&
          witnessOf(ring)(op, spatialOf(shapes.get(inputs[0]!)!)) !== null,
      );
      return coupled && E.isRight(recognise(ring)(network))
        ? refuse({ where: "recognise", found: "a GFFN network", expected: "a refusal" })
        : E.right(null);
    },
});
