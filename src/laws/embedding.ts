/** Laws of embedding GFFN networks into GCNN ones, and of the way back: together a prism. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { asClass, network as networkOf } from "../model/network.js";
import type { Operator } from "../model/operator.js";
import { readMap } from "../semantics/readMap.js";
import { centreTap, outputExtents, showAxis, taps, type Geometry } from "../tensor/geometry.js";
import { sameShape, spatialOf, type Shape } from "../tensor/shape.js";
import { embed, type EmbedOptions } from "../transform/embed.js";
import { recognise } from "../transform/recognise.js";
import { preserves, retraction, type Convert } from "./conversion.js";
import { sameMeaning } from "./equality.js";
import { drawCentredAxis } from "./generators/geometry.js";
import type { AnyNetwork } from "./generators/network.js";
import type { Tape } from "./generators/tape.js";
import { atEach, has, isConvolution, isDense, isProjected } from "./layers.js";
import { choicesOf, every, law } from "./law.js";

/** Windows with a centre tap, one for each layer; the same whenever they are asked for. */
export const drawEmbedding = <A>(t: Tape, n: AnyNetwork<A>): EmbedOptions => {
  const drawn = new Map(
    n.layers.map(({ name, shape }) => [name, spatialOf(shape).map(() => drawCentredAxis(t))]),
  );
  return { geometry: (layer) => drawn.get(layer)! };
};

/** `embed` for a network that is known to be GFFN when it is given. */
export const embedding =
  <A>(ring: Ring<A>, options: EmbedOptions): Convert<A> =>
  (n) =>
    E.chain(embed(ring, options))(asClass("GFFN")(n));

const gffn = {
  needs: "dense layers, and no convolution",
  applies: <A>(n: AnyNetwork<A>): boolean =>
    has(isDense)(n) && !has((op) => isConvolution(op) || isProjected(op))(n),
  networks: {
    kinds: ["dense", "dense", "dense", "activation", "affine", "add", "concat", "multiply"],
    ranks: [2, 2, 1, 1, 0, 3],
  },
} as const;

/** A network of one layer. */
export const alone = <A>(op: Operator<A>, input: Shape): Result<AnyNetwork<A>> =>
  networkOf([
    { name: "x", op: { kind: "input", shape: input }, inputs: [] },
    { name: "y", op, inputs: ["x"] },
  ]);

export const t1Embed = law({
  name: "T1_embed",
  theorems: ["T1_embed", "T1_subset", "T1_grid"],
  statement:
    "a GFFN layer is the convolution with its weights at the centre tap, in every window on a grid that has one",
  needs: "a dense layer",
  applies: has(isDense),
  networks: { kinds: ["dense", "dense", "activation"], layers: 3, ranks: [2, 1, 3, 0] },
  holds:
    ({ ring }) =>
    (c) => {
      const options = drawEmbedding(choicesOf(c), c.network);
      return atEach(ring, isDense)(c, ({ layer, op }, x) =>
        pipe(
          alone(op, x.shape.slice(1)),
          E.chain((n) =>
            preserves(ring)(
              embedding(ring, { geometry: (_, e) => options.geometry!(layer.name, e) }),
            )(n, x),
          ),
        ),
      );
    },
});

export const networkEmbed = law({
  ...gffn,
  name: "network_embed",
  theorems: ["network_embed", "network_embed_grid"],
  statement:
    "embed preserves the meaning of every GFFN network, whatever windows with a centre tap its layers get",
  holds:
    ({ ring }) =>
    (c) =>
      preserves(ring)(embedding(ring, drawEmbedding(choicesOf(c), c.network)))(c.network, c.batch),
});

export const recogniseEmbed = law({
  ...gffn,
  name: "recognise_after_embed",
  theorems: [],
  statement: "recognise after embed gives back the GFFN network (the first law of the prism)",
  holds:
    ({ ring }) =>
    (c) =>
      retraction(ring)(embedding(ring, drawEmbedding(choicesOf(c), c.network)), recognise(ring))(
        c.network,
      ),
});

