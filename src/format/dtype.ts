/**
 * The element types of safetensors and how their bytes become typed arrays. Bytes are little-endian, as
 * is every machine that Node.js's typed arrays are used on here.
 */
import { decodeBfloat16, decodeFloat16 } from "./float16.js";

/** The name of an element type in a safetensors header. */
export type Dtype =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "U64"
  | "I32"
  | "U32"
  | "I16"
  | "U16"
  | "I8"
  | "U8"
  | "BOOL";

/** Elements in memory: half-precision types widened to float32, everything else as it is stored. */
export type Elements =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

interface DtypeInfo {
  /** Bytes per element in the file. */
  readonly width: number;
  /** The elements of aligned bytes; a view of them where nothing has to be widened. */
  readonly elements: (bytes: Uint8Array) => Elements;
}

const info = (width: number, elements: (b: ArrayBuffer, from: number, n: number) => Elements) => ({
  width,
  elements: (bytes: Uint8Array): Elements => {
    // A typed array must start at a multiple of its element's width: copy where the file does not.
    // (Not by `slice`: that of a Buffer copies nothing.)
    const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
    return elements(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / width);
  },
});

const table: Readonly<Record<Dtype, DtypeInfo>> = {
  F64: info(8, (b, from, n) => new Float64Array(b, from, n)),
  F32: info(4, (b, from, n) => new Float32Array(b, from, n)),
  F16: info(2, (b, from, n) => decodeFloat16(new Uint16Array(b, from, n))),
  BF16: info(2, (b, from, n) => decodeBfloat16(new Uint16Array(b, from, n))),
  I64: info(8, (b, from, n) => new BigInt64Array(b, from, n)),
  U64: info(8, (b, from, n) => new BigUint64Array(b, from, n)),
  I32: info(4, (b, from, n) => new Int32Array(b, from, n)),
  U32: info(4, (b, from, n) => new Uint32Array(b, from, n)),
  I16: info(2, (b, from, n) => new Int16Array(b, from, n)),
  U16: info(2, (b, from, n) => new Uint16Array(b, from, n)),
  I8: info(1, (b, from, n) => new Int8Array(b, from, n)),
  U8: info(1, (b, from, n) => new Uint8Array(b, from, n)),
  BOOL: info(1, (b, from, n) => new Uint8Array(b, from, n)),
};

/** Every element type, widest first. */
export const dtypes = Object.keys(table) as readonly Dtype[];

/** Whether a name is that of an element type. */
export const isDtype = (name: unknown): name is Dtype =>
  typeof name === "string" && Object.hasOwn(table, name);

/** Bytes per element. */
export const widthOf = (dtype: Dtype): number => table[dtype].width;

/** The elements held by `bytes`, whose length is a multiple of the width. */
export const elementsOf = (dtype: Dtype, bytes: Uint8Array): Elements =>
  table[dtype].elements(bytes);
