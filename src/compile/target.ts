/**
 * What a target does with a step program. A target compiles a program into an executable that keeps
 * parameters and state on its device and is fed batches; the training loop knows nothing else of it.
 */
import type { Result } from "../algebra/refusal.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Program } from "./program.js";

/** Named float32 tensors. */
export type Feed = Readonly<Record<string, Tensor<number>>>;

/** A program made ready on a device. */
export interface Executable {
  /**
   * Run one step. `feed` holds every input of role `batch` and `hyper`. Outputs named like a parameter
   * or state input replace it on the device; all other outputs are returned. Where `accept` is given and
   * answers false to the returned outputs, the step is undone: parameters and state stay as they were.
   */
  readonly step: (feed: Feed, accept?: (outputs: Feed) => boolean) => Promise<Result<Feed>>;
  /** The present values of the named parameters and states (all of them unless told). */
  readonly read: (names?: readonly string[]) => Promise<Result<Feed>>;
  /** Replace parameters or states on the device. */
  readonly write: (values: Feed) => Result<void>;
  /** What the device holds for this executable right now. */
  readonly memory: () => { readonly tensors: number; readonly bytes: number };
  /** Free everything. The executable is unusable afterwards. */
  readonly dispose: () => void;
}

/** A place where programs run. */
export interface Target {
  /** `tfjs/wasm`, `onnx/cpu`, ... */
  readonly name: string;
  /** The device as its driver names it. */
  readonly device: string;
  /** Compile, with the initial values of every parameter and state. */
  readonly load: (program: Program, initial: Feed) => Promise<Result<Executable>>;
}
