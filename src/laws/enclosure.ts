/**
 * What binary32 makes of a network, enclosed: a ball around each element of its output that holds the exact value
 * and whatever a float32 implementation computes that stores each layer's value and sums in any order. The
 * model of arithmetic is that of `algebra/ball.ts`.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { ball, settled, type Ball } from "../algebra/ball.js";
import { within, type Result } from "../algebra/refusal.js";
import type { Network } from "../model/network.js";
import { evaluateOperator } from "../semantics/evaluate.js";
import { readIn, readTensor } from "../semantics/reading.js";
import { mapTensor, type Tensor } from "../tensor/tensor.js";

/**
 * The enclosure of a float32 network's output for a batch. Refuses operators whose functions have no bound, by
 * the name of the layer.
 *
 * @example
 * import { build, conv, evaluate, encloses, float32, input, relu, tensor } from "heirloom"
 * import { enclosureOf } from "heirloom/laws"
 *
 * const n = pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3 }), relu, build({ seed: 0 }))
 * const batch = tensor([1, 4, 4, 1], Float32Array.from({ length: 16 }, (_, i) => Math.sin(i)))
 * const enclosure = pipe(n, E.chain((m) => enclosureOf(m, batch)))
 * const computed = pipe(n, E.chain((m) => evaluate(float32)(m, batch)))
 * assert.ok(E.isRight(enclosure) && E.isRight(computed))
 * const balls = enclosure.right.data
 * assert.ok(Array.from(computed.right.data).every((y, i) => encloses(balls[i]!, y)))
 */
export const enclosureOf = (n: Network, batch: Tensor<number>): Result<Tensor<Ball>> =>
  pipe(
    readIn(ball)(n),
    E.bindTo("network"),
    E.bind("input", () => readTensor(ball)(batch)),
    E.chain(({ network, input }) => {
      const values = new Map<string, Tensor<Ball>>();
      let value = input;
      for (const { name, op, inputs } of network.layers) {
        const read = op.kind === "input" ? [input] : inputs.map((layer) => values.get(layer)!);
        const result = evaluateOperator(ball)(op, read);
        if (E.isLeft(result)) return E.left(within(`layer ${name}`)(result.left));
        value = mapTensor(ball)(result.right, settled);
        values.set(name, value);
      }
      return E.right(value);
    }),
  );
