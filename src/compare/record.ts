/**
 * The record of one run of a comparison: what was run, where, how it went and what came of it. Records are
 * lines of JSON in `results.jsonl`; a run that is recorded is never run again, and no line is ever changed.
 *
 * One run trains one method at one learning rate. Runs that differ in their rate alone are the search for
 * it: a *cell* of the comparison is all of them together, and the one with the least validation loss stands
 * for the cell (see selection.ts). What the others came to on the test images stays on record.
 */
import { createHash } from "node:crypto";
import * as t from "io-ts";
import { Natural, Positive } from "../format/codec.js";
import { MetricsCodec, Real } from "../train/checkpoint.js";

/** Whether a network starts from what it learnt, or from filters that learnt nothing: the control. */
export const FiltersCodec = t.keyof({ pretrained: null, random: null });

/** Pretrained or random filters. */
export type Filters = t.TypeOf<typeof FiltersCodec>;

/** The codec of {@link RunSpec}. */
export const RunSpecCodec = t.readonly(
  t.strict({
    /** The model's name on the command line's terms: the last part of its path. */
    model: t.string,
    data: t.string,
    /** The method with its options as it was asked for: `projection`, `projection:pointwise=freeze`. */
    method: t.string,
    filters: FiltersCodec,
    /**
     * Labelled images of each class to learn from, those for validation included, fewer where a class has no more;
     * null for all there are.
     */
    perClass: t.union([Positive, t.null]),
    seed: Natural,
    /** What the method's own learning rates are multiplied by. */
    rateFactor: t.number,
  }),
);

/** What is run: everything in which the runs of one comparison differ. */
export type RunSpec = t.TypeOf<typeof RunSpecCodec>;

const GatedLayerCodec = t.readonly(
  t.strict({
    layer: t.string,
    inputs: Positive,
    outputs: Positive,
    mean: t.number,
    deviation: t.number,
    least: t.number,
    most: t.number,
  }),
);

/** How a network does on the images set aside for validation. */
const ScoreCodec = t.readonly(t.strict({ examples: Natural, loss: Real, accuracy: Real }));

const EpochCodec = t.readonly(
  t.strict({
    epoch: Natural,
    /** Mean training loss and accuracy while the weights were moving. */
    loss: Real,
    accuracy: Real,
    validation: t.union([ScoreCodec, t.null]),
  }),
);

const PhaseCodec = t.readonly(
  t.strict({
    name: t.string,
    status: t.keyof({ finished: null, "stopped early": null }),
    rate: t.number,
    trainedParameters: Natural,
    storedParameters: Natural,
    history: t.readonlyArray(EpochCodec),
    /** The epoch whose weights were kept, null where they are the last. */
    restored: t.union([Natural, t.null]),
    /** Steps that were timed: all, unless the run was resumed. */
    steps: Natural,
    /** Milliseconds. */
    medianStep: t.number,
    /** Bytes. */
    peakResident: t.number,
  }),
);

/** The codec of {@link RunRecord}. */
export const RunRecordCodec = t.readonly(
  t.strict({
    format: t.literal("heirloom-run"),
    version: t.literal(1),
    id: t.string,
    run: RunSpecCodec,
    /** The options of the method, those by default included. */
    options: t.unknown,
    /** Images to learn from, those for validation included. */
    images: Natural,
    phases: t.readonlyArray(PhaseCodec),
    /** Scalars that training moved, those of all phases that differ counted once: the most of a phase. */
    trainedParameters: Natural,
    /** Scalars to keep beside the base model. */
    storedParameters: Natural,
    /** The network that is used after training. */
    inference: t.readonly(
      t.strict({ parameters: Natural, multiplyAdds: Natural, merged: t.boolean }),
    ),
    /** On the training images set aside for validation, with the weights that were kept; null without. */
    validation: t.union([ScoreCodec, t.null]),
    test: MetricsCodec,
    classes: t.readonlyArray(t.string),
    /** The gates of a projected network, layer by layer; null where there are none. */
    gates: t.union([t.readonlyArray(GatedLayerCodec), t.null]),
    provenance: t.readonly(
      t.strict({
        heirloom: t.string,
        node: t.string,
        backend: t.string,
        device: t.string,
        threads: t.union([Positive, t.null]),
        command: t.readonlyArray(t.string),
        plan: t.unknown,
        /** The sha256 of the model's weights; of the labels and inputs learnt from; and of those tested on. */
        modelSha256: t.string,
        trainingSha256: t.string,
        testSha256: t.string,
        finishedAt: t.string,
        /** Seconds of the run, testing included. */
        seconds: t.number,
      }),
    ),
  }),
);

/** A run and what came of it. */
export type RunRecord = t.TypeOf<typeof RunRecordCodec>;

/** The name of a run: the start of the sha256 of its specification. */
export const runId = (run: RunSpec): string =>
  createHash("sha256")
    .update(JSON.stringify(RunSpecCodec.encode(run), Object.keys(run).sort()))
    .digest("hex")
    .slice(0, 16);

/** The runs that differ from this one in their rate alone have the same cell. */
export const cellOf = ({ model, data, method, filters, perClass, seed }: RunSpec): string =>
  JSON.stringify([model, data, method, filters, perClass, seed]);
