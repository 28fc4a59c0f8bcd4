/** Ctrl-C: the first one asks the work to stop at a good place, the second one ends the process. */
import type { Terminal } from "./terminal.js";

/** A signal that Ctrl-C raises, until released. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly release: () => void;
}

export const interruption = (terminal: Terminal): Interruption => {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(1);
    terminal.warn("stopping as soon as possible, with a checkpoint (Ctrl-C again stops at once)");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
};
