/** A run on the terminal: one bar for each stretch of work, and a line for each epoch. */
import type { Observer, TrainingEvent } from "../train/event.js";
import { showCount, showSeconds, showShare } from "../report/quantity.js";
import type { Progress, Terminal } from "./terminal.js";

const stages = { decoding: "preparing images", features: "frozen features" } as const;

/** An observer that shows a run on a terminal. `title` goes in front of every line. */
export const trainingDisplay = (terminal: Terminal, title: string): Observer => {
  let open: { readonly name: string; readonly progress: Progress } | null = null;
  const close = (): void => {
    open?.progress.stop();
    open = null;
  };
  const advance = (name: string, total: number, done: number, text = ""): void => {
    if (open?.name !== name) {
      close();
      open = { name, progress: terminal.progress(`${title}: ${name}`, total) };
    }
    open.progress.update(done, text);
    if (done >= total) close();
  };
  return (event: TrainingEvent): void => {
    switch (event.kind) {
      case "phase":
        if (event.phases > 1)
          terminal.say(`${title}: phase ${event.index + 1} of ${event.phases}, ${event.name}`);
        return;
      case "preparation":
        return advance(stages[event.stage], event.total, event.done);
      case "start":
        close();
        return terminal.say(
          `${title}: training ${showCount(event.trainedParameters)} of ${showCount(event.allParameters)} ` +
            `parameters on ${showCount(event.examples)} examples, ${showCount(event.steps)} ${event.steps === 1 ? "step" : "steps"} of ${event.batch}` +
            (event.frozenPrefix === null
              ? ""
              : `; features up to ${event.frozenPrefix} computed once`) +
            (event.resumedAt > 0 ? `; resumed at step ${event.resumedAt}` : ""),
        );
      case "step":
        return advance(
          "steps",
          event.steps,
          event.step + 1,
          `loss ${event.loss.toFixed(4)}  rate ${event.rate.toExponential(1)}  ${showSeconds(event.milliseconds / 1000)} a step`,
        );
      case "epoch": {
        const { record } = event;
        return terminal.say(
          `${title}: epoch ${record.epoch + 1}/${event.epochs}  loss ${record.loss.toFixed(4)}  accuracy ${showShare(record.accuracy)}` +
            (record.validation === null
              ? ""
              : `  validation loss ${record.validation.loss.toFixed(4)}  accuracy ${showShare(record.validation.accuracy)}`),
        );
      }
      case "stopped":
        close();
        return terminal.say(
          `${title}: stopped early after epoch ${event.epoch + 1}: no better validation loss for ` +
            `${event.patience} epochs; ` +
            (event.best === null
              ? "no epoch had a finite one, and the last weights stay"
              : `the weights of epoch ${event.best + 1} are restored`),
        );
      case "interrupted":
        close();
        return terminal.say(`${title}: interrupted after step ${event.step}`);
      case "checkpoint":
        return;
    }
  };
};
