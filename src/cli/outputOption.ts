/** The options of every command that writes a folder, and the care taken of the folders it reads. */
import type { Command } from "commander";
import { realpath } from "node:fs/promises";
import { sep } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { givenPath } from "./option.js";

/** What the command line says about the output. */
export interface OutputOptions {
  readonly output: string;
  readonly force: boolean;
}

/** Add the options; `what` is written, such as "run". */
export const withOutputOptions = (command: Command, what: string): Command =>
  command
    .requiredOption("-o, --output <folder>", `where the ${what} goes`, givenPath)
    .option("--force", `replace an earlier ${what}`, false);

const realPath = async (path: string): Promise<string | null> => {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
};

/** Refuse an output folder that is, or holds, something the command reads: replacing it would destroy that. */
export const apartFrom = async (
  output: string,
  inputs: readonly string[],
): Promise<Result<null>> => {
  const folder = await realPath(output);
  if (folder === null) return E.right(null);
  for (const input of inputs) {
    const read = await realPath(input);
    if (read !== null && `${read}${sep}`.startsWith(folder === sep ? sep : `${folder}${sep}`))
      return refuse({
        where: `--output ${output}`,
        found: `the folder of ${input}, which this command reads`,
        expected: "another folder",
        advice: "choose another path: not even --force replaces what is being read",
      });
  }
  return E.right(null);
};
