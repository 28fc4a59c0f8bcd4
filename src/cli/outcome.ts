/** What a command comes to: words for people, data for machines, and an exit code. */
import * as E from "fp-ts/lib/Either.js";
import { showRefusal, type Refusal, type Result } from "../algebra/refusal.js";
import type { Terminal } from "./terminal.js";

/** The result of a command that ran: printed as `text`, or as `json` with `--json`. */
export interface Outcome {
  readonly text: string;
  readonly json: unknown;
  /** False where the command ran and its answer is no (exit code 1). */
  readonly ok?: boolean;
}

/** 0: done; 1: the work failed or was refused; 2: the command line is wrong. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A crash is a defect of ours: one line says so, and HEIRLOOM_DEBUG shows where. */
const defect = (terminal: Terminal, error: unknown): Refusal => {
  const e = error instanceof Error ? error : new Error(String(error));
  if (process.env["HEIRLOOM_DEBUG"] !== undefined) terminal.say(e.stack ?? e.message);
  return {
    where: "heirloom",
    found: e.message,
    expected: "no exception: this is a defect of heirloom",
    advice: "please report it, with the command line (HEIRLOOM_DEBUG=1 shows the stack)",
  };
};

/** A refusal in one line, whatever it quotes. */
const oneLine = (refusal: Refusal): string => showRefusal(refusal).replace(/\s*\n\s*/g, " ");

/** How a command ends: its work is run, and what it comes to is printed and becomes the exit code. */
export type Conclude = (
  json: boolean,
  work: (terminal: Terminal) => Promise<Result<Outcome>>,
) => Promise<void>;

/** Conclude commands on a terminal; `exit` is told the code. */
export const concluding =
  (terminal: Terminal, exit: (code: ExitCode) => void): Conclude =>
  async (json, work) => {
    const outcome = await work(terminal).catch((error: unknown) => E.left(defect(terminal, error)));
    if (E.isLeft(outcome)) {
      if (json) terminal.out(JSON.stringify({ error: outcome.left }));
      else terminal.error(oneLine(outcome.left));
      return exit(exitCodes.failed);
    }
    terminal.out(json ? JSON.stringify(outcome.right.json) : outcome.right.text);
    exit(outcome.right.ok === false ? exitCodes.failed : exitCodes.done);
  };
