/** Cross-entropy of a softmax along the classes, on rows `[n, classes]`. */
import type { Lowering } from "../lowering.js";
import { rows } from "../layout.js";
import type { Edge } from "../graph.js";
import { multiply, reduce, reshape, subtract, unary } from "../operators.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { storedValue } from "../value.js";

const alongClasses = (c: Lowering, op: "Softmax" | "LogSoftmax", logits: Edge): Edge =>
  c.g.node(op, [logits], logits.shape, { attributes: { axis: { int: 1 } } });

/** `-sum_c targets * log softmax(logits)`. */
export const crossEntropy: Rule<PrimitiveNamed<"crossEntropy">> = (c, { args, shape }) => {
  const logarithms = alongClasses(c, "LogSoftmax", args[0]!.in(rows));
  const total = reduce(c.g, multiply(c.g, args[1]!.in(rows), logarithms), [1]);
  return storedValue(c, shape, rows, unary(c.g, "Neg", total));
};

/** `dy * (softmax(logits) * sum_c targets - targets)`. */
export const crossEntropyGrad: Rule<PrimitiveNamed<"crossEntropyGrad">> = (c, { args, shape }) => {
  const [logits, targets, dy] = [args[0]!, args[1]!, args[2]!].map((arg) => arg.in(rows));
  const column = (v: Edge): Edge => reshape(c.g, v, [shape[0]!, 1]);
  const mass = column(reduce(c.g, targets!, [1]));
  const slope = subtract(c.g, multiply(c.g, alongClasses(c, "Softmax", logits!), mass), targets!);
  return storedValue(c, shape, rows, multiply(c.g, slope, column(dy!)));
};
