/**
 * The topology of a LayersModel as one flat graph. Keras has two containers, `Sequential` (a chain) and
 * `Functional` (a graph, `Model` in older files), and containers may hold containers. Flattening gives
 * every layer the path of its containers as a prefix of its name and connects it to the layers it reads.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, within, type Result } from "../../algebra/refusal.js";
import { decodeWith, quote } from "../codec.js";

/** A layer of the flat graph. */
export interface FlatLayer {
  /** The path of its containers and its own name, joined by `/`. */
  readonly name: string;
  /** Its name in its own container, under which its weights are found. */
  readonly ownName: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The flat names of the layers it reads. */
  readonly inputs: readonly string[];
}

/** A flat graph with one input, an `InputLayer`, and one output. */
export interface FlatGraph {
  readonly layers: readonly FlatLayer[];
  readonly input: string;
  readonly output: string;
}

const nestingLimit = 32;
const containers = new Set(["Model", "Functional", "Sequential"]);

const KerasLayer = t.intersection([
  t.type({ class_name: t.string, config: t.UnknownRecord }),
  t.partial({ name: t.string, inbound_nodes: t.readonlyArray(t.unknown) }),
]);
type KerasLayer = t.TypeOf<typeof KerasLayer>;

const FunctionalConfig = t.type({
  layers: t.readonlyArray(KerasLayer),
  input_layers: t.unknown,
  output_layers: t.unknown,
});
const SequentialConfig = t.intersection([
  t.type({ layers: t.readonlyArray(KerasLayer) }),
  t.partial({ build_input_shape: t.unknown, batch_input_shape: t.unknown }),
]);

/** A container, at the top of a file or inside another. */
export const Container = t.type({ class_name: t.string, config: t.unknown });
type Container = t.TypeOf<typeof Container>;

/** A reference to a layer's output: `[layer, node, tensor, ...]`. */
type Reference = readonly [layer: string, node: number, tensor: number];

const isReference = (u: unknown): u is Reference =>
  Array.isArray(u) &&
  typeof u[0] === "string" &&
  typeof u[1] === "number" &&
  typeof u[2] === "number";

/**
 * The references in a node, a list of inputs or a list of outputs: one reference, a list of them, or
 * Keras 3's `__keras_tensor__` objects anywhere among the arguments of a call.
 */
const references = (u: unknown, depth = 0): readonly Reference[] => {
  if (isReference(u)) return [u];
  if (depth > nestingLimit || typeof u !== "object" || u === null) return [];
  if (Array.isArray(u)) return u.flatMap((x) => references(x, depth + 1));
  const { args, class_name, config } = u as Readonly<Record<string, unknown>>;
  if (class_name === "__keras_tensor__")
    return references(
      (config as { keras_history?: unknown } | undefined)?.keras_history,
      depth + 1,
    );
  return references(args, depth + 1);
};

const single = (where: string, what: string, u: unknown): Result<string> => {
  const found = references(u);
  const [only] = found;
  return only !== undefined && found.length === 1 && only[2] === 0
    ? E.right(only[0])
    : refuse({
        where,
        found:
          found.length === 0
            ? quote(u)
            : `${found.length} ${what}s: ${found.map((r) => r[0]).join(", ")}`,
        expected: `one ${what}`,
        advice: `cut the model so that it has one ${what}`,
      });
};

const nameOf = (layer: KerasLayer): Result<string> => {
  const name = layer.name ?? layer.config["name"];
  return typeof name === "string" && name !== ""
    ? E.right(name)
    : refuse({
        where: `a layer of class ${quote(layer.class_name)}`,
        found: `the name ${quote(name)}`,
        expected: "a string",
      });
};

/** The flat form of one layer of a container, whose readers find its value under `output`. */
interface Member {
  readonly own: string;
  readonly layers: readonly FlatLayer[];
  readonly input: string;
  readonly output: string;
}

const member = (layer: KerasLayer, prefix: string, depth: number): Result<Member> => {
  const named = nameOf(layer);
  if (E.isLeft(named)) return named;
  const own = named.right;
  const name = prefix + own;
  if (containers.has(layer.class_name))
    return E.map((g: FlatGraph) => ({ own, ...g }))(flatten(layer, `${name}/`, depth + 1));
  const { class_name: className, config } = layer;
  return E.right({
    own,
    layers: [{ name, ownName: own, className, config, inputs: [] }],
    input: name,
    output: name,
  });
};

const members = (
  layers: readonly KerasLayer[],
  prefix: string,
  depth: number,
): Result<ReadonlyMap<string, Member>> => {
  const found = new Map<string, Member>();
  for (const layer of layers) {
    const flat = member(layer, prefix, depth);
    if (E.isLeft(flat)) return flat;
    if (found.has(flat.right.own))
      return refuse({
        where: `layer ${prefix}${flat.right.own}`,
        found: "a second layer of this name",
        expected: "unique names",
      });
    found.set(flat.right.own, flat.right);
  }
  return E.right(found);
};

/** The layers of a member, the first of them reading `inputs`. */
const connected = (m: Member, inputs: readonly string[]): readonly FlatLayer[] =>
  m.layers.map((layer) => (layer.name === m.input ? { ...layer, inputs } : layer));

