/**
 * What a measuring process is told and what it answers: one JSON value as its only argument, one JSON line as
 * the last of its standard output. Python's side of it is `peer.py`.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../../../src/algebra/refusal.js";
import { decodeWith } from "../../../src/format/codec.js";
import type { Device } from "./engine.js";
import type { Setting } from "./setting.js";

/** What a measuring process is told. */
export interface Order {
  readonly setting: Setting;
  readonly rate: number;
  /** Parameters of the whole network; the other side counts its own and refuses another number. */
  readonly parameters: number;
  /** The folder of `exchange.ts`. */
  readonly folder: string;
  /** Runs that are timed, after `warmup` others. */
  readonly steps: number;
  readonly warmup: number;
  /** What PyTorch computes on; the engine says what ours does. */
  readonly device: Device;
  /** Which engine or which memory layout. */
  readonly variant: string;
}

/** Runs before the timed ones. Those of training give the losses that are compared. */
export const warmup = 3;

/** What a measuring process answers. */
export const OutcomeCodec = t.readonly(
  t.strict({
    /** Milliseconds of each timed run. */
    milliseconds: t.readonlyArray(t.number),
    /** The losses of the runs before the timed ones; empty for inference. */
    losses: t.readonlyArray(t.number),
    /** The outputs of inference `[batch, classes]`, row-major; empty for training. */
    logits: t.readonlyArray(t.number),
    /** Scalars that are trained. */
    trained: t.number,
    /** The resident set before the network was read, in bytes: the interpreter and its libraries. */
    baseBytes: t.number,
    /** The largest resident set of the process, in bytes. */
    peakBytes: t.number,
    /** Processor time of the process up to its answer, in milliseconds. */
    processorTime: t.number,
    /** When the first run ended, in milliseconds since 1970. */
    firstEndedAt: t.number,
    /** The engine and its version. */
    engine: t.string,
  }),
);
export type Outcome = t.TypeOf<typeof OutcomeCodec>;

/** The answer in what a process printed. */
export const readOutcome = (printed: string): Result<Outcome> => {
  const line = printed.trimEnd().split("\n").at(-1) ?? "";
  const parsed = E.tryCatch(
    (): unknown => JSON.parse(line),
    () => line,
  );
  return E.isLeft(parsed)
    ? refuse({ where: "answer", found: JSON.stringify(line), expected: "a line of JSON" })
    : decodeWith(OutcomeCodec, "answer")(parsed.right);
};
