/**
 * The folder of a run:
 *
 *     checkpoints/   where to resume from
 *     model/         the trained network in the method's own parameters, a Heirloom document
 *     adapter/       only what training added to the base model
 *     run.json       the plan, the figures and where everything came from
 */
import { readdir, rm, rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Outcome } from "../adapt/method.js";
import { writeAdapter } from "../format/adapter.js";
import { makeFolders, replaceFile } from "../format/atomic.js";
import { writeDocument } from "../format/document.js";
import { attempt, kindOf } from "../format/file.js";
import type { Model } from "../format/modelFile.js";

/** What a finished run leaves. */
export interface Keepsake {
  /** The model that was adapted, as it was read. */
  readonly base: Model;
  readonly labels: readonly string[];
  readonly outcome: Outcome;
  readonly record: unknown;
}

/** A run's folder. */
export interface RunFolder {
  readonly checkpoints: string;
  /** Refuse a folder that the run may not use; changes nothing. */
  readonly check: () => Promise<Result<null>>;
  /** Make the folder ready: with `force`, an earlier run goes. */
  readonly prepare: () => Promise<Result<null>>;
  /** Leave no trace of a run that never came to a checkpoint. */
  readonly abandon: () => Promise<void>;
  readonly keep: (keepsake: Keepsake) => Promise<Result<null>>;
}

const owned = ["checkpoints", "model", "adapter", "run.json", "run.json.new"];

/** The names in a folder, none where nothing stands. */
const namesIn = async (path: string): Promise<Result<readonly string[]>> => {
  switch (await kindOf(path)) {
    case "nothing":
      return E.right([]);
    case "folder":
      return attempt(path, () => readdir(path));
    default:
      return refuse({
        where: path,
        found: "a file",
        expected: "a folder, or a path where nothing stands",
      });
  }
};

/** The folder of a run; `force` replaces an earlier run, but never what Heirloom did not write. */
export const runFolder = (
  path: string,
  { resume, force }: { readonly resume: boolean; readonly force: boolean },
): RunFolder => {
  const checkpoints = join(path, "checkpoints");

  const usable = (names: readonly string[]): Result<null> => {
    const foreign = names.filter((name) => !owned.includes(name));
    if (foreign.length > 0)
      return refuse({
        where: path,
        found: `${foreign.slice(0, 3).join(", ")}${foreign.length > 3 ? ` and ${foreign.length - 3} more` : ""} in the folder`,
        expected: "a folder that holds nothing but a run",
        advice: "choose another path: not even --force removes what Heirloom did not write",
      });
    if (names.length > 0 && !resume && !force)
      return refuse({
        where: path,
        found: "an earlier run",
        expected: "a path where nothing stands",
        advice: "continue it with --resume, replace it with --force, or choose another path",
      });
    return names.length === 0 && resume
      ? refuse({
          where: path,
          found: "no run",
          expected: "the folder of a run that was interrupted",
          advice: "start the run without --resume",
        })
      : E.right(null);
  };

  const check = async (): Promise<Result<null>> => E.chain(usable)(await namesIn(path));

  const prepare = (): Promise<Result<null>> =>
    attempt(path, async () => {
      if (force)
        for (const name of owned) await rm(join(path, name), { recursive: true, force: true });
      await makeFolders(resolve(checkpoints));
      return null;
    });

  const abandon = async (): Promise<void> => {
    // A folder that holds something is not removed, which is the point.
    for (const empty of [checkpoints, path]) await attempt(empty, () => rmdir(empty));
  };

  const keep = async ({ base, labels, outcome, record }: Keepsake): Promise<Result<null>> => {
    const trained: Model = { ...base, network: outcome.adapted, labels };
    const model = await writeDocument(trained, join(path, "model"), { force: true });
    if (E.isLeft(model)) return model;
    const adapter = await writeAdapter(base, trained, join(path, "adapter"), { force: true });
    if (E.isLeft(adapter)) return adapter;
    return attempt(join(path, "run.json"), async () => {
      await replaceFile(join(path, "run.json"), `${JSON.stringify(record, null, 1)}\n`);
      return null;
    });
  };

  return { checkpoints, check, prepare, abandon, keep };
};