const flattenFunctional = (config: unknown, prefix: string, depth: number): Result<FlatGraph> => {
  const where = prefix === "" ? "model_config" : `layer ${prefix.slice(0, -1)}`;
  const decoded = decodeWith(FunctionalConfig, where)(config);
  if (E.isLeft(decoded)) return decoded;
  const found = members(decoded.right.layers, prefix, depth);
  if (E.isLeft(found)) return found;
  const resolve = (place: string, name: string): Result<Member> => {
    const target = found.right.get(name);
    return target === undefined
      ? refuse({
          where: place,
          found: `a reference to ${quote(name)}`,
          expected: "the name of a layer of the same container",
        })
      : E.right(target);
  };
  const layers: FlatLayer[] = [];
  for (const layer of decoded.right.layers) {
    const own = (nameOf(layer) as E.Right<string>).right;
    const place = `layer ${prefix}${own}`;
    const nodes = layer.inbound_nodes ?? [];
    // Keras writes a lone call with a lone input as one flat reference.
    const calls = isReference(nodes) ? [nodes] : nodes;
    if (calls.length > 1)
      return refuse({
        where: place,
        found: `${calls.length} calls of one layer`,
        expected: "layers that are called once: shared weights are not supported",
      });
    const inputs: string[] = [];
    for (const [name, , output] of references(calls)) {
      if (output !== 0)
        return refuse({ where: place, found: `output ${output} of ${name}`, expected: "output 0" });
      const target = resolve(place, name);
      if (E.isLeft(target)) return target;
      inputs.push(target.right.output);
    }
    for (const flat of connected(found.right.get(own)!, inputs)) layers.push(flat);
  }
  const ends = (what: "input" | "output", u: unknown): Result<string> =>
    E.map((m: Member) => m[what])(
      E.chain((name: string) => resolve(`${what}_layers`, name))(single(where, what, u)),
    );
  const input = ends("input", decoded.right.input_layers);
  if (E.isLeft(input)) return input;
  const output = ends("output", decoded.right.output_layers);
  return E.isLeft(output) ? output : E.right({ layers, input: input.right, output: output.right });
};

const flattenSequential = (config: unknown, prefix: string, depth: number): Result<FlatGraph> => {
  const where = prefix === "" ? "model_config" : `layer ${prefix.slice(0, -1)}`;
  const form = Array.isArray(config) ? { layers: config as readonly unknown[] } : config;
  const decoded = decodeWith(SequentialConfig, where)(form);
  if (E.isLeft(decoded)) return decoded;
  const found = members(decoded.right.layers, prefix, depth);
  if (E.isLeft(found)) return found;
  const chain = [...found.right.values()];
  const first = decoded.right.layers[0];
  const ownInput = ["input", "input_layer", "sequential_input"].find((n) => !found.right.has(n))!;
  const layers: FlatLayer[] = [];
  if (first?.class_name !== "InputLayer")
    layers.push({
      name: prefix + ownInput,
      ownName: ownInput,
      className: "InputLayer",
      config: {
        batch_input_shape:
          first?.config["batch_input_shape"] ??
          decoded.right.batch_input_shape ??
          decoded.right.build_input_shape,
      },
      inputs: [],
    });
  let previous = layers.map((layer) => layer.name);
  for (const m of chain) {
    for (const flat of connected(m, previous)) layers.push(flat);
    previous = [m.output];
  }
  return E.right({ layers, input: layers[0]!.name, output: previous[0]! });
};

/** The flat graph of a container. `prefix` is put before the name of each layer. */
export const flatten = (container: Container, prefix = "", depth = 0): Result<FlatGraph> => {
  if (depth > nestingLimit)
    return refuse({
      where: `layer ${prefix.slice(0, -1)}`,
      found: `containers inside containers, ${depth} deep`,
      expected: `at most ${nestingLimit}`,
    });
  switch (container.class_name) {
    case "Model":
    case "Functional":
      return flattenFunctional(container.config, prefix, depth);
    case "Sequential":
      return flattenSequential(container.config, prefix, depth);
    default:
      return refuse({
        where: "model_config.class_name",
        found: quote(container.class_name),
        expected: "Model, Functional or Sequential",
      });
  }
};

/**
 * The layers so ordered that each comes after those it reads; the order of the file is kept where it is
 * one. Refuses a circle.
 */
export const inOrder = (layers: readonly FlatLayer[]): Result<readonly FlatLayer[]> => {
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name))
      return refuse({
        where: `layer ${name}`,
        found: "a second layer of this path",
        expected: "names that stay unique when containers are flattened",
      });
    names.add(name);
  }
  const missing = layers.map((layer) => new Set(layer.inputs).size);
  const readers = new Map<string, number[]>();
  for (const [i, layer] of layers.entries())
    for (const name of new Set(layer.inputs)) {
      const list = readers.get(name);
      if (list === undefined) readers.set(name, [i]);
      else list.push(i);
    }
  const ordered: FlatLayer[] = [];
  const done = new Set<number>();
  for (const start of layers.keys()) {
    const ready = missing[start] === 0 && !done.has(start) ? [start] : [];
    for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
      done.add(i);
      ordered.push(layers[i]!);
      // A reader further down the file waits for its own turn; one that was passed over comes now.
      for (const reader of readers.get(layers[i]!.name) ?? [])
        if (--missing[reader]! === 0 && reader < start) ready.push(reader);
    }
  }
  const rest = layers.filter((_, i) => !done.has(i)).map((layer) => layer.name);
  return rest.length === 0
    ? E.right(ordered)
    : E.left(
        within("model_config")({
          where: "layers",
          found: `a circle through ${rest.slice(0, 8).join(", ")}`,
          expected: "layers that read only earlier values",
        }),
      );
};
