/**
 * The thread that computes: it owns the session and what stays between steps. ONNX Runtime's `run` blocks
 * its thread, which is therefore not the one that draws progress bars and prepares data.
 *
 * Inputs are used where they lie. Residents that a step replaces have two arrays: one holds the present
 * value, and the step writes the next one into the other, so to accept it is to exchange them. The results
 * have arrays too; they are small and copied into the answer.
 *
 * Nothing but types is imported from Heirloom, so this file alone is all that the thread loads.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Answer, Block, Blocks, Message, OpenRequest, Order, Question } from "./message.js";

type Tensors = Map<string, Tensor>;

/** An open session. */
interface Opened {
  readonly session: InferenceSession;
  readonly tensor: (block: Block) => Tensor;
  readonly frozen: Tensors;
  readonly residents: Tensors;
  readonly successors: Readonly<Record<string, string>>;
  /** Where a step writes the next value of each resident, by the resident's input. */
  readonly next: Tensors;
  readonly results: Tensors;
  readonly barrier: OpenRequest["barrier"];
  /** Whether `next` holds values that have been neither accepted nor refused. */
  isPending: boolean;
}

const port = parentPort!;

/**
 * What the thread is at, for the process's exit (thread.ts): 0 is idle, 1 is inside the runtime, and 2, set
 * from outside, that the process ends.
 */
const activity = workerData as Int32Array;

/** Call the runtime, unless the process ends: then nothing is called any more and nobody waits. */
const inside = async <A>(call: () => Promise<A>): Promise<A> => {
  if (Atomics.compareExchange(activity, 0, 0, 1) !== 0) return new Promise<A>(() => undefined);
  try {
    return await call();
  } finally {
    Atomics.store(activity, 0, 0);
    Atomics.notify(activity, 0);
  }
};

let opened: Opened | null = null;

const isOpen = (): Opened => {
  if (opened === null) throw new Error("no session is open");
  return opened;
};

const tensors = (tensor: Opened["tensor"], blocks: Blocks): Tensors =>
  new Map(Object.entries(blocks).map(([name, block]) => [name, tensor(block)]));

const empty = (tensor: Opened["tensor"], shape: readonly number[]): Tensor =>
  tensor({ shape, data: new Float32Array(shape.reduce((n, extent) => n * extent, 1)) });

const open = async (request: OpenRequest): Promise<Blocks> => {
  const runtime = await import("onnxruntime-node");
  runtime.env.logLevel = "fatal";
  const tensor: Opened["tensor"] = ({ shape, data }) =>
    new runtime.Tensor("float32", data, [...shape]);
  opened = {
    session: await inside(() => runtime.InferenceSession.create(request.model, request.options)),
    tensor,
    frozen: new Map(),
    residents: new Map(),
    successors: request.successors,
    next: new Map(),
    results: new Map(
      Object.entries(request.results).map(([name, shape]) => [name, empty(tensor, shape)]),
    ),
    barrier: request.barrier,
    isPending: false,
  };
  return {};
};

/** Exchange the residents' arrays if a step's values wait in the other ones. */
const settle = (o: Opened): void => {
  if (!o.isPending) return;
  o.isPending = false;
  for (const [name, next] of [...o.next]) {
    o.next.set(name, o.residents.get(name)!);
    o.residents.set(name, next);
  }
};

const blockOf = ({ dims, data }: Tensor): Block => ({ shape: dims, data: data as Float32Array });

const copyOf = (value: Tensor): Block => {
  const { shape, data } = blockOf(value);
  return { shape, data: data.slice() };
};

/** Where the next value of a resident is written. */
const nextOf = ({ next, residents, tensor }: Opened, name: string): Tensor => {
  const known = next.get(name);
  if (known !== undefined) return known;
  const made = empty(tensor, residents.get(name)!.dims);
  next.set(name, made);
  return made;
};

/** Run, up to the barrier: all outputs have been written by then. */
const compute = async (o: Opened, feeds: Tensors): Promise<void> => {
  const fetches = Object.fromEntries<Tensor | null>([
    ...(o.barrier === null ? [] : [[o.barrier.output, null] as const]),
    ...Object.entries(o.successors).map(([name, output]) => [output, nextOf(o, name)] as const),
    ...o.results,
  ]);
  try {
    await inside(() => o.session.run(Object.fromEntries(feeds), fetches));
  } catch (error) {
    const isBarrier =
      o.barrier !== null && error instanceof Error && error.message.includes(o.barrier.message);
    if (!isBarrier) throw error;
  }
};

const step = async (given: Blocks, commit: boolean): Promise<Blocks> => {
  const o = isOpen();
  o.isPending = false;
  await compute(o, new Map([...o.frozen, ...o.residents, ...tensors(o.tensor, given)]));
  o.isPending = true;
  if (commit) settle(o);
  return Object.fromEntries([...o.results].map(([name, value]) => [name, copyOf(value)]));
};

const read = (inputs: readonly string[]): Blocks => {
  const { residents } = isOpen();
  return Object.fromEntries(inputs.map((name) => [name, copyOf(residents.get(name)!)]));
};

const answer = (question: Question): Blocks | Promise<Blocks> => {
  switch (question.kind) {
    case "open":
      return open(question);
    case "step":
      return step(question.feeds, question.commit);
    case "read":
      return read(question.inputs);
  }
};

const put = (held: Tensors, blocks: Blocks): void => {
  for (const [name, value] of tensors(isOpen().tensor, blocks)) held.set(name, value);
};

const obey = async (order: Order): Promise<void> => {
  switch (order.kind) {
    case "settle": {
      const o = isOpen();
      if (order.accepted) settle(o);
      o.isPending = false;
      return;
    }
    case "hold":
      return put(isOpen().frozen, order.frozen);
    case "write":
      return put(isOpen().residents, order.residents);
    case "close":
      await opened?.session.release();
      opened = null;
      port.close();
  }
};

/** All arrays in an answer are the answer's own and move with it. */
const send = (message: Answer): void => {
  const blocks = "blocks" in message ? Object.values(message.blocks) : [];
  port.postMessage(
    message,
    blocks.map(({ data }) => data.buffer as ArrayBuffer),
  );
};

const serve = async (message: Message): Promise<void> => {
  if (!("id" in message)) return obey(message.body);
  const { id, body } = message;
  try {
    send({ id, blocks: await answer(body) });
  } catch (error) {
    send({ id, error: error instanceof Error ? error.message : String(error) });
  }
};

let last = Promise.resolve();
port.on("message", (message: Message) => {
  last = last.then(() => serve(message));
});
