/** The options that choose a method, and the list of methods that help ends with. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Result } from "../algebra/refusal.js";
import type { ChosenMethod, Method } from "../adapt/method.js";
import { methods } from "../adapt/methods.js";
import { settingOf } from "../adapt/setting.js";
import { decodeWith } from "../format/codec.js";

/** What the command line says about the method. */
export interface MethodOptions {
  readonly method: string;
  readonly set: Readonly<Record<string, unknown>>;
}

const assignment = (
  text: string,
  previous: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => {
  const setting = settingOf(text);
  if (setting === null)
    throw new InvalidArgumentError("Expected key=value, as in pointwise=freeze.");
  return { ...previous, [setting[0]]: setting[1] };
};

/** Add the options that choose a method. */
export const withMethodOptions = (command: Command): Command =>
  command
    .addOption(
      new Option("--method <name>", "how to adapt the model (see below)")
        .choices(methods.map((m) => m.name))
        .default("projection"),
    )
    .option("--set <key=value>", "an option of the method (see below); repeatable", assignment, {});

/** Words in lines of at most 90 characters. */
const wrapped = (words: readonly string[]): readonly string[] =>
  words.reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1);
    return last !== undefined && last.length + 1 + word.length <= 90
      ? [...lines.slice(0, -1), `${last} ${word}`]
      : [...lines, last === undefined ? word : `  ${word}`];
  }, []);

const defaultsOf = ({ defaults }: Method): readonly string[] => {
  const shown = Object.entries(defaults as object).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return shown.length === 0 ? [] : wrapped(["options:", ...shown]);
};

/** Every method with its options and where it comes from, for the end of help. */
export const methodList: string = methods
  .map((m) => [
    `  ${m.name}: ${m.summary}`,
    ...[...defaultsOf(m), m.source].map((l) => `      ${l}`),
  ])
  .flat()
  .join("\n");

/** The method that the options choose. */
export const chooseMethod = ({ method, set }: MethodOptions): Result<ChosenMethod> =>
  decodeWith(methods.find((m) => m.name === method)!.choose, `--set for ${method}`)(set);
