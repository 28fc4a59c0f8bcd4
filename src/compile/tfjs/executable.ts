/**
 * A step program on a TensorFlow.js backend.
 *
 * Constants, parameters and state are uploaded once. A step runs the nodes in order, each in a `tf.tidy` of
 * its own, and frees every value after its last use, so the device's memory after a step is what it was
 * before, also when a kernel throws. New parameters are held beside the old ones until the step is
 * accepted. Between the upload and the last kernel nothing is awaited, so executables of different
 * backends may take turns although TensorFlow.js has one current backend.
 */
import * as E from "fp-ts/lib/Either.js";
import * as tf from "@tensorflow/tfjs-core";
import { refuse, type Result } from "../../algebra/refusal.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import { checkFeed, checkNames, declaredInputs } from "../feed.js";
import { releasedAfter } from "../liveness.js";
import type { Program, ProgramNode } from "../program.js";
import { prune } from "../prune.js";
import type { Executable, Feed } from "../target.js";
import type { ConstantPool } from "./constants.js";
import { formulationOf } from "./formulation.js";
import { runPrimitive } from "./kernel.js";

const upload = (value: Tensor<number>): tf.Tensor =>
  tf.tensor(
    value.data instanceof Float32Array ? value.data : Float32Array.from(value.data),
    [...value.shape],
    "float32",
  );

const download = async (t: tf.Tensor): Promise<Tensor<number>> =>
  tensor([...t.shape], (await t.data()) as Float32Array);

const message = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const disposeAll = (tensors: Iterable<tf.Tensor | undefined>): void => {
  for (const t of tensors) t?.dispose();
};

/** Make `backend` the current one. It has been initialised, so this takes effect before it returns. */
const activate = (backend: string): void => {
  if (tf.getBackend() !== backend) void tf.setBackend(backend);
};

const describe = (node: ProgramNode): string =>
  node.kind === "apply"
    ? `${node.layer ?? "program"}, ${node.primitive.op}`
    : `${node.kind} ${node.name}`;

/** Upload everything named, or nothing where the backend throws half-way. */
const uploadAll = (values: Feed): Map<string, tf.Tensor> => {
  const uploaded = new Map<string, tf.Tensor>();
  try {
    for (const [name, value] of Object.entries(values)) uploaded.set(name, upload(value));
    return uploaded;
  } catch (error) {
    disposeAll(uploaded.values());
    throw error;
  }
};

/** Prepare a program on an initialised backend with the initial values of its parameters and states. */
export const executable = (
  backend: string,
  pool: ConstantPool,
  source: Program,
  initial: Feed,
): Result<Executable> => {
  const where = `tfjs/${backend}`;
  const program = prune(source);
  const residents = declaredInputs(source, ["parameter", "state"]);
  const inputs = declaredInputs(source, ["batch", "hyper"]);
  const released = releasedAfter(program);
  const formulation = formulationOf(backend);
  const constants = program.nodes.flatMap((node) => (node.kind === "constant" ? [node.value] : []));
  const failed = (place: string, error: unknown): Result<never> =>
    refuse({
      where: place,
      found: message(error),
      expected: `a computation that ${where} can do`,
      advice: "try a smaller batch, or another backend (`heirloom doctor` lists them)",
    });

  const checked = checkFeed(residents, initial, true);
  if (E.isLeft(checked)) return checked;
  activate(backend);
  const acquired = new Map<Tensor<number>, tf.Tensor>();
  let resident: Map<string, tf.Tensor>;
  try {
    for (const value of constants)
      if (!acquired.has(value))
        acquired.set(
          value,
          pool.acquire(value, () => upload(value)),
        );
    resident = uploadAll(initial);
  } catch (error) {
    for (const value of acquired.keys()) pool.release(value);
    return failed(where, error);
  }

  let busy = false;
  let disposed = false;
  const free = (): void => {
    disposeAll(resident.values());
    resident.clear();
    for (const value of acquired.keys()) pool.release(value);
    acquired.clear();
  };
  const ready = (): Result<null> =>
    disposed || busy
      ? refuse({
          where,
          found: disposed ? "an executable that was disposed of" : "a step that has not finished",
          expected: disposed ? "an executable in use" : "one step at a time",
        })
      : E.right(null);

  /** The tensors of all outputs, each owned by the caller. */
  const compute = (feed: Feed): Result<Map<string, tf.Tensor>> => {
    const values: (tf.Tensor | undefined)[] = [];
    const outputs = new Map<string, tf.Tensor>();
    let place = where;
    try {
      for (const [id, node] of program.nodes.entries()) {
        place = describe(node);
        if (node.kind === "constant") values[id] = tf.clone(acquired.get(node.value)!);
        else if (node.kind === "input")
          values[id] = residents.has(node.name)
            ? tf.clone(resident.get(node.name)!)
            : upload(feed[node.name]!);
        else
          values[id] = runPrimitive(
            formulation,
            node.primitive,
            node.args.map((arg) => values[arg]!),
            node.shape,
          );
        for (const dead of released[id]!) {
          values[dead]?.dispose();
          values[dead] = undefined;
        }
      }
      place = where;
      for (const { name, node } of program.outputs) outputs.set(name, tf.clone(values[node]!));
      return E.right(outputs);
    } catch (error) {
      disposeAll(outputs.values());
      return failed(place, error);
    } finally {
      disposeAll(values);
    }
  };

  const fetch = async (tensors: Iterable<readonly [string, tf.Tensor]>): Promise<Feed> => {
    const read = await Promise.all(
      [...tensors].map(async ([name, t]) => [name, await download(t)] as const),
    );
    return Object.fromEntries(read);
  };

  const step: Executable["step"] = async (feed, accept) => {
    const possible = E.chain(() => checkFeed(inputs, feed, true))(ready());
    if (E.isLeft(possible)) return possible;
    busy = true;
    activate(backend);
    const computed = compute(feed);
    try {
      if (E.isLeft(computed)) return computed;
      const results = await fetch([...computed.right].filter(([name]) => !residents.has(name)));
      if (accept?.(results) ?? true)
        for (const [name, old] of [...resident]) {
          const next = computed.right.get(name);
          if (next === undefined) continue;
          old.dispose();
          resident.set(name, next);
          computed.right.delete(name);
        }
      return E.right(results);
    } catch (error) {
      return failed(where, error);
    } finally {
      if (E.isRight(computed)) disposeAll(computed.right.values());
      busy = false;
      if (disposed) free();
    }
  };

  return E.right({
    step,
    read: async (names = [...residents.keys()]) => {
      const possible = E.chain(() => checkNames(where, residents, names))(ready());
      if (E.isLeft(possible)) return possible;
      try {
        return E.right(await fetch(names.map((name) => [name, resident.get(name)!] as const)));
      } catch (error) {
        return failed(where, error);
      }
    },
    write: (values) => {
      const possible = E.chain(() => checkFeed(residents, values, false))(ready());
      if (E.isLeft(possible)) return possible;
      activate(backend);
      try {
        for (const [name, next] of uploadAll(values)) {
          resident.get(name)!.dispose();
          resident.set(name, next);
        }
        return E.right(undefined);
      } catch (error) {
        return failed(where, error);
      }
    },
    memory: () => {
      const held = [...resident.values(), ...acquired.values()];
      return { tensors: held.length, bytes: held.reduce((bytes, t) => bytes + 4 * t.size, 0) };
    },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      if (!busy) free();
    },
  });
};
