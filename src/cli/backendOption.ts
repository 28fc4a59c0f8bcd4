/** The options of every command that computes: where programs run. */
import { Option, type Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import {
  backendChoices,
  mostThreads,
  takesThreads,
  type BackendChoice,
  type BackendName,
} from "../compile/backendName.js";
import type { Choice } from "../compile/ladder.js";
import type { Target } from "../compile/target.js";
import { orUsage, wholeNumber } from "./option.js";
import type { Terminal } from "./terminal.js";

/** What the command line says about the backend. */
export interface BackendOptions {
  readonly backend: BackendChoice;
  readonly threads?: number;
}

/** The backend that a command computes on, and why it is this one. */
export interface SettledBackend {
  readonly name: BackendName;
  /** Null for all cores, or where the backend has no say in it. */
  readonly threads: number | null;
  /** How `auto` came to it; null where it was named. */
  readonly choice: Choice | null;
}

/** Where a result was computed, for the record. */
export interface BackendRecord extends Omit<SettledBackend, "name"> {
  /** The target's name, as in `onnx/cpu`. */
  readonly name: string;
  readonly device: string;
}

/** A backend ready to compute. */
export interface ReadyBackend {
  readonly target: Target;
  readonly record: BackendRecord;
}

const checkThreads = ({ backend, threads }: BackendOptions): Result<null> =>
  threads === undefined || backend === "auto" || takesThreads(backend)
    ? E.right(null)
    : refuse({
        where: `--threads ${threads}`,
        found: `--backend ${backend}, which decides on its threads itself`,
        expected: "--backend auto or onnx",
      });

/** Add the backend options. */
export const withBackendOption = (command: Command): Command =>
  command
    .addOption(
      new Option(
        "--backend <name>",
        "where to compute; auto takes a GPU where there is one (see `heirloom doctor`)",
      )
        .choices([...backendChoices])
        .default("auto"),
    )
    .option(
      "--threads <n>",
      "threads to compute on, for ONNX Runtime on the CPU (default: all cores)",
      wholeNumber(1, mostThreads),
    )
    .hook("preAction", (_, action) => {
      orUsage(action, checkThreads(action.opts()));
    });

/** Settle which backend to compute on; what `auto` chose, and why, is said. */
export const settleBackend = async (
  terminal: Terminal,
  { backend, threads = undefined }: BackendOptions,
): Promise<Result<SettledBackend>> => {
  if (backend !== "auto") return E.right({ name: backend, threads: threads ?? null, choice: null });
  const { chooseBackend, showChoice } = await import("../compile/ladder.js");
  return E.map((choice: Choice): SettledBackend => {
    terminal.say(showChoice(choice));
    const isTold = threads !== undefined && takesThreads(choice.name);
    if (threads !== undefined && !isTold)
      terminal.warn(
        `--threads ${threads} is left aside: ${choice.name} decides on its threads itself`,
      );
    return { name: choice.name, threads: isTold ? threads : null, choice };
  })(await chooseBackend());
};

/** Open a settled backend and say which device it is. */
export const openSettled = async (
  terminal: Terminal,
  { name, threads, choice }: SettledBackend,
): Promise<Result<ReadyBackend>> => {
  const { openTarget } = await import("../compile/engine.js");
  const opened = await openTarget(name, threads === null ? {} : { threads });
  return E.map((target: Target): ReadyBackend => {
    terminal.say(`backend: ${target.name} on ${target.device}`);
    return { target, record: { name: target.name, device: target.device, threads, choice } };
  })(opened);
};

/** Settle the backend and open it. */
export const openBackend = async (
  terminal: Terminal,
  options: BackendOptions,
): Promise<Result<ReadyBackend>> => {
  const settled = await settleBackend(terminal, options);
  return E.isLeft(settled) ? settled : openSettled(terminal, settled.right);
};
