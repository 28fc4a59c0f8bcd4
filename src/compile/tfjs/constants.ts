/**
 * Constants on the device, shared by the executables of a target. A program for training and one for
 * evaluation hold the same frozen filters; their tensors are told apart by the identity of their data, so
 * loading both does not double the memory.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { showShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Tensors on the device by the data they were made of, counted by their users. */
export interface ConstantPool {
  /** The device's copy of `value`, made by `upload` unless there is one; one more user. */
  readonly acquire: (value: Tensor<number>, upload: () => tf.Tensor) => tf.Tensor;
  /** One user less; the last one frees the copy. */
  readonly release: (value: Tensor<number>) => void;
}

interface Entry {
  readonly tensor: tf.Tensor;
  users: number;
}

/** An empty pool. */
export const constantPool = (): ConstantPool => {
  const entries = new WeakMap<object, Map<string, Entry>>();
  return {
    acquire: (value, upload) => {
      const shapes = entries.get(value.data) ?? new Map<string, Entry>();
      entries.set(value.data, shapes);
      const key = showShape(value.shape);
      const entry = shapes.get(key) ?? { tensor: upload(), users: 0 };
      entry.users += 1;
      shapes.set(key, entry);
      return entry.tensor;
    },
    release: (value) => {
      const key = showShape(value.shape);
      const shapes = entries.get(value.data);
      const entry = shapes?.get(key);
      if (shapes === undefined || entry === undefined) return;
      entry.users -= 1;
      if (entry.users > 0) return;
      entry.tensor.dispose();
      shapes.delete(key);
    },
  };
};
