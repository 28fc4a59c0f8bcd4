/** A target for tests: programs run by the reference interpreter, parameters in a plain object. */
import * as E from "fp-ts/lib/Either.js";
import { float32 } from "../../src/algebra/float32.js";
import type { Ring } from "../../src/algebra/ring.js";
import { interpret } from "../../src/compile/interpret.js";
import type { Executable, Feed, Target } from "../../src/compile/target.js";

/** Programs over `ring`, whose elements are machine numbers. */
export const interpretTarget = (ring: Ring<number> = float32): Target => ({
  name: `interpret/${ring.name}`,
  device: "reference interpreter",
  load: async (program, initial) => {
    let state: Feed = { ...initial };
    const step: Executable["step"] = async (feed, accept) =>
      E.map((outputs: Feed) => {
        const returned = Object.fromEntries(
          Object.entries(outputs).filter(([name]) => !(name in state)),
        );
        if (accept?.(returned) ?? true)
          state = Object.fromEntries(
            Object.keys(state).map((name) => [name, outputs[name] ?? state[name]!]),
          );
        return returned;
      })(interpret(ring)(program, { ...state, ...feed }));
    return E.right({
      step,
      read: async (names = Object.keys(state)) =>
        E.right(Object.fromEntries(names.map((name) => [name, state[name]!]))),
      write: (values) => {
        state = { ...state, ...values };
        return E.right(undefined);
      },
      memory: () => ({ tensors: Object.keys(state).length, bytes: 0 }),
      dispose: () => undefined,
    });
  },
});
