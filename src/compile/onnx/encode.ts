/**
 * A graph as the bytes of an ONNX model (protobuf, the messages of onnx.proto3).
 *
 * Everything but the elements of initializers is written with `BinaryWriter`. The elements are large, and
 * that writer doubles one buffer as it grows and moves the contents at the end of every nested message:
 * 100 MB took it 0.36 to 1.2 s. So a model is a list of chunks (heads that were written, elements as they
 * lie in memory), put together once its length is known: 0.14 to 0.24 s for the same, one copy. Elements
 * are raw and little-endian, like the memory of every machine that ONNX Runtime has a library for.
 *
 * Protobuf ends at 2 GB. Beyond, elements go to a second file beside the model (`encodeExternal`).
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  opsets,
  type Attribute,
  type Domain,
  type Edge,
  type ElementType,
  type Initializer,
  type OnnxGraph,
  type OnnxNode,
} from "./graph.js";
import type { FrozenInput } from "./emitted.js";

/** A model whose large tensors lie in a second file. */
export interface ExternalModel {
  readonly model: Uint8Array;
  /** The contents of the second file, in order. */
  readonly data: Iterable<Uint8Array>;
}

/** No protobuf message has more bytes. */
export const protobufLimit = 2 ** 31 - 1;

const irVersion = 8;

/** `TensorProto.DataType`. */
const elementTypes: Readonly<Record<Exclude<ElementType, "sequence">, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** `AttributeProto.AttributeType`. */
const attributeTypes = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

const text = (w: BinaryWriter, field: number, value: string): BinaryWriter =>
  w.tag(field, WireType.LengthDelimited).string(value);

const integer = (w: BinaryWriter, field: number, value: number): BinaryWriter =>
  w.tag(field, WireType.Varint).int64(value);

const message = (w: BinaryWriter, field: number, content: () => void): void => {
  w.tag(field, WireType.LengthDelimited).fork();
  content();
  w.join();
};

/** Repeated integers in one field, as proto3 packs them. */
const integers = (w: BinaryWriter, field: number, values: readonly number[]): void => {
  if (values.length > 0) message(w, field, () => values.forEach((value) => w.int64(value)));
};

const writeAttribute = (w: BinaryWriter, name: string, value: Attribute): void => {
  text(w, 1, name);
  if ("float" in value) w.tag(2, WireType.Bit32).float(value.float);
  else if ("int" in value) integer(w, 3, value.int);
  else if ("string" in value) text(w, 4, value.string);
  else if ("ints" in value) integers(w, 8, value.ints);
  else message(w, 7, () => value.floats.forEach((number) => w.float(number)));
  const kind = (["float", "int", "string", "floats", "ints"] as const).find((key) => key in value)!;
  integer(w, 20, attributeTypes[kind]);
};

/** A node bears the name of its first output, so that the runtime's messages lead back to it. */
const writeNode = (w: BinaryWriter, node: OnnxNode): void => {
  for (const input of node.inputs) text(w, 1, input);
  for (const output of node.outputs) text(w, 2, output);
  text(w, 3, node.outputs[0] ?? "");
  text(w, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes))
    message(w, 5, () => writeAttribute(w, name, value));
  if (node.domain !== "") text(w, 7, node.domain);
};

/** A `TypeProto`. */
const writeType = (w: BinaryWriter, { type, shape }: Omit<Edge, "name">): void => {
  if (type === "sequence")
    message(w, 4, () =>
      message(w, 1, () => message(w, 1, () => integer(w, 1, elementTypes.float32))),
    );
  else
    message(w, 1, () => {
      integer(w, 1, elementTypes[type]);
      message(w, 2, () => shape.forEach((extent) => message(w, 1, () => integer(w, 1, extent))));
    });
};

const writeEdge = (w: BinaryWriter, edge: Edge): void => {
  text(w, 1, edge.name);
  message(w, 2, () => writeType(w, edge));
};

const written = (write: (w: BinaryWriter) => void): Uint8Array => {
  const w = new BinaryWriter();
  write(w);
  return w.finish();
};

const lengthOf = (chunks: readonly Uint8Array[]): number =>
  chunks.reduce((length, chunk) => length + chunk.byteLength, 0);

/** A field that holds a message or bytes, in chunks. */
const field = (no: number, content: readonly Uint8Array[]): readonly Uint8Array[] => [
  written((w) => w.tag(no, WireType.LengthDelimited).int64(lengthOf(content))),
  ...content,
];

