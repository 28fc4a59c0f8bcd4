/** The thread that computes, as the main thread sees it: questions are answered or refused, never lost. */
import { Worker } from "node:worker_threads";
import * as E from "fp-ts/lib/Either.js";
import type { Answer, Block, Blocks, Message, Order, Question } from "./message.js";
import { workerFile } from "./workerFile.js";

/** A running thread. `moved` names blocks whose arrays move to the thread, and are empty here afterwards. */
export interface Thread {
  /** The answer, or in words why there is none. */
  readonly ask: (question: Question, moved: readonly Blocks[]) => Promise<E.Either<string, Blocks>>;
  /** Orders are followed in order, also with the questions; a thread that has ended ignores them. */
  readonly tell: (order: Order, moved?: readonly Blocks[]) => void;
  /** Why the thread is no more; null while it runs. */
  readonly ended: () => string | null;
}

type Settle = (answer: E.Either<string, Blocks>) => void;

const message = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** The buffers to move, each once: tensors may share one. */
const buffersOf = (moved: readonly Blocks[]): ArrayBuffer[] => [
  ...new Set(
    moved.flatMap((blocks) =>
      Object.values(blocks).map(({ data }: Block) => data.buffer as ArrayBuffer),
    ),
  ),
];

/** The threads that run, by what each is at: 0 idle, 1 inside the runtime, 2 to stay out of it. */
const running = new Set<Int32Array>();

/** How long an ending process waits for a step to finish, in milliseconds. */
const patience = 60_000;

/**
 * A process that ends takes its threads with it, and one that comes back from the runtime to find its
 * JavaScript gone aborts the process. So whoever ends the process waits for the step under way.
 */
const waitForAll = (): void => {
  for (const activity of running)
    while (Atomics.compareExchange(activity, 0, 0, 2) === 1)
      if (Atomics.wait(activity, 0, 1, patience) === "timed-out") break;
};

const watch = (activity: Int32Array): void => {
  if (running.size === 0) process.on("exit", waitForAll);
  running.add(activity);
};

const unwatch = (activity: Int32Array): void => {
  running.delete(activity);
  if (running.size === 0) process.off("exit", waitForAll);
};

/**
 * Start a thread. It keeps the process alive only while a question is open, so a program that forgets to
 * close it still ends.
 */
export const startThread = (): Thread => {
  const activity = new Int32Array(new SharedArrayBuffer(4));
  // The process's own flags may be none for threads, such as `--input-type`.
  const worker = new Worker(workerFile, { execArgv: [], workerData: activity });
  const open = new Map<number, Settle>();
  let asked = 0;
  let end: string | null = null;
  worker.unref();
  watch(activity);

  const finish = (why: string): void => {
    end ??= why;
    for (const settle of open.values()) settle(E.left(end));
    open.clear();
  };
  worker.on("message", (answer: Answer) => {
    open.get(answer.id)?.("error" in answer ? E.left(answer.error) : E.right(answer.blocks));
    open.delete(answer.id);
    if (open.size === 0) worker.unref();
  });
  worker.on("messageerror", (error) => finish(`an answer that cannot be read: ${message(error)}`));
  worker.on("error", (error) => finish(`a thread that failed: ${message(error)}`));
  worker.on("exit", (code) => {
    unwatch(activity);
    finish(`a thread that ended with code ${code}`);
  });

  const post = (body: Message, moved: readonly Blocks[]): void =>
    worker.postMessage(body, buffersOf(moved));
  return {
    ask: (question, moved) =>
      new Promise((resolve) => {
        if (end !== null) return resolve(E.left(end));
        const id = asked++;
        open.set(id, resolve);
        worker.ref();
        try {
          post({ id, body: question }, moved);
        } catch (error) {
          open.delete(id);
          if (open.size === 0) worker.unref();
          resolve(E.left(message(error)));
        }
      }),
    tell: (order, moved = []) => {
      if (end === null) post({ body: order }, moved);
    },
    ended: () => end,
  };
};
