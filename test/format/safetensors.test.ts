import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dtypes, widthOf } from "../../src/format/dtype.js";
import { asFloat32, decodeSafetensors, encodeSafetensors } from "../../src/format/safetensors.js";
import { readSafetensors, readSafetensorsHeader } from "../../src/format/safetensorsFile.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { refused, succeed } from "../generators/succeed.js";
import { folderOf, scratch } from "./scratch.js";

const fileOf = (
  header: string,
  data: Uint8Array = new Uint8Array(),
  length?: bigint,
): Uint8Array => {
  const json = new TextEncoder().encode(header);
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  return Buffer.concat([prefix, json, data]);
};

const entry = (dtype: string, shape: readonly number[], begin: number, end: number) =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

const names = fc.oneof(
  fc.string(),
  fc.constantFrom("1", "0", "__proto__", "constructor", "é", "a/b"),
);
const tensors: fc.Arbitrary<ReadonlyMap<string, Tensor<number>>> = fc
  .uniqueArray(
    fc.tuple(
      names.filter((n) => n !== "__metadata__"),
      fc
        .array(fc.nat(3), { maxLength: 3 })
        .chain((shape: Shape) =>
          fc
            .array(fc.float(), { minLength: size(shape), maxLength: size(shape) })
            .map((data) => ({ shape, data: Float32Array.from(data) })),
        ),
    ),
    { selector: ([name]) => name, maxLength: 6 },
  )
  .map((list) => new Map(list));

