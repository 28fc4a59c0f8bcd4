/**
 * The block of the runtime's blocked dialect, which depends on the processor (16 channels with AVX-512, 8
 * with AVX2) and is asked of the runtime itself: it is given 64 channels of 2 positions and shows how it
 * stores them.
 *
 * With blocks of `b`, element `(c, w)` of `[1, 64, 1, 2]`, which is the number `2 c + w`, lies at
 * `(c / b) 2 b + w b + c mod b`. Number `1`, which is `(0, 1)`, therefore lies at `b`; the whole order is
 * then compared.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import { findProvider, probe, runProbe } from "./provider.js";

const channels = 64;
const positions = 2;

const numbers = Float32Array.from({ length: channels * positions }, (_, i) => i);

/** The numbers as blocks of `b` store them. */
export const blockedOrder = (b: number): readonly number[] => {
  const order = new Array<number>(channels * positions);
  for (let c = 0; c < channels; c++)
    for (let w = 0; w < positions; w++)
      order[Math.floor(c / b) * positions * b + w * b + (c % b)] = positions * c + w;
  return order;
};

/** The block that explains an order; null where none of at least two channels does. */
export const blockOf = (stored: readonly number[]): number | null => {
  const b = stored.indexOf(1);
  return b > 1 && channels % b === 0 && blockedOrder(b).join() === stored.join() ? b : null;
};

const ask = async (): Promise<Result<number | null>> => {
  const shape = [1, channels, 1, positions];
  const stored = await runProbe(
    probe(shape, (g, x) =>
      g.node("ReorderInput", [x], shape, {
        domain: "com.microsoft.nchwc",
        attributes: { channels_last: { int: 0 } },
      }),
    ),
    numbers,
    { threads: 1 },
  );
  if (E.isRight(stored)) {
    const order = Array.from(stored.right);
    const block = blockOf(order);
    return block !== null || order.join() === numbers.join()
      ? E.right(block)
      : refuse({
          where: "onnx/cpu",
          found: `channels stored in the order ${order.slice(0, 20).join()}, ...`,
          expected: "blocks of channels, one position after another",
          advice: "use the plain lowering",
        });
  }
  return E.map(() => null)(await findProvider("cpu"));
};

let known: Promise<Result<number | null>> | null = null;

/** The block, asked once in a process; null where the runtime has no blocks. Refuses where it does not run. */
export const blockSize = (): Promise<Result<number | null>> => (known ??= ask());
