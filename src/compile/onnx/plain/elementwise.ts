/** What acts on each element alone: the same operator in every layout. */
import type { Edge } from "../graph.js";
import type { GraphBuilder } from "../graphBuilder.js";
import { rows } from "../layout.js";
import { add, divide, multiply, subtract, unary } from "../operators.js";
import type { PrimitiveNamed, Rule } from "../rule.js";
import { storedValue } from "../value.js";

type Binary = "add" | "subtract" | "multiply" | "divide";

const zip =
  <N extends Binary>(f: (g: GraphBuilder, x: Edge, y: Edge) => Edge): Rule<PrimitiveNamed<N>> =>
  (c, { args, shape, wish }) =>
    storedValue(c, shape, wish, f(c.g, args[0]!.in(wish), args[1]!.in(wish)));

export const addition: Rule<PrimitiveNamed<"add">> = zip(add);
export const subtraction: Rule<PrimitiveNamed<"subtract">> = zip(subtract);
export const multiplication: Rule<PrimitiveNamed<"multiply">> = zip(multiply);
export const division: Rule<PrimitiveNamed<"divide">> = zip(divide);

export const scale: Rule<PrimitiveNamed<"scale">> = (c, { primitive, args, shape, wish }) =>
  storedValue(c, shape, wish, multiply(c.g, args[0]!.in(wish), c.g.number(primitive.factor)));

export const offset: Rule<PrimitiveNamed<"offset">> = (c, { primitive, args, shape, wish }) =>
  storedValue(c, shape, wish, add(c.g, args[0]!.in(wish), c.g.number(primitive.by)));

export const scaleBy: Rule<PrimitiveNamed<"scaleBy">> = (c, { args, shape, wish }) =>
  storedValue(c, shape, wish, multiply(c.g, args[0]!.in(wish), args[1]!.in(rows)));

const operators = { exp: "Exp", log: "Log", sqrt: "Sqrt", reciprocal: "Reciprocal" } as const;

export const elementary: Rule<PrimitiveNamed<"elementary">> = (
  c,
  { primitive, args, shape, wish },
) => storedValue(c, shape, wish, unary(c.g, operators[primitive.fn], args[0]!.in(wish)));