const joined = (chunks: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(lengthOf(chunks));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
};

const elements = ({ data }: Initializer): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const writeTensorHead = (w: BinaryWriter, { name, type, shape }: Edge): void => {
  integers(w, 1, shape);
  integer(w, 2, type === "int64" ? elementTypes.int64 : elementTypes.float32);
  text(w, 8, name);
};

/** A `TensorProto` that holds its elements. */
const inside = (initializer: Initializer): readonly Uint8Array[] => [
  written((w) => writeTensorHead(w, initializer.edge)),
  ...field(9, [elements(initializer)]),
];

/** A `TensorProto` whose elements lie in a file. */
const outside = (
  { edge, data }: Initializer,
  location: string,
  offset: number,
): readonly Uint8Array[] => [
  written((w) => {
    writeTensorHead(w, edge);
    const entries = { location, offset: `${offset}`, length: `${data.byteLength}` };
    for (const [key, value] of Object.entries(entries))
      message(w, 13, () => {
        text(w, 1, key);
        text(w, 2, value);
      });
    integer(w, 14, 1);
  }),
];

/** The initializers of the model: the graph's and the inputs that are frozen. */
const stored = (
  { initializers }: OnnxGraph,
  frozen: readonly FrozenInput[],
): readonly Initializer[] => [...initializers, ...frozen];

const modelOf = (
  graph: OnnxGraph,
  frozen: readonly FrozenInput[],
  tensors: readonly (readonly Uint8Array[])[],
): Uint8Array => {
  const held = new Set(frozen.map(({ edge }) => edge.name));
  const domains = new Set<Domain>(["", ...graph.nodes.map(({ domain }) => domain)]);
  const head = written((w) => {
    for (const node of graph.nodes) message(w, 1, () => writeNode(w, node));
    text(w, 2, "step");
    for (const edge of graph.inputs)
      if (!held.has(edge.name)) message(w, 11, () => writeEdge(w, edge));
    for (const edge of graph.outputs) message(w, 12, () => writeEdge(w, edge));
  });
  return joined([
    written((w) => {
      integer(w, 1, irVersion);
      text(w, 2, "heirloom");
      for (const domain of domains)
        message(w, 8, () => {
          text(w, 1, domain);
          integer(w, 2, opsets[domain]);
        });
    }),
    ...field(7, [head, ...tensors.flatMap((tensor) => field(5, tensor))]),
  ]);
};

/** The bytes of all elements that a model would hold: whether it stays below {@link protobufLimit}. */
export const storedBytes = (graph: OnnxGraph, frozen: readonly FrozenInput[] = []): number =>
  stored(graph, frozen).reduce((bytes, { data }) => bytes + data.byteLength, 0);

/** A model. Inputs that are given as `frozen` are stored in it and are inputs no more. */
export const encodeModel = (graph: OnnxGraph, frozen: readonly FrozenInput[] = []): Uint8Array =>
  modelOf(graph, frozen, stored(graph, frozen).map(inside));

/** Offsets are multiples of a page, so that a runtime may map the file into memory. */
const pageBytes = 4096;

const upToPage = (bytes: number): number => Math.ceil(bytes / pageBytes) * pageBytes;

/**
 * A model whose float32 tensors of at least `threshold` bytes lie in the file `location`, named relative to
 * the model's folder. Integers stay inside: they are shapes and axes, which a reader must know to check the
 * model.
 */
export const encodeExternal = (
  graph: OnnxGraph,
  frozen: readonly FrozenInput[],
  location: string,
  threshold = pageBytes,
): ExternalModel => {
  const tensors = stored(graph, frozen);
  const isOutside = ({ data }: Initializer): boolean =>
    data instanceof Float32Array && data.byteLength >= threshold;
  let end = 0;
  const protos = tensors.map((tensor) => {
    if (!isOutside(tensor)) return inside(tensor);
    const offset = upToPage(end);
    end = offset + tensor.data.byteLength;
    return outside(tensor, location, offset);
  });
  const large = tensors.filter(isOutside);
  return {
    model: modelOf(graph, frozen, protos),
    data: {
      *[Symbol.iterator]() {
        for (const [i, tensor] of large.entries()) {
          const bytes = elements(tensor);
          yield bytes;
          const padding = upToPage(bytes.byteLength) - bytes.byteLength;
          if (i + 1 < large.length && padding > 0) yield new Uint8Array(padding);
        }
      },
    },
  };
};
