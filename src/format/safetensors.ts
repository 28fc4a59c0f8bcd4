/**
 * The safetensors format. A file is
 *
 *     8 bytes   N, the length of the header, little-endian
 *     N bytes   the header: a JSON object that starts with `{` and may end in spaces,
 *               name -> { dtype, shape, data_offsets: [begin, end] }, and `__metadata__`: string -> string
 *     the rest  the data; offsets count from its start
 *
 * Every check of the format is made before anything is allocated for the data: the header's length is
 * bounded, no key appears twice, a tensor has as many bytes as its shape and type say, and the tensors
 * lie one after another and cover the data exactly, without holes and without overlap.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { decodeWith, NaturalPair, quote, ShapeOf } from "./codec.js";
import { dtypes, elementsOf, isDtype, widthOf, type Dtype, type Elements } from "./dtype.js";
import { jsonLimit, parseJson } from "./json.js";

/** The longest header that is read: some 300,000 tensors, and less than the reference implementation's 100 MB. */
export const headerLimit = jsonLimit;

/** Where a tensor lies in the data. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** The first byte, counted from the start of the data. */
  readonly begin: number;
  /** The byte behind the last one. */
  readonly end: number;
}

/** What the header of a file says; entries are in the order of their data. */
export interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: readonly TensorEntry[];
  /** The offset of the data in the file. */
  readonly dataStart: number;
}

/** A tensor as it was stored, half-precision types widened to float32. */
export interface StoredTensor {
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly data: Elements;
}

/** The contents of a file. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const Entry = t.type({
  dtype: t.string,
  shape: ShapeOf,
  data_offsets: NaturalPair,
});
const Metadata = t.record(t.string, t.string);

/** The length of the header from a file's first 8 bytes, checked against the size of the file. */
export const headerLength = (prefix: Uint8Array, fileSize: number): Result<number> => {
  if (prefix.length < 8 || fileSize < 8)
    return refuse({
      where: "header",
      found: `a file of ${fileSize} bytes`,
      expected: "at least the 8 bytes of the header's length",
    });
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  const most = Math.min(headerLimit, fileSize - 8);
  return length <= BigInt(most)
    ? E.right(Number(length))
    : refuse({
        where: "header",
        found: `a length of ${length} bytes`,
        expected: `at most ${most} in a file of ${fileSize} bytes`,
      });
};

const parseEntry = (name: string, value: unknown): Result<TensorEntry> => {
  const where = `tensor ${quote(name)}`;
  return E.chain(({ dtype, shape, data_offsets: [begin, end] }: t.TypeOf<typeof Entry>) => {
    if (!isDtype(dtype))
      return refuse({
        where,
        found: `dtype ${quote(dtype)}`,
        expected: `one of ${dtypes.join(", ")}`,
      });
    const bytes = shape.reduce((n, extent) => n * extent, widthOf(dtype));
    if (!Number.isSafeInteger(bytes) || end - begin !== bytes)
      return refuse({
        where,
        found: `offsets ${begin} to ${end}`,
        expected: `${bytes} bytes for ${dtype} of shape [${shape.join(", ")}]`,
      });
    return E.right({ name, dtype, shape, begin, end });
  })(decodeWith(Entry, where)(value));
};

/** The entries in the order of their data, when they cover it without holes and overlap. */
const contiguous = (entries: TensorEntry[], dataSize: number): Result<readonly TensorEntry[]> => {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered)
      return refuse({
        where: `tensor ${quote(name)}`,
        found: `data that begins at ${begin}`,
        expected: `${covered}, where the data before it ends (no ${begin < covered ? "overlap" : "holes"})`,
      });
    covered = end;
  }
  return covered === dataSize
    ? E.right(entries)
    : refuse({
        where: "data",
        found: `${dataSize} bytes`,
        expected: `${covered}, which the header describes`,
      });
};

/** Parse and check a header whose data has `dataSize` bytes. */
export const parseHeader = (header: Uint8Array, dataSize: number): Result<Header> => {
  if (header[0] !== 0x7b)
    return refuse({
      where: "header",
      found: header.length === 0 ? "an empty header" : `a first byte of ${header[0]}`,
      expected: "a JSON object, starting with {",
    });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(header);
  } catch {
    return refuse({ where: "header", found: "bytes that are no UTF-8", expected: "UTF-8" });
  }
  const json = parseJson(text, "header");
  if (E.isLeft(json)) return json;
  let metadata: Readonly<Record<string, string>> = {};
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(json.right as object)) {
    if (name === "__metadata__") {
      const decoded = decodeWith(Metadata, "__metadata__")(value);
      if (E.isLeft(decoded)) return decoded;
      metadata = decoded.right;
    } else {
      const entry = parseEntry(name, value);
      if (E.isLeft(entry)) return entry;
      entries.push(entry.right);
    }
  }
  return E.map((ordered: readonly TensorEntry[]) => ({
    metadata,
    entries: ordered,
    dataStart: 8 + header.length,
  }))(contiguous(entries, dataSize));
};

/** Decode a whole file in memory; tensors that need no widening and lie aligned are views of `bytes`. */
export const decodeSafetensors = (bytes: Uint8Array): Result<Safetensors> => {
  const length = headerLength(bytes, bytes.length);
  if (E.isLeft(length)) return length;
  const dataStart = 8 + length.right;
  return E.map(({ metadata, entries }: Header) => ({
    metadata,
    tensors: new Map(
      entries.map(({ name, dtype, shape, begin, end }) => [
        name,
        {
          dtype,
          shape,
          data: elementsOf(dtype, bytes.subarray(dataStart + begin, dataStart + end)),
        },
      ]),
    ),
  }))(parseHeader(bytes.subarray(8, dataStart), bytes.length - dataStart));
};

const compareCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const bytesOf = (t: Tensor<number>): Uint8Array => {
  const data = t.data instanceof Float32Array ? t.data : Float32Array.from(t.data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

/**
 * The bytes of a file of float32 tensors, in pieces that are views of the tensors' own memory. The form
 * is canonical: names in the order of their code units, no spaces but those that pad the header to a
 * multiple of 8 bytes. Equal tensors therefore always give equal files.
 */
export const encodeSafetensors = (
  tensors: ReadonlyMap<string, Tensor<number>>,
  metadata: Readonly<Record<string, string>> = {},
): readonly Uint8Array[] => {
  const ordered = [...tensors].sort(([a], [b]) => compareCodeUnits(a, b));
  // Joined by hand: an object would move keys that look like array indices to its front.
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let offset = 0;
  for (const [name, tensor] of ordered) {
    const end = offset + 4 * tensor.data.length;
    const entry = { dtype: "F32", shape: tensor.shape, data_offsets: [offset, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const header = new Uint8Array(8 + 8 * Math.ceil(json.length / 8)).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return [header, ...ordered.map(([, tensor]) => bytesOf(tensor))];
};

/** A stored tensor as float32; refuses integers of 32 bits and more that float32 does not hold exactly. */
export const asFloat32 =
  (name: string) =>
  ({ shape, data }: StoredTensor): Result<Tensor<number>> => {
    if (data instanceof Float32Array) return E.right({ shape, data });
    const out = new Float32Array(data.length);
    for (let i = 0; i < data.length; i++) out[i] = Number(data[i]!);
    if (!(data instanceof Float64Array))
      for (let i = 0; i < data.length; i++)
        if (out[i] !== Number(data[i]!))
          return E.left(
            within(`tensor ${quote(name)}`)({
              where: `element ${i}`,
              found: `${data[i]}`,
              expected: "an integer that float32 holds exactly",
            }),
          );
    return E.right({ shape, data: out });
  };
