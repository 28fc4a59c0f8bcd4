/**
 * A program under construction. Emitting code stays readable because a builder never answers with a
 * `Result`: it keeps the first refusal, goes on with an empty shape, and `finish` gives the refusal or
 * the immutable program.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Refusal, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { constantOf } from "../semantics/capability.js";
import { sameShape, showShape, size, type Shape } from "../tensor/shape.js";
import { filled, type Tensor } from "../tensor/tensor.js";
import type {
  InputRole,
  NodeId,
  Primitive,
  Program,
  ProgramNode,
  ProgramOutput,
} from "./program.js";
import { primitiveShape } from "./shape.js";

/** A program under construction, with constants in the ring `A`. */
export interface Builder<A = number> {
  readonly ring: Ring<A>;
  /** What has been emitted so far. */
  readonly nodes: readonly ProgramNode<A>[];
  /** A value given from outside. Asking again for a name gives the same node; its shape must be the same. */
  readonly input: (name: string, role: InputRole, shape: Shape) => NodeId;
  readonly constant: (name: string, value: Tensor<A>) => NodeId;
  /** A constant whose elements are all the ring's image of one number. */
  readonly fill: (name: string, shape: Shape, value: number) => NodeId;
  /** One instruction. The layer is that of the innermost `inLayer`. */
  readonly apply: (primitive: Primitive, ...args: readonly NodeId[]) => NodeId;
  /** Name a result. Names are unique. */
  readonly output: (name: string, node: NodeId) => void;
  /** Everything that `emit` emits belongs to this layer. */
  readonly inLayer: <B>(layer: string | null, emit: () => B) => B;
  /** The shape of a node. */
  readonly shape: (node: NodeId) => Shape;
  /** Make the program refuse (the first refusal counts). */
  readonly refuse: (refusal: Refusal) => void;
  readonly finish: () => Result<Program<A>>;
}

/**
 * An empty program over `ring`.
 *
 * @example
 * import { float32, programBuilder } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * const b = programBuilder(float32)
 * const x = b.input("x", "batch", [2, 3])
 * b.output("y", b.apply({ op: "scale", factor: 2 }, x))
 * const program = E.getOrElseW(() => null)(b.finish())
 * assert.deepStrictEqual(program?.nodes[1]?.shape, [2, 3])
 */
export const programBuilder = <A>(ring: Ring<A>): Builder<A> => {
  const nodes: ProgramNode<A>[] = [];
  const outputs: ProgramOutput[] = [];
  const inputs = new Map<string, NodeId>();
  let refusal: Refusal | null = null;
  let layer: string | null = null;

  const emit = (node: ProgramNode<A>): NodeId => nodes.push(node) - 1;
  const reject = (r: Refusal): void => {
    refusal ??= layer === null ? r : within(`layer ${layer}`)(r);
  };
  const shape = (node: NodeId): Shape => nodes[node]?.shape ?? [];

  const input: Builder<A>["input"] = (name, role, wanted) => {
    const known = inputs.get(name);
    if (known === undefined) {
      const id = emit({ kind: "input", name, role, shape: wanted });
      inputs.set(name, id);
      return id;
    }
    if (!sameShape(shape(known), wanted))
      reject({
        where: `input ${name}`,
        found: `shape ${showShape(wanted)}`,
        expected: `shape ${showShape(shape(known))}, as it was declared before`,
      });
    return known;
  };

  const constant: Builder<A>["constant"] = (name, value) => {
    if (value.data.length !== size(value.shape))
      reject({
        where: `constant ${name}`,
        found: `${value.data.length} elements under the shape ${showShape(value.shape)}`,
        expected: `${size(value.shape)} elements`,
      });
    return emit({ kind: "constant", name, shape: value.shape, value });
  };

  const fill: Builder<A>["fill"] = (name, wanted, value) => {
    const image = constantOf(ring, value);
    if (E.isLeft(image)) reject(within(`constant ${name}`)(image.left));
    return constant(name, filled(ring)(wanted, E.isRight(image) ? image.right : ring.zero));
  };

  const apply: Builder<A>["apply"] = (primitive, ...args) => {
    const inferred = primitiveShape(primitive, args.map(shape));
    if (E.isLeft(inferred)) reject(inferred.left);
    return emit({
      kind: "apply",
      primitive,
      args,
      shape: E.isRight(inferred) ? inferred.right : [],
      layer,
    });
  };

  const output: Builder<A>["output"] = (name, node) => {
    if (outputs.some((o) => o.name === name))
      reject({
        where: `output ${name}`,
        found: "a second output of this name",
        expected: "unique names",
      });
    const target = nodes[inputs.get(name) ?? -1];
    if (target !== undefined && !sameShape(target.shape, shape(node)))
      reject({
        where: `output ${name}`,
        found: `shape ${showShape(shape(node))}`,
        expected: `shape ${showShape(target.shape)}, that of the input it replaces`,
      });
    outputs.push({ name, node });
  };

  const inLayer: Builder<A>["inLayer"] = (name, body) => {
    const outer = layer;
    layer = name;
    try {
      return body();
    } finally {
      layer = outer;
    }
  };

  return {
    ring,
    nodes,
    input,
    constant,
    fill,
    apply,
    output,
    inLayer,
    shape,
    refuse: reject,
    finish: () =>
      refusal === null ? E.right({ nodes: [...nodes], outputs: [...outputs] }) : refuse(refusal),
  };
};
