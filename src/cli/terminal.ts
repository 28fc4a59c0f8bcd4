/**
 * The terminal: where results, progress and errors go. Results go to standard output and nothing else
 * does, so that they can be piped; progress and messages go to standard error.
 */
import cliProgress from "cli-progress";
import pc from "picocolors";

/** A progress display for one stretch of work. */
export interface Progress {
  /** `done` of `total`, with a short text such as the loss. */
  readonly update: (done: number, text?: string) => void;
  readonly stop: () => void;
}

/** The effects a command may have on its terminal. */
export interface Terminal {
  /** Characters in a line. */
  readonly columns: number;
  /** A line of the result. */
  readonly out: (line: string) => void;
  /** A line about the work: what is being done. */
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly error: (line: string) => void;
  /** A bar on a terminal; in a log at most ten plain lines, one a second. */
  readonly progress: (title: string, total: number) => Progress;
  /** Lines that are kept at the end of a terminal while work goes on; in a log they are not shown. */
  readonly panel: () => Panel;
}

/** Lines that stay at the end of the terminal and are drawn anew when they change. */
export interface Panel {
  readonly show: (lines: readonly string[]) => void;
  readonly stop: () => void;
}

/** Seconds left at the present speed, measured from the first update on. */
const countdown = (total: number): ((done: number) => string) => {
  let first: { readonly at: number; readonly done: number } | null = null;
  return (done) => {
    first ??= { at: performance.now(), done };
    const speed = (done - first.done) / (performance.now() - first.at);
    const seconds = (total - done) / speed / 1000;
    if (!Number.isFinite(seconds) || done >= total) return "";
    return seconds < 90 ? `${Math.ceil(seconds)} s left` : `${Math.round(seconds / 60)} min left`;
  };
};

/** A bar that steps aside while a line is written. */
interface Bar extends Progress {
  readonly hide: () => void;
  readonly show: () => void;
}

/**
 * A bar in one line of standard error. It leaves the terminal's settings alone (the cursor stays, long lines
 * are cut here), so that a process killed while it shows leaves a sound terminal behind.
 */
const bar = (title: string, total: number): Bar => {
  const options = { barsize: 16, barCompleteChar: "█", barIncompleteChar: "░" };
  const shown = new cliProgress.SingleBar({
    format: (settings, { progress, value }, { text, rest }: { text: string; rest: string }) =>
      [
        visible(title),
        cliProgress.Format.BarFormat(progress, settings),
        `${value}/${total}`,
        rest,
        text,
      ]
        .filter((part) => part !== "")
        .join("  ")
        .slice(0, (process.stderr.columns ?? 80) - 1),
    ...options,
    hideCursor: false,
    linewrap: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  const left = countdown(total);
  let value = 0;
  let payload = { text: "", rest: "" };
  const show = (): void => shown.start(total, value, payload);
  show();
  return {
    update: (done, text = "") => {
      value = done;
      payload = { text, rest: left(done) };
      shown.update(value, payload);
    },
    stop: () => shown.stop(),
    hide: () => shown.stop(),
    show,
  };
};

/** A panel on standard error: what it showed is erased before it is drawn again, or before a line is written. */
const openPanel = (): Panel & Pick<Bar, "hide"> & { readonly draw: () => void } => {
  let shown: readonly string[] = [];
  let isDrawn = false;
  const hide = (): void => {
    if (isDrawn && shown.length > 0) process.stderr.write(`\u001b[${shown.length}A\u001b[J`);
    isDrawn = false;
  };
  const draw = (): void => {
    const width = (process.stderr.columns ?? 80) - 1;
    for (const line of shown) process.stderr.write(`${visible(line).slice(0, width)}\n`);
    isDrawn = true;
  };
  return {
    hide,
    draw,
    show: (lines) => {
      hide();
      // What does not fit the window cannot be erased again.
      shown = lines.slice(0, Math.max(1, (process.stderr.rows ?? 24) - 2));
      draw();
    },
    stop: () => {
      hide();
      shown = [];
    },
  };
};

/** Milliseconds between the lines of a log, so that quick work does not fill it. */
const pause = 1000;

const lines = (title: string, total: number, say: (line: string) => void): Progress => {
  const every = Math.max(1, Math.ceil(total / 10));
  const left = countdown(total);
  let said = 0;
  let next = performance.now() + pause;
  return {
    update: (done, text = "") => {
      const rest = left(done);
      if (done < total && (done - said < every || performance.now() < next)) return;
      said = done;
      next = performance.now() + pause;
      say([`${title} ${done}/${total}`, rest, text].filter((part) => part !== "").join("  "));
    },
    stop: () => undefined,
  };
};

/**
 * Whether messages are coloured. picocolors looks at standard output; ours go to standard error, where a log
 * must stay plain while the result goes to a screen, and the other way round.
 */
const isColoured = ({ NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean =>
  !NO_COLOR && (Boolean(FORCE_COLOR) || (process.stderr.isTTY === true && TERM !== "dumb"));

/** Names come from files: what would steer the terminal is shown instead. */
const visible = (text: string): string =>
  text.replace(
    /(?![\n\t])\p{Cc}/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The process's own terminal. */
export const processTerminal: Terminal = (() => {
  const { dim, red, yellow } = pc.createColors(isColoured(process.env));
  let open: Bar | null = null;
  let board: ReturnType<typeof openPanel> | null = null;
  const write = (line: string): void => {
    open?.hide();
    board?.hide();
    process.stderr.write(`${line}\n`);
    board?.draw();
    open?.show();
  };
  const say = (line: string): void => write(dim(visible(line)));
  const progress = (title: string, total: number): Progress => {
    if (!process.stderr.isTTY) return lines(title, total, say);
    open?.stop();
    const shown = (open = bar(title, total));
    return {
      update: shown.update,
      stop: () => {
        shown.stop();
        if (open === shown) open = null;
      },
    };
  };
  const panel = (): Panel => {
    if (!process.stderr.isTTY) return { show: () => undefined, stop: () => undefined };
    board?.stop();
    const shown = (board = openPanel());
    return {
      show: shown.show,
      stop: () => {
        shown.stop();
        if (board === shown) board = null;
      },
    };
  };
  /** A result or an error ends the work, whether or not that stopped its bar. */
  const end = (): void => {
    open?.stop();
    open = null;
    board?.stop();
    board = null;
  };
  return {
    columns: process.stdout.columns ?? 80,
    out: (line) => {
      end();
      process.stdout.write(`${visible(line)}\n`);
    },
    say,
    warn: (line) => write(yellow(`warning: ${visible(line)}`)),
    error: (line) => {
      end();
      write(`${red("error:")} ${visible(line)}`);
    },
    progress,
    panel,
  };
})();
