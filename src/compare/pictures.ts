/**
 * What a run leaves to look at, beside its record: `pictures/<id>.json`. Kept for one seed of each cell,
 * since pictures are larger than figures.
 */
import * as t from "io-ts";
import { Natural, Positive } from "../format/codec.js";

const FilterCodec = t.readonly(
  t.strict({
    /** Input and output channel. */
    input: Natural,
    output: Natural,
    gate: t.number,
    /** The frozen kernel's taps, row-major, `height` rows of `width`. */
    height: Positive,
    width: Positive,
    taps: t.readonlyArray(t.number),
  }),
);

const GateMapCodec = t.readonly(
  t.strict({
    layer: t.string,
    inputs: Positive,
    outputs: Positive,
    /** Counts of gates in equal bins from `least` to `most`. */
    histogram: t.readonly(
      t.strict({ least: t.number, most: t.number, counts: t.readonlyArray(Natural) }),
    ),
    /** Means of gates over blocks of the input by output matrix, at most 48 by 48, row-major. */
    map: t.readonly(
      t.strict({ rows: Positive, columns: Positive, values: t.readonlyArray(t.number) }),
    ),
    suppressed: t.readonlyArray(FilterCodec),
    amplified: t.readonlyArray(FilterCodec),
  }),
);

/** The gates of one layer as pictures need them. */
export type GateMap = t.TypeOf<typeof GateMapCodec>;

/** One frozen filter and its gate. */
export type GatedFilter = t.TypeOf<typeof FilterCodec>;

const MistakeCodec = t.readonly(
  t.strict({
    /** Classes by index. */
    label: Natural,
    prediction: Natural,
    /** The probability that the network gave to its prediction. */
    probability: t.number,
    /** The image as PNG, in base64. */
    png: t.string,
  }),
);

/** A misclassified test image. */
export type Mistake = t.TypeOf<typeof MistakeCodec>;

/** The codec of {@link RunPictures}. */
export const RunPicturesCodec = t.readonly(
  t.strict({
    format: t.literal("heirloom-pictures"),
    version: t.literal(1),
    id: t.string,
    gates: t.readonlyArray(GateMapCodec),
    /** The surest mistakes, at most 24. */
    mistakes: t.readonlyArray(MistakeCodec),
  }),
);

/** What a run leaves to look at. */
export type RunPictures = t.TypeOf<typeof RunPicturesCodec>;