export const embedRecognise = law({
  name: "embed_after_recognise",
  theorems: [],
  statement:
    "where recognise finds a GFFN network, embedding it again means what was given (the second law of the prism)",
  needs: "a network without gates",
  applies: (n) => !has(isProjected)(n),
  networks: {
    kinds: ["convolution", "convolution", "dense", "activation", "add"],
    window: { kernel: 2, stride: 1, dilation: 1, padding: 1 },
    extent: 2,
    layers: 3,
  },
  holds:
    ({ ring }) =>
    ({ network, batch }) => {
      const found = recognise(ring)(network);
      if (E.isLeft(found)) return E.right(null);
      return pipe(
        embed(ring)(found.right.network),
        E.chain((again) => sameMeaning(ring)(again.network, network, batch)),
      );
    },
});

/** The tap of a window that is the centre on every axis, in row-major order; null where there is none. */
const centreOf = (geometry: Geometry): number | null =>
  geometry.reduce<number | null>((at, a) => {
    const c = centreTap(a);
    return at === null || c === null ? null : at * a.kernel + c;
  }, 0);

/** Taps of a window over extents through which every output reads its own position. */
const ownTaps = (geometry: Geometry, extents: Shape): readonly number[] => {
  const map = readMap(geometry, extents);
  return Array.from({ length: map.taps }, (_, tap) => tap).filter((tap) => {
    for (let p = 0; p < map.positions; p++) if (map.reads[p * map.taps + tap] !== p) return false;
    return true;
  });
};

export const gridCentre = law({
  name: "grid_centre",
  statement:
    "a tap c with stride 1 and low = c d on every axis reads each output's own position, and is the only tap that does",
  needs: "a convolution that keeps the spatial extents",
  applies: has(isConvolution),
  networks: { kinds: ["convolution"], layers: 2, centred: true, ranks: [2, 1, 3] },
  holds:
    ({ ring }) =>
    (c) =>
      atEach(ring, isConvolution)(c, ({ op: { geometry } }, x) => {
        const extents = x.shape.slice(1, -1);
        const centre = centreOf(geometry);
        const outputs = outputExtents(geometry, extents);
        if (centre === null || E.isLeft(outputs) || !sameShape(outputs.right, extents))
          return E.right(null);
        const own = ownTaps(geometry, extents);
        return own.length === 1 && own[0] === centre
          ? E.right(null)
          : refuse({
              where: geometry.map(showAxis).join("; "),
              found: `taps ${own.join(", ")} of ${taps(geometry)} that read every output's own position`,
              expected: `tap ${centre}`,
            });
      }),
});

export const refuseEmbed = law({
  ...gffn,
  name: "embed_refuses",
  theorems: [],
  statement:
    "embed accepts a window exactly where it has a centre tap and keeps the extents; strided and valid ones are refused",
  holds:
    ({ ring }) =>
    (c) => {
      const t = choicesOf(c);
      const axes = [
        { kernel: t.between(1, 3), stride: t.between(1, 2), dilation: t.between(1, 2) },
        { kernel: 3, stride: 2, dilation: 1 },
        { kernel: 3, stride: 1, dilation: 1 },
      ];
      return every(
        axes.map((parts) => () => {
          const window = { ...parts, low: t.below(3), high: t.below(3) };
          const geometry = (_: string, extents: Shape): Geometry => extents.map(() => window);
          const fits = c.network.layers.every(({ op, shape }) => {
            const extents = spatialOf(shape);
            if (op.kind !== "dense" || extents.length === 0) return true;
            const outputs = outputExtents(geometry("", extents), extents);
            return (
              centreTap(window) !== null && E.isRight(outputs) && sameShape(outputs.right, extents)
            );
          });
          const made = embedding(ring, { geometry })(c.network);
          return E.isRight(made) === fits
            ? E.right(null)
            : refuse({
                where: `embed into ${showAxis(window)}`,
                found: E.isRight(made) ? "a network" : "a refusal",
                expected: fits ? "a network" : "a refusal",
              });
        }),
      );
    },
});
