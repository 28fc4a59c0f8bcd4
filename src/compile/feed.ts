/** Checking what a caller feeds against the inputs a program declares, before anything is computed. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { sameShape, showShape, size, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { InputRole, Program } from "./program.js";
import type { Feed } from "./target.js";

/** An input as its program declares it. */
export interface DeclaredInput {
  readonly shape: Shape;
}

/** The inputs of a program by name. */
export type Declared = ReadonlyMap<string, DeclaredInput>;

/** The inputs whose role is one of `roles`. */
export const declaredInputs = (program: Program, roles: readonly InputRole[]): Declared =>
  new Map(
    program.nodes.flatMap((node) =>
      node.kind === "input" && roles.includes(node.role) ? [[node.name, node] as const] : [],
    ),
  );

const checkShape = (name: string, expected: Shape, value: Tensor<number>): Result<null> =>
  sameShape(value.shape, expected) && value.data.length === size(expected)
    ? E.right(null)
    : refuse({
        where: `input ${name}`,
        found: `shape ${showShape(value.shape)} with ${value.data.length} elements`,
        expected: `shape ${showShape(expected)} with ${size(expected)} elements`,
      });

/** Whether `values` holds only declared inputs of the right shapes; all of them where `complete`. */
export const checkFeed = (declared: Declared, values: Feed, complete: boolean): Result<null> => {
  const names = [...declared.keys()].join(", ") || "nothing";
  for (const [name, value] of Object.entries(values)) {
    const input = declared.get(name);
    if (input === undefined)
      return refuse({ where: `input ${name}`, found: "a value", expected: `values for ${names}` });
    const checked = checkShape(name, input.shape, value);
    if (E.isLeft(checked)) return checked;
  }
  const missing = [...declared.keys()].filter((name) => !Object.hasOwn(values, name));
  return complete && missing.length > 0
    ? refuse({
        where: "feed",
        found: `no value for ${missing.join(", ")}`,
        expected: `values for ${names}`,
      })
    : E.right(null);
};

/** Whether all `names` are declared; `where` is who is asked. */
export const checkNames = (
  where: string,
  declared: Declared,
  names: readonly string[],
): Result<null> => {
  const unknown = names.find((name) => !declared.has(name));
  return unknown === undefined
    ? E.right(null)
    : refuse({
        where,
        found: `no parameter or state named ${unknown}`,
        expected: `names among ${[...declared.keys()].join(", ")}`,
      });
};
