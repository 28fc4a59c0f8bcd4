/**
 * Checkpoints: everything a run needs to go on as if it had never stopped.
 *
 * In the run's folder each checkpoint is a folder of its own, `step-N`, and the best weights so far are
 * another, `best-E`, written once when epoch E becomes the best. A folder appears all at once (see
 * `format/atomic.ts`): a kill at any moment leaves the newest complete checkpoint valid. Older ones are
 * removed only after the new one stands.
 *
 * Random numbers, batch order and rate are pure functions of (seed, step), so the position is all of their
 * state. JavaScript writes a binary64 number with as many digits as name it exactly, so the sums in the
 * JSON come back to the last bit.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Feed } from "../compile/target.js";
import { writeFolder } from "../format/atomic.js";
import { decodeWith, Natural, quote } from "../format/codec.js";
import { attempt, readText } from "../format/file.js";
import { parseJson } from "../format/json.js";
import { readSafetensors } from "../format/safetensorsFile.js";
import { asFloat32, encodeSafetensors } from "../format/safetensors.js";

const documentName = "checkpoint.json";
const stateName = "state.safetensors";
const weightsName = "weights.safetensors";

/** A number, or the name of one: JSON has no infinities and no NaN, which a diverging run's metrics may be. */
export const Real = new t.Type<number, number | string, unknown>(
  "a number",
  t.number.is,
  (u, context) =>
    typeof u === "number"
      ? t.success(u)
      : u === "NaN" || u === "Infinity" || u === "-Infinity"
        ? t.success(Number(u))
        : t.failure(u, context),
  (x) => (Number.isFinite(x) ? x : String(x)),
);

/** The codec of `Metrics`. */
export const MetricsCodec = t.readonly(
  t.type({
    examples: Natural,
    loss: Real,
    accuracy: Real,
    topFive: Real,
    macroF1: Real,
    confusion: t.readonlyArray(t.readonlyArray(Natural)),
  }),
);

const EpochCodec = t.readonly(
  t.type({
    epoch: Natural,
    loss: Real,
    accuracy: Real,
    validation: t.union([MetricsCodec, t.null]),
  }),
);

const PositionCodec = t.readonly(
  t.type({
    /** Steps done. */
    step: Natural,
    epoch: Natural,
    /** Batches of the epoch that are done. */
    batch: Natural,
    /** Sums over the epoch's batches so far. */
    loss: Real,
    correct: Natural,
    seen: Natural,
    history: t.readonlyArray(EpochCodec),
    /** The epoch whose weights are kept as the best. */
    best: t.union([Natural, t.null]),
    finished: t.boolean,
  }),
);

/** Where a run stands. */
export type Position = t.TypeOf<typeof PositionCodec>;

/** What must be the same for a run to be continued: plan, model, data. Plain JSON values. */
export type Identity = Readonly<Record<string, unknown>>;

/** A run at rest. */
export interface Checkpoint {
  readonly identity: Identity;
  readonly position: Position;
  /** Every parameter and state of the step program. */
  readonly state: Feed;
  /** The weights and statistics of the best epoch, where there is one. */
  readonly best: Feed | null;
}

const Document = t.readonly(
  t.type({
    format: t.literal("heirloom-checkpoint"),
    version: t.literal(1),
    identity: t.record(t.string, t.unknown),
    position: PositionCodec,
  }),
);

const stepFolder = (step: number): string => `step-${String(step).padStart(9, "0")}`;
const bestFolder = (epoch: number): string => `best-${String(epoch).padStart(6, "0")}`;
const isOurs = (name: string): boolean => /^(step-\d{9}|best-\d{6})$/.test(name);
const isLeftover = (name: string): boolean => /^\.(step-\d{9}|best-\d{6})\.(new|old)-/.test(name);
const isOurFile = (name: string): boolean =>
  name === documentName || name === stateName || name === weightsName;

const names = async (folder: string): Promise<readonly string[]> => {
  const entries = await attempt(folder, () => readdir(folder));
  return E.isRight(entries) ? entries.right : [];
};

