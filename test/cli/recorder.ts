/** The command line run in this process, on a terminal that records what it is told. */
import { run } from "../../src/cli/program.js";
import type { Terminal } from "../../src/cli/terminal.js";

/** What a command left: its exit code, its result, and its messages with their kind in front. */
export interface Recording {
  readonly code: number;
  readonly out: string;
  readonly messages: readonly string[];
  /** The lines of errors alone. */
  readonly errors: readonly string[];
}

/** Run `heirloom` with these arguments; `watch` hears each message when it is said. */
export const heirloomWatched = async (
  watch: (message: string) => void,
  ...args: readonly string[]
): Promise<Recording> => {
  const out: string[] = [];
  const messages: string[] = [];
  const note = (message: string): void => {
    messages.push(message);
    watch(message);
  };
  const errors: string[] = [];
  const terminal: Terminal = {
    columns: 100,
    out: (line) => out.push(line),
    say: note,
    warn: (line) => note(`warning: ${line}`),
    error: (line) => {
      note(`error: ${line}`);
      errors.push(line);
    },
    progress: () => ({ update: () => undefined, stop: () => undefined }),
    panel: () => ({ show: () => undefined, stop: () => undefined }),
  };
  const code = await run(args, terminal);
  return { code, out: out.join("\n"), messages, errors };
};

/** Run `heirloom` with these arguments. */
export const heirloom = (...args: readonly string[]): Promise<Recording> =>
  heirloomWatched(() => undefined, ...args);

/** The result of a command that must succeed, as JSON. */
export const succeedJson = async <A>(...args: readonly string[]): Promise<A> => {
  const { code, out, messages } = await heirloom(...args, "--json");
  if (code !== 0) throw new Error([`exit code ${code}`, out, ...messages].join("\n"));
  return JSON.parse(out) as A;
};