describe("safetensors", () => {
  it("come back as they were written, from memory and from a file", async () => {
    const folder = await scratch();
    await fc.assert(
      fc.asyncProperty(
        tensors,
        fc.dictionary(fc.string(), fc.string()),
        fc.nat(3),
        async (written, metadata, offset) => {
          const bytes = Buffer.concat(encodeSafetensors(written, metadata));
          // Misaligned memory is copied, not misread.
          const shifted = Buffer.alloc(bytes.length + offset).subarray(offset);
          shifted.set(bytes);
          await writeFile(join(folder, "t"), bytes);
          for (const read of [
            succeed(decodeSafetensors(shifted)),
            succeed(await readSafetensors(join(folder, "t"))),
          ]) {
            expect({ ...read.metadata }).toEqual({ ...metadata });
            expect(new Set(read.tensors.keys())).toEqual(new Set(written.keys()));
            for (const [name, { shape, data }] of written)
              expect(read.tensors.get(name)).toEqual({ dtype: "F32", shape, data });
          }
          expect(bytes.readUInt32LE(0) % 8).toBe(0);
          const header = succeed(await readSafetensorsHeader(join(folder, "t")));
          expect(header.entries.length).toBe(written.size);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("do not depend on the order in which tensors are given", () => {
    fc.assert(
      fc.property(tensors, (written) => {
        const reversed = new Map([...written].reverse());
        expect(Buffer.concat(encodeSafetensors(reversed))).toEqual(
          Buffer.concat(encodeSafetensors(written)),
        );
      }),
    );
  });

  it("hold every element type", () => {
    const data = Uint8Array.from({ length: 8 }, (_, i) => i * 31);
    for (const dtype of dtypes) {
      const n = 8 / widthOf(dtype);
      const read = succeed(decodeSafetensors(fileOf(`{"t":${entry(dtype, [n], 0, 8)}}`, data)));
      expect(read.tensors.get("t")!.data.length).toBe(n);
    }
    const half = fileOf(`{"t":${entry("F16", [2], 0, 4)}}`, Uint8Array.of(0, 0x3c, 0, 0xc0));
    expect(succeed(decodeSafetensors(half)).tensors.get("t")!.data).toEqual(Float32Array.of(1, -2));
    const brain = fileOf(`{"t":${entry("BF16", [2], 0, 4)}}`, Uint8Array.of(0x80, 0x3f, 0, 0xc0));
    expect(succeed(decodeSafetensors(brain)).tensors.get("t")!.data).toEqual(
      Float32Array.of(1, -2),
    );
  });

  it("become float32 where float32 holds them", () => {
    const stored = (...data: number[]) => ({
      dtype: "I32" as const,
      shape: [data.length],
      data: Int32Array.from(data),
    });
    expect(succeed(asFloat32("t")(stored(-3, 2 ** 24))).data).toEqual(Float32Array.of(-3, 2 ** 24));
    expect(refused(asFloat32("t")(stored(1, 2 ** 24 + 1)))).toMatchObject({
      where: 'tensor "t": element 1',
      found: "16777217",
    });
  });

  const four = new Uint8Array(4);
  const eight = new Uint8Array(8);
  const f4 = (begin: number, end: number) => entry("F32", [1], begin, end);
  const hostile: readonly (readonly [string, Uint8Array, string])[] = [
    ["an empty file", new Uint8Array(), "a file of 0 bytes"],
    ["a cut length", new Uint8Array(7), "a file of 7 bytes"],
    ["a header longer than the file", fileOf("{}", four, 7n), "a length of 7 bytes"],
    ["a header of 2^63 bytes", fileOf("{}", four, 2n ** 63n), `a length of ${2n ** 63n} bytes`],
    ["an empty header", fileOf(""), "an empty header"],
    ["a header that starts with a space", fileOf(" {}"), "a first byte of 32"],
    ["a list", fileOf("[]"), "a first byte of 91"],
    ["no JSON", fileOf("{,}"), "Expected property name"],
    ["NaN", fileOf('{"t":NaN}'), "Unexpected token"],
    [
      "bytes that are no UTF-8",
      Buffer.concat([fileOf("", four, 4n).subarray(0, 8), Uint8Array.of(0x7b, 0xff, 0x22, 0x7d)]),
      "no UTF-8",
    ],
    ["a repeated name", fileOf(`{"t":${f4(0, 4)},"t":${f4(0, 4)}}`, four), 'the key "t" twice'],
    [
      "a name repeated through an escape",
      fileOf(`{"t":${f4(0, 4)},"\\u0074":${f4(0, 4)}}`, four),
      'the key "t" twice',
    ],
    [
      "a repeated field",
      fileOf('{"t":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', four),
      'the key "dtype" twice',
    ],
    ["an unknown type", fileOf(`{"t":${entry("F31", [1], 0, 4)}}`, four), 'dtype "F31"'],
    [
      "a type from the prototype",
      fileOf(`{"t":${entry("toString", [1], 0, 4)}}`, four),
      'dtype "toString"',
    ],
    ["no entry", fileOf('{"t":null}'), "null where an object belongs"],
    [
      "a negative extent",
      fileOf(`{"t":${entry("F32", [-1], 0, 4)}}`, four),
      "shape.0: -1 where a whole number",
    ],
    [
      "a fractional offset",
      fileOf('{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4.5]}}', four),
      "data_offsets: [0,4.5] where a pair of whole numbers",
    ],
    [
      "three offsets",
      fileOf('{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', four),
      "data_offsets",
    ],
    ["an end before the beginning", fileOf(`{"t":${f4(4, 0)}}`, four), "offsets 4 to 0"],
    [
      "fewer bytes than the shape has",
      fileOf(`{"t":${entry("F32", [2], 0, 4)}}`, four),
      "offsets 0 to 4",
    ],
    [
      "an overflowing shape",
      fileOf(`{"t":${entry("F64", [2 ** 40, 2 ** 40], 0, 4)}}`, four),
      "offsets 0 to 4",
    ],
    [
      "a shape that overflows to the right size",
      fileOf(`{"t":${entry("F32", [2 ** 32, 2 ** 32], 0, 0)}}`),
      "offsets 0 to 0",
    ],
    [
      "a hole",
      fileOf(`{"a":${f4(0, 4)},"b":${f4(8, 12)}}`, new Uint8Array(12)),
      "data that begins at 8",
    ],
    ["a hole at the front", fileOf(`{"a":${f4(4, 8)}}`, eight), "data that begins at 4"],
    [
      "an overlap",
      fileOf(`{"a":${entry("F32", [2], 0, 8)},"b":${f4(4, 8)}}`, eight),
      "data that begins at 4",
    ],
    [
      "two tensors in one place",
      fileOf(`{"a":${f4(0, 4)},"b":${f4(0, 4)}}`, four),
      "data that begins at 0",
    ],
    ["data that nobody describes", fileOf(`{"a":${f4(0, 4)}}`, eight), "8 bytes"],
    ["missing data", fileOf(`{"a":${f4(0, 4)}}`), "0 bytes"],
    [
      "metadata that is no string",
      fileOf('{"__metadata__":{"n":1}}'),
      "n: 1 where a string belongs",
    ],
    ["metadata that is no object", fileOf('{"__metadata__":"x"}'), '"x" where an object belongs'],
  ];
  for (const [what, bytes, found] of hostile)
    it(`refuse ${what}`, async () => {
      const refusal = refused(decodeSafetensors(bytes));
      expect(`${refusal.found}`).toContain(found);
      const folder = await folderOf({ t: bytes });
      const fromFile = refused(await readSafetensors(join(folder, "t")));
      expect(fromFile.found).toBe(refusal.found);
      expect(fromFile.where).toContain(join(folder, "t"));
    });

  it("refuse a header of more than 32 MiB without reading it", async () => {
    const folder = await folderOf({ t: fileOf("{}", four, 33_554_433n) });
    await truncate(join(folder, "t"), 300_000_000);
    expect(refused(await readSafetensors(join(folder, "t")))).toMatchObject({
      found: "a length of 33554433 bytes",
      expected: "at most 33554432 in a file of 300000000 bytes",
    });
  });

  it("survive any damage to a file: a value or a refusal, never an exception", () => {
    const sound = Buffer.concat(
      encodeSafetensors(new Map([["t", { shape: [2], data: Float32Array.of(1, 2) }]]), { k: "v" }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(sound.length),
        (changes, length) => {
          const bytes = Uint8Array.from(sound);
          for (const [i, b] of changes) bytes[i] = b;
          expect(["Left", "Right"]).toContain(decodeSafetensors(bytes.subarray(0, length))._tag);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