/** Write a folder unless it stands already: a run that is repeated from the same position repeats its bits. */
const writeOnce = async (
  folder: string,
  name: string,
  files: Parameters<typeof writeFolder>[1],
): Promise<Result<unknown>> =>
  (await names(folder)).includes(name)
    ? E.right(null)
    : writeFolder(join(folder, name), files, isOurFile);

/** Write a checkpoint, then remove those before it. `best` is written when its folder does not stand yet. */
export const writeCheckpoint = async (
  folder: string,
  { identity, position, state, best }: Checkpoint,
): Promise<Result<void>> => {
  if (best !== null && position.best !== null) {
    const parts = encodeSafetensors(new Map(Object.entries(best)));
    const written = await writeOnce(folder, bestFolder(position.best), [[weightsName, parts]]);
    if (E.isLeft(written)) return written;
  }
  const document = JSON.stringify(
    Document.encode({ format: "heirloom-checkpoint", version: 1, identity, position }),
    null,
    1,
  );
  const written = await writeOnce(folder, stepFolder(position.step), [
    [stateName, encodeSafetensors(new Map(Object.entries(state)))],
    [documentName, [document]],
  ]);
  if (E.isLeft(written)) return written;
  const kept = [
    stepFolder(position.step),
    ...(position.best === null ? [] : [bestFolder(position.best)]),
  ];
  for (const name of await names(folder))
    if ((isOurs(name) && !kept.includes(name)) || isLeftover(name))
      await attempt(name, () => rm(join(folder, name), { recursive: true }));
  return E.right(undefined);
};

const readTensors = async (path: string): Promise<Result<Feed>> => {
  const file = await readSafetensors(path);
  if (E.isLeft(file)) return file;
  const feed: Record<string, { shape: readonly number[]; data: ArrayLike<number> }> = {};
  for (const [name, stored] of file.right.tensors) {
    const value = asFloat32(name)(stored);
    if (E.isLeft(value)) return E.left(within(path)(value.left));
    feed[name] = value.right;
  }
  return E.right(feed);
};

/** The newest checkpoint in a run's folder; null where there is none. */
export const readCheckpoint = async (folder: string): Promise<Result<Checkpoint | null>> => {
  const newest = [...(await names(folder))]
    .filter((name) => isOurs(name) && name.startsWith("step-"))
    .sort()
    .at(-1);
  if (newest === undefined) return E.right(null);
  const path = join(folder, newest, documentName);
  const text = await readText(path, 2 ** 28);
  if (E.isLeft(text)) return text;
  const document = E.chain(decodeWith(Document, path))(parseJson(text.right, path));
  if (E.isLeft(document)) return document;
  const { identity, position } = document.right;
  const state = await readTensors(join(folder, newest, stateName));
  if (E.isLeft(state)) return state;
  if (position.best === null)
    return E.right({ identity, position, state: state.right, best: null });
  const best = await readTensors(join(folder, bestFolder(position.best), weightsName));
  return E.map((weights: Feed) => ({ identity, position, state: state.right, best: weights }))(
    best,
  );
};

/** The innermost differing places of two JSON values: their path and both values. */
const differences = (
  path: string,
  a: unknown,
  b: unknown,
): readonly (readonly [path: string, a: unknown, b: unknown])[] => {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return a === b ? [] : [[path, a, b]];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(
      path === "" ? key : `${path}.${key}`,
      a[key as keyof typeof a],
      b[key as keyof typeof b],
    ),
  );
};

/** Refuse to continue a checkpoint under another plan, model or data, quoting every value that differs. */
export const checkIdentity =
  (where: string, present: Identity) =>
  (checkpoint: Checkpoint): Result<Checkpoint> => {
    const different = differences("", checkpoint.identity, JSON.parse(JSON.stringify(present)));
    return different.length === 0
      ? E.right(checkpoint)
      : refuse({
          where,
          found: `a checkpoint made with ${different.map(([path, was]) => `${path} = ${quote(was)}`).join(", ")}`,
          expected: different.map(([path, , is]) => `${path} = ${quote(is)}`).join(", "),
          advice:
            "resume with the plan, model and data it was made with, or train into another folder",
        });
  };
