/**
 * A step program on ONNX Runtime, in a thread of its own.
 *
 * Parameters, state and frozen constants live in the thread, arranged as the graph wants them. A step sends
 * the batch and gets the results; until it is accepted the thread holds the new values beside the old ones.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { size } from "../../tensor/shape.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import { checkFeed, checkNames, type Declared } from "../feed.js";
import type { Executable, Feed } from "../target.js";
import type { EmittedProgram, FrozenInput, Resident } from "./emitted.js";
import { encodeModel } from "./encode.js";
import { arrange, restore } from "./layout.js";
import type { Block, Blocks } from "./message.js";
import { runtimeRefusal, sessionOptions, type RuntimeOptions } from "./runtime.js";
import { barrier, barrierMessage, scheduled } from "./schedule.js";
import { startThread } from "./thread.js";

const declared = (inputs: EmittedProgram["residents"] | EmittedProgram["feeds"]): Declared =>
  new Map(inputs.map((input) => [input.name, input]));

const blocks = <A>(
  items: readonly A[],
  entry: (item: A) => readonly [name: string, block: Block],
): Blocks => Object.fromEntries(items.map(entry));

/** A frozen tensor that may be moved: itself where it alone fills its memory, else a copy. */
const movable = (frozen: readonly FrozenInput[]): Blocks => {
  const moved = new Set<ArrayBufferLike>();
  return blocks(frozen, ({ edge, data, owned }) => {
    const isAlone = owned && data.byteLength === data.buffer.byteLength && !moved.has(data.buffer);
    moved.add(data.buffer);
    return [edge.name, { shape: edge.shape, data: isAlone ? data : data.slice() }];
  });
};

/** Prepare an emitted program with the initial values of its parameters and states. */
export const onnxExecutable = async (
  emitted: EmittedProgram,
  initial: Feed,
  options: RuntimeOptions = {},
): Promise<Result<Executable>> => {
  const where = `onnx/${options.provider ?? "cpu"}`;
  const hasBarrier = (options.provider ?? "cpu") === "cpu";
  const residents = new Map(emitted.residents.map((resident) => [resident.name, resident]));
  const declaredResidents = declared(emitted.residents);
  const declaredFeeds = declared(emitted.feeds);
  const block = emitted.block ?? 1;
  const failed = (error: string): Result<never> => E.left(runtimeRefusal(where, error));

  /** A parameter or state as it is stored, in memory of its own. */
  const stored = ({ layout, input }: Resident, value: Tensor<number>): Block => {
    const data = arrange(layout, value, block);
    return { shape: input.shape, data: data === value.data ? data.slice() : data };
  };
  const storedAll = (values: Feed): Blocks =>
    blocks(Object.entries(values), ([name, value]) => {
      const resident = residents.get(name)!;
      return [resident.input.name, stored(resident, value)];
    });

  const checked = checkFeed(declaredResidents, initial, true);
  if (E.isLeft(checked)) return checked;
  const thread = startThread();
  const opened = thread.ask(
    {
      kind: "open",
      model: encodeModel(scheduled(emitted.graph, hasBarrier)),
      options: sessionOptions(options),
      successors: Object.fromEntries(
        emitted.residents.flatMap(({ input, output }) =>
          output === null ? [] : [[input.name, output]],
        ),
      ),
      results: Object.fromEntries(emitted.results.map(({ edge, shape }) => [edge.name, shape])),
      barrier: hasBarrier ? { output: barrier, message: barrierMessage } : null,
    },
    [],
  );
  // While the thread makes its session, this one arranges what the session will hold.
  const first = storedAll(initial);
  const frozen = movable(emitted.frozen);
  const started = await opened;
  if (E.isLeft(started)) {
    thread.tell({ kind: "close" });
    return failed(started.left);
  }
  thread.tell({ kind: "write", residents: first }, [first]);
  thread.tell({ kind: "hold", frozen }, [frozen]);
  const held = [
    ...emitted.residents.map(({ input }) => input),
    ...emitted.frozen.map((f) => f.edge),
  ];
  const bytes = held.reduce((sum, { shape }) => sum + 4 * size(shape), 0);

  let busy = false;
  let disposed = false;
  const close = (): void => thread.tell({ kind: "close" });
  const ready = (): Result<null> => {
    if (disposed || busy)
      return refuse({
        where,
        found: disposed ? "an executable that was disposed of" : "a step that has not finished",
        expected: disposed ? "an executable in use" : "one step at a time",
      });
    const end = thread.ended();
    return end === null ? E.right(null) : failed(end);
  };

  const step: Executable["step"] = async (feed, accept) => {
    const possible = E.chain(() => checkFeed(declaredFeeds, feed, true))(ready());
    if (E.isLeft(possible)) return possible;
    busy = true;
    try {
      const feeds = blocks(emitted.feeds, ({ name, shape, edge }) => [
        edge.name,
        { shape, data: new Float32Array(feed[name]!.data) },
      ]);
      const answer = await thread.ask({ kind: "step", feeds, commit: accept === undefined }, [
        feeds,
      ]);
      if (E.isLeft(answer)) return failed(answer.left);
      const results = Object.fromEntries(
        emitted.results.map(({ name, shape, edge }) => [
          name,
          tensor(shape, answer.right[edge.name]!.data),
        ]),
      );
      if (accept !== undefined) {
        const verdict = E.tryCatch(() => accept(results), E.toError);
        thread.tell({ kind: "settle", accepted: E.isRight(verdict) && verdict.right });
        if (E.isLeft(verdict))
          return refuse({
            where: `${where}, accept`,
            found: verdict.left.message,
            expected: "whether to accept the step",
          });
      }
      return E.right(results);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    } finally {
      busy = false;
      if (disposed) close();
    }
  };

  return E.right({
    step,
    read: async (names = [...residents.keys()]) => {
      const possible = E.chain(() => checkNames(where, declaredResidents, names))(ready());
      if (E.isLeft(possible)) return possible;
      const wanted = names.map((name) => residents.get(name)!);
      const inputs = wanted.map(({ input }) => input.name);
      const answer = await thread.ask({ kind: "read", inputs }, []);
      if (E.isLeft(answer)) return failed(answer.left);
      return E.right(
        Object.fromEntries(
          wanted.map(({ name, shape, layout, input }) => [
            name,
            tensor(shape, restore(layout, answer.right[input.name]!.data, shape, block)),
          ]),
        ),
      );
    },
    write: (values) => {
      const possible = E.chain(() => checkFeed(declaredResidents, values, false))(ready());
      if (E.isLeft(possible)) return possible;
      const next = storedAll(values);
      thread.tell({ kind: "write", residents: next }, [next]);
      return E.right(undefined);
    },
    memory: () =>
      disposed || thread.ended() !== null
        ? { tensors: 0, bytes: 0 }
        : { tensors: held.length, bytes },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      if (!busy) close();
    },
  });
};
