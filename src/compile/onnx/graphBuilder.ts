/**
 * A graph under construction. `node` states the shape of what it emits; operators.ts has one function per
 * operator that infers it.
 */
import { size, type Shape } from "../../tensor/shape.js";
import type {
  Attribute,
  Domain,
  Edge,
  ElementType,
  Initializer,
  OnnxGraph,
  OnnxNode,
} from "./graph.js";

/** What a node is besides its inputs. */
export interface NodeOptions {
  readonly domain?: Domain;
  readonly type?: ElementType;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A graph under construction. */
export interface GraphBuilder {
  /** One operator with one output of the given shape; `null` is an input left out. */
  readonly node: (
    op: string,
    inputs: readonly (Edge | null)[],
    shape: Shape,
    options?: NodeOptions,
  ) => Edge;
  /** One operator with several float32 or otherwise typed outputs. */
  readonly nodes: (
    op: string,
    inputs: readonly (Edge | null)[],
    outputs: readonly { readonly shape: Shape; readonly type?: ElementType }[],
    options?: NodeOptions,
  ) => readonly Edge[];
  /** The edge whose elements an edge has under another shape; itself where it is no reshaped one. */
  readonly origin: (edge: Edge) => Edge;
  /** A float32 value given with every run. */
  readonly input: (name: string, shape: Shape) => Edge;
  /** Name a result. The edge itself takes the name unless it is an input or has a name by then. */
  readonly output: (name: string, edge: Edge) => void;
  /** A float32 tensor stored in the model. */
  readonly initializer: (data: Float32Array, shape: Shape) => Edge;
  /** A float32 scalar stored in the model, once for each value. */
  readonly number: (value: number) => Edge;
  /** A vector of int64 stored in the model, once for each content. */
  readonly indices: (values: readonly number[]) => Edge;
  readonly finish: () => OnnxGraph;
}

/** Remember what `make` gives for each key. */
const memoised = <V>(make: (key: string) => V): ((key: string) => V) => {
  const known = new Map<string, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(key);
    known.set(key, made);
    return made;
  };
};

/** The nodes on which an output depends, in their order. */
const needed = (
  nodes: readonly OnnxNode[],
  outputs: readonly Edge[],
  rename: (name: string) => string,
): readonly OnnxNode[] => {
  const wanted = new Set(outputs.map(({ name }) => name));
  const kept: OnnxNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(rename(name)))) continue;
    kept.push(node);
    for (const input of node.inputs) wanted.add(rename(input));
  }
  return kept.reverse();
};

/** An empty graph. Names inside are numbers, so they never meet the inputs' and outputs' names. */
export const graphBuilder = (): GraphBuilder => {
  const nodes: OnnxNode[] = [];
  const inputs: Edge[] = [];
  const outputs: Edge[] = [];
  const initializers: Initializer[] = [];
  /** The names that outputs give to edges, and what nodes have made. */
  const renamed = new Map<string, string>();
  const origins = new Map<string, Edge>();
  const produced = new Set<string>();
  let count = 0;
  const edge = (type: ElementType, shape: Shape): Edge => ({ name: `#${count++}`, type, shape });

  const many: GraphBuilder["nodes"] = (op, args, results, options = {}) => {
    const made = results.map(({ shape, type }) => edge(type ?? options.type ?? "float32", shape));
    nodes.push({
      domain: options.domain ?? "",
      op,
      inputs: args.map((arg) => arg?.name ?? ""),
      outputs: made.map(({ name }) => name),
      attributes: options.attributes ?? {},
    });
    for (const { name } of made) produced.add(name);
    return made;
  };
  const rename = (name: string): string => renamed.get(name) ?? name;
  const origin = (of: Edge): Edge => origins.get(of.name) ?? of;
  const node: GraphBuilder["node"] = (op, args, shape, options) => {
    const made = many(op, args, [{ shape }], options)[0]!;
    if (op === "Reshape") origins.set(made.name, origin(args[0]!));
    return made;
  };
  const stored = (data: Float32Array | BigInt64Array, shape: Shape): Edge => {
    const made = edge(data instanceof Float32Array ? "float32" : "int64", shape);
    initializers.push({ edge: made, data });
    return made;
  };
  const scalars = memoised((value) => stored(Float32Array.of(Number(value)), []));
  const vectors = memoised((values) => {
    const data = BigInt64Array.from(values === "" ? [] : values.split(","), BigInt);
    return stored(data, [data.length]);
  });

  return {
    node,
    nodes: many,
    origin,
    input: (name, shape) => {
      const made: Edge = { name, type: "float32", shape };
      inputs.push(made);
      return made;
    },
    output: (name, from) => {
      outputs.push({ ...from, name });
      if (produced.has(from.name) && !renamed.has(from.name)) renamed.set(from.name, name);
      else many("Identity", [from], [from]).forEach((made) => renamed.set(made.name, name));
    },
    initializer: (data, shape) => {
      if (data.length !== size(shape))
        throw new Error(`${data.length} elements for a tensor of shape ${shape.join("x")}`);
      return stored(data, shape);
    },
    number: (value) => scalars(`${value}`),
    indices: (values) => vectors(values.join(",")),
    finish: () => ({
      nodes: needed(nodes, outputs, rename).map((made) => ({
        ...made,
        inputs: made.inputs.map(rename),
        outputs: made.outputs.map(rename),
      })),
      inputs,
      outputs,
      initializers,
    }),
  };
};
