/**
 * Certificates: why a converted network means what its source means, node by node.
 *
 * A certificate names one theorem per layer of the target, the source layers it came from, and the side
 * conditions of the theorem as data. Someone who holds the source, the target and the certificate can
 * check it without the converter: the wiring must be the source's under the map that the steps define, and
 * each layer must satisfy its theorem. Names are those of the theory (docs/theory.md) and of the proofs.
 */
import * as E from "fp-ts/lib/Either.js";
import * as J from "fp-ts/lib/Json.js";
import * as t from "io-ts";
import { refuse, type Result } from "../algebra/refusal.js";
import type { ModelClass, Network } from "../model/network.js";
import type { Shape } from "../tensor/shape.js";

/** The conversions that leave a certificate. */
const conversionName = t.keyof({
  project: null,
  merge: null,
  unmerge: null,
  embed: null,
  recognise: null,
  foldBatchNorm: null,
  absorbPadding: null,
  ungroup: null,
  enlarge: null,
});
export type ConversionName = t.TypeOf<typeof conversionName>;

/** Theorems about whole networks; a sound rewrite of nodes is sound on every DAG (`rewrite_sound`). */
const networkTheorem = t.keyof({
  network_projection: null,
  network_merge: null,
  network_embed: null,
  rewrite_sound: null,
});
export type NetworkTheorem = t.TypeOf<typeof networkTheorem>;

const axis = t.readonly(
  t.type({
    kernel: t.number,
    stride: t.number,
    dilation: t.number,
    low: t.number,
    high: t.number,
  }),
);
const geometry = t.readonlyArray(axis);

/** Every step: the target's layer, and the source layers it replaces, in the order they were computed. */
const place = { layer: t.string, from: t.readonlyArray(t.string) };

/** The layer is the source's, operator and weights. */
const keep = t.type({ ...place, theorem: t.literal("keep") });

/** Gates of one: the projected layer has the source's kernel, bias, geometry and groups. */
const unit = t.type({
  ...place,
  theorem: t.literal("T3_unit"),
  /** Input-output pairs whose kernel is zero at every tap: their gates have no gradient. */
  unidentifiable: t.readonly(
    t.type({
      count: t.number,
      /** The first of them, as `[input channel in its group, output channel]`. */
      first: t.readonlyArray(t.readonly(t.tuple([t.number, t.number]))),
    }),
  ),
});

/** The kernel is gate times kernel; read from right to left for `unmerge`. */
const merging = t.type({ ...place, theorem: t.literal("T4_merge"), groups: t.number });

/** A dense layer is the convolution with its weights at the centre tap and zeros elsewhere. */
const embedding = t.type({
  ...place,
  theorem: t.literal("T1_embed"),
  geometry,
  /** Per axis the tap `c` with stride 1 and `low = c * dilation`; the extents are kept. */
  centre: t.readonlyArray(t.number),
});

/**
 * A convolution whose kernel acts through one tap, the one that reads the output's own position: every
 * other tap has zero weights or only ever reads padding. More than one group needs T6_groups besides.
 */
const collapse = t.type({
  ...place,
  theorem: t.literal("T2_collapse"),
  geometry,
  groups: t.number,
  /** The spatial extents, the same before and after. */
  extents: t.readonlyArray(t.number),
  /** The tap, in row-major order, that reads each output's own position; null where all weights are zero. */
  centre: t.union([t.number, t.null]),
  /** Taps that read nothing but padding. */
  dead: t.readonlyArray(t.number),
});

/** A map per channel (`from[1]`) moved into the kernel and bias of the layer before it (`from[0]`). */
const fold = t.type({
  ...place,
  theorem: t.literal("T6_bn_fold"),
  folded: t.keyof({ batchNorm: null, affine: null }),
  /** How many layers read `from[0]`: one, the folded layer. */
  readers: t.number,
  /** The factor of each output channel, as the ring shows it. */
  scale: t.readonlyArray(t.string),
});

/** Zero padding (`from[0]`) moved into the geometry of the convolution that reads it (`from[1]`). */
const padding = t.type({
  ...place,
  theorem: t.literal("T6_pad"),
  padding: t.readonlyArray(t.readonly(t.tuple([t.number, t.number]))),
  geometry,
});

/** A grouped kernel without groups: zero between the groups, where a projected layer has gates of one. */
const grouping = t.type({ ...place, theorem: t.literal("T6_groups"), groups: t.number });

/** A kernel in a larger window: tap `t` of the source's geometry is at `offset + t * factor`, zeros elsewhere. */
const pushing = t.type({
  ...place,
  theorem: t.literal("T6_push"),
  /** The source's. */
  geometry,
  /** Per axis. */
  offset: t.readonlyArray(t.number),
  factor: t.readonlyArray(t.number),
});

const step = t.union([keep, unit, merging, embedding, collapse, fold, padding, grouping, pushing]);

/** Why one layer of the target is right. */
export type Step = Readonly<t.TypeOf<typeof step>>;

/** The step that uses a theorem. */
export type StepOf<T extends TheoremName> = Extract<Step, { readonly theorem: T }>;

/** The theorems about single nodes. */
export type TheoremName = Step["theorem"];

const note = t.readonly(t.type({ layer: t.string, note: t.string }));

/** Something the reader should know that is no part of the argument. */
export type Note = t.TypeOf<typeof note>;

/** `exact` over an exact ring; over machine numbers each changed weight is rounded once when stored. */
const rounding = t.keyof({ exact: null, "once per weight": null });
export type Rounding = t.TypeOf<typeof rounding>;

/** A certificate as JSON. */
export const certificateCodec = t.readonly(
  t.type({
    conversion: conversionName,
    theorem: networkTheorem,
    /** The ring whose arithmetic the conversion used. */
    ring: t.string,
    rounding,
    /** Digests of the networks (see digest.ts). */
    source: t.string,
    target: t.string,
    steps: t.readonlyArray(step),
    notes: t.readonlyArray(note),
  }),
);

/** Why the target means what the source means. */
export type Certificate = t.TypeOf<typeof certificateCodec>;

/** A converted network and why it means the same. */
export interface Conversion<
  C extends ModelClass = ModelClass,
  In extends Shape = Shape,
  Out extends Shape = Shape,
  A = number,
> {
  readonly network: Network<C, In, Out, A>;
  readonly certificate: Certificate;
}

/** Read a certificate from parsed JSON; refuses with the first place that is not as it should be. */
export const readCertificate = (json: unknown): Result<Certificate> => {
  const decoded = certificateCodec.decode(json);
  if (E.isRight(decoded)) return decoded;
  const deepest = decoded.left.reduce((a, b) => (b.context.length > a.context.length ? b : a));
  const path = deepest.context.map((c) => c.key).filter((key) => key !== "");
  return refuse({
    where: `certificate ${path.join(".")}`,
    found: E.getOrElse(() =>
      deepest.value === undefined ? "nothing" : `a value of type ${typeof deepest.value}`,
    )(J.stringify(deepest.value)),
    expected: "what the field, or the step of a known theorem, holds there",
  });
};
