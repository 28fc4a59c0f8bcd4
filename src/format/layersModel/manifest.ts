/**
 * The weights of a LayersModel. `weightsManifest` is a list of groups; the weights of a group lie one after
 * another, without padding, in the concatenation of the group's shard files. A weight is float32, float16
 * or integer, or quantised: `value = stored * scale + min` with 8 or 16 bits.
 *
 * The declared sizes are compared with the sizes of the files before anything is allocated, and each weight
 * is read straight into memory of its own, so reading needs no more memory than the weights.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../../algebra/refusal.js";
import { showShape, size, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Finite, quote, ShapeOf } from "../codec.js";
import { fileRefusal, insideFolder, openRegular, readInto, type OpenFile } from "../file.js";
import { checkFinite } from "../finite.js";
import { decodeFloat16 } from "../float16.js";

const WeightDtype = t.keyof({ float32: null, float16: null, int32: null, uint8: null, bool: null });
const Quantisation = t.union([
  t.type({ dtype: t.literal("float16") }),
  t.type({ dtype: t.keyof({ uint8: null, uint16: null }), scale: Finite, min: Finite }),
]);

const WeightSpec = t.intersection([
  t.type({ name: t.string, shape: ShapeOf, dtype: WeightDtype }),
  t.partial({ quantization: Quantisation, group: t.string }),
]);

/** A weight as the manifest declares it. */
export type WeightSpec = t.TypeOf<typeof WeightSpec>;

/** The codec of `weightsManifest`. */
export const Manifest = t.readonlyArray(
  t.type({ paths: t.readonlyArray(t.string), weights: t.readonlyArray(WeightSpec) }),
);
export type Manifest = t.TypeOf<typeof Manifest>;

const widths: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

const storedDtype = (spec: WeightSpec): string => spec.quantization?.dtype ?? spec.dtype;

/** Bytes of a weight in its shards. */
export const storedBytes = (spec: WeightSpec): number =>
  size(spec.shape) * widths[storedDtype(spec)]!;

/**
 * Every weight, optimizer state left out; refuses a name or a shard that appears twice and impossible
 * shapes.
 */
export const declaredWeights = (manifest: Manifest): Result<ReadonlyMap<string, WeightSpec>> => {
  const paths = new Set<string>();
  for (const path of manifest.flatMap((group) => group.paths)) {
    // One file named a thousand times would be a thousand times as much memory.
    if (paths.has(path))
      return refuse({
        where: `weightsManifest: path ${quote(path)}`,
        found: "a second use of this shard",
        expected: "every shard once",
      });
    paths.add(path);
  }
  const found = new Map<string, WeightSpec>();
  for (const spec of manifest.flatMap((group) => group.weights)) {
    const where = `weightsManifest: weight ${quote(spec.name)}`;
    if (found.has(spec.name))
      return refuse({ where, found: "a second weight of this name", expected: "unique names" });
    if (!Number.isSafeInteger(storedBytes(spec)))
      return refuse({
        where,
        found: `shape ${showShape(spec.shape)}`,
        expected: "a number of bytes below 2^53",
      });
    found.set(spec.name, spec);
  }
  for (const [name, spec] of found) if (spec.group === "optimizer") found.delete(name);
  return E.right(found);
};

/** Widen the stored bytes of a weight to float32. */
const decodeWeight = (spec: WeightSpec, bytes: Uint8Array): Float32Array => {
  const { buffer } = bytes as { buffer: ArrayBuffer };
  const stored =
    widths[storedDtype(spec)] === 1
      ? bytes
      : widths[storedDtype(spec)] === 2
        ? new Uint16Array(buffer)
        : spec.dtype === "int32"
          ? new Int32Array(buffer)
          : new Float32Array(buffer);
  const q = spec.quantization;
  if (q !== undefined && q.dtype !== "float16") {
    const { scale, min } = q;
    const out = new Float32Array(stored.length);
    for (let i = 0; i < out.length; i++) out[i] = stored[i]! * scale + min;
    return spec.dtype === "int32" ? out.map(Math.round) : out;
  }
  if (stored instanceof Uint16Array) return decodeFloat16(stored);
  return stored instanceof Float32Array ? stored : Float32Array.from(stored);
};

/** The shards of a group as one stretch of bytes. */
interface Stretch {
  readonly files: readonly OpenFile[];
  readonly size: number;
}

const readStretch = async (
  { files }: Stretch,
  target: Uint8Array,
  position: number,
): Promise<boolean> => {
  let start = 0;
  for (const file of files) {
    const from = Math.max(position, start);
    const to = Math.min(position + target.length, start + file.size);
    if (from < to) {
      const part = target.subarray(from - position, to - position);
      if (!(await readInto(file, part, from - start))) return false;
    }
    start += file.size;
  }
  return true;
};

const readGroup = async (
  group: Manifest[number],
  stretch: Stretch,
): Promise<Result<readonly (readonly [string, Tensor<number>])[]>> => {
  const declared = group.weights.reduce((n, spec) => n + storedBytes(spec), 0);
  if (declared !== stretch.size)
    return refuse({
      where: `shards ${group.paths.slice(0, 3).join(", ")}${group.paths.length > 3 ? ", ..." : ""}`,
      found: `${stretch.size} bytes in ${group.paths.length} files`,
      expected: `${declared} bytes for the ${group.weights.length} weights that weightsManifest declares`,
      advice: "the download is incomplete, or model.json belongs to other shards",
    });
  const read: (readonly [string, Tensor<number>])[] = [];
  let position = 0;
  for (const spec of group.weights) {
    const length = storedBytes(spec);
    if (spec.group !== "optimizer") {
      const bytes = new Uint8Array(length);
      if (!(await readStretch(stretch, bytes, position)))
        return refuse({
          where: `weight ${quote(spec.name)}`,
          found: "an end of file",
          expected: "shards that nobody shortens while they are read",
        });
      const data = decodeWeight(spec, bytes);
      const finite = checkFinite(spec.name, data);
      if (E.isLeft(finite)) return finite;
      read.push([spec.name, { shape: spec.shape as Shape, data }]);
    }
    position += length;
  }
  return E.right(read);
};

/** Open the shards of a group inside `folder`, read its weights, and close them. */
const openGroup = async (
  folder: string,
  group: Manifest[number],
): Promise<Result<readonly (readonly [string, Tensor<number>])[]>> => {
  const files: OpenFile[] = [];
  try {
    for (const name of group.paths) {
      const path = await insideFolder(folder, name);
      if (E.isLeft(path)) return path;
      const handle = await openRegular(path.right);
      if (E.isLeft(handle)) return handle;
      files.push(handle.right);
    }
    return await readGroup(group, { files, size: files.reduce((n, f) => n + f.size, 0) });
  } catch (error) {
    return fileRefusal(folder, error);
  } finally {
    for (const file of files) await file.handle.close();
  }
};

/** Read every weight of a manifest whose shards lie in `folder`, as float32, by name. */
export const readWeights = async (
  folder: string,
  manifest: Manifest,
): Promise<Result<ReadonlyMap<string, Tensor<number>>>> => {
  const weights = new Map<string, Tensor<number>>();
  for (const group of manifest) {
    const read = await openGroup(folder, group);
    if (E.isLeft(read)) return read;
    for (const [name, tensor] of read.right) weights.set(name, tensor);
  }
  return E.right(weights);
};
