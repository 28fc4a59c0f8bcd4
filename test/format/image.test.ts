import { deflateSync } from "node:zlib";
import { encode as encodeJpeg } from "jpeg-js";
import { PNG } from "pngjs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/format/decodeImage.js";
import { pixelLimit } from "../../src/format/image.js";
import { refused, succeed } from "../generators/succeed.js";

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc = (bytes: Uint8Array): number =>
  (bytes.reduce((c, b) => crcTable[(c ^ b) & 255]! ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
};

/** A PNG with a header of one's choice and these raw rows (each with its filter byte). */
const png = (
  width: number,
  height: number,
  {
    depth = 8,
    colour = 0,
    interlace = 0,
    rows = new Uint8Array(),
    extra = [] as Uint8Array[],
  } = {},
): Uint8Array => {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, colour, 0, 0, interlace], 8);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", head),
    ...extra,
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
};

const jpeg = encodeJpeg({ width: 16, height: 8, data: Buffer.alloc(16 * 8 * 4, 200) }, 90).data;

describe("decoding an image", () => {
  it("gives the samples of a PNG, with as many channels as it has", () => {
    const grey = png(2, 2, { rows: Uint8Array.of(0, 10, 20, 0, 30, 40) });
    expect(succeed(decodeImage(grey, "i"))).toEqual({
      width: 2,
      height: 2,
      channels: 1,
      data: Uint8Array.of(10, 20, 30, 40),
    });
    const colour = png(1, 1, { colour: 2, rows: Uint8Array.of(0, 1, 2, 3) });
    expect(succeed(decodeImage(colour, "i"))).toMatchObject({
      channels: 3,
      data: Uint8Array.of(1, 2, 3),
    });
    const alpha = png(1, 1, { colour: 6, rows: Uint8Array.of(0, 1, 2, 3, 4) });
    expect(succeed(decodeImage(alpha, "i"))).toMatchObject({
      channels: 4,
      data: Uint8Array.of(1, 2, 3, 4),
    });
    const palette = png(2, 1, {
      colour: 3,
      rows: Uint8Array.of(0, 1, 0),
      extra: [chunk("PLTE", Uint8Array.of(9, 8, 7, 6, 5, 4)), chunk("tRNS", Uint8Array.of(100))],
    });
    expect(succeed(decodeImage(palette, "i"))).toMatchObject({
      channels: 4,
      data: Uint8Array.of(6, 5, 4, 255, 9, 8, 7, 100),
    });
  });

  it("rounds 16 bits to 8", () => {
    const rows = Uint8Array.of(0, 0, 0, 0x80, 0x80, 0xff, 0xff);
    const image = succeed(decodeImage(png(3, 1, { depth: 16, rows }), "i"));
    expect(image).toMatchObject({ channels: 1, data: Uint8Array.of(0, 128, 255) });
  });

  it("reads interlaced PNGs", () => {
    const image = succeed(
      decodeImage(png(1, 1, { interlace: 1, rows: Uint8Array.of(0, 77) }), "i"),
    );
    expect(image.data).toEqual(Uint8Array.of(77));
  });

  it("gives the samples of a JPEG, grey ones with one channel", () => {
    const image = succeed(decodeImage(jpeg, "i"));
    expect([image.width, image.height, image.channels]).toEqual([16, 8, 3]);
    // A flat image survives its quantisation up to the rounding of the colour transform and of DC.
    for (const x of image.data) expect(Math.abs(x - 200)).toBeLessThanOrEqual(3);
  });

  it("round-trips what pngjs writes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.uint8Array({ minLength: 324, maxLength: 324 }),
        (width, height, samples) => {
          const written = new PNG({ width, height });
          written.data = Buffer.from(samples.subarray(0, width * height * 4));
          const image = succeed(decodeImage(PNG.sync.write(written), "i"));
          expect(image.data).toEqual(samples.subarray(0, width * height * 4));
        },
      ),
    );
  });

  const found = (bytes: Uint8Array): string => refused(decodeImage(bytes, "photo")).found;

  it("refuses a bomb by its header, before it decodes anything", () => {
    expect(found(png(100_000, 100_000))).toBe("an image of 100000 x 100000 pixels");
    const tall = Buffer.from(jpeg);
    const frame = tall.indexOf(Uint8Array.of(0xff, 0xc0));
    tall.writeUInt16BE(65_535, frame + 5);
    tall.writeUInt16BE(65_535, frame + 7);
    expect(found(tall)).toBe("an image of 65535 x 65535 pixels");
    expect(pixelLimit).toBeLessThan(65_535 ** 2);
    expect(found(png(0, 5))).toBe("an image of 0 x 5 pixels");
  });

  it("refuses rows that inflate to more than the header says, interlaced or not", () => {
    for (const interlace of [0, 1]) {
      const bytes = png(1, 1, { interlace, rows: new Uint8Array(2 ** 24) });
      expect(bytes.length).toBeLessThan(2 ** 15);
      const before = process.memoryUsage().arrayBuffers;
      const result = decodeImage(bytes, "photo");
      if (interlace === 1) expect(refused(result).found).toContain("a damaged PNG");
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 23);
    }
  });

  it("refuses what is empty, foreign, damaged or cut short", () => {
    expect(found(new Uint8Array())).toBe("an empty file");
    expect(found(Buffer.from("GIF89a"))).toBe("a file that starts with 47 49 46 38");
    const sound = png(2, 2, { rows: Uint8Array.of(0, 1, 2, 0, 3, 4) });
    for (let n = 8; n < sound.length; n++)
      expect(found(sound.subarray(0, n))).toContain("too early");
    const damaged = Buffer.from(sound);
    damaged[45]! ^= 255;
    expect(found(damaged)).toContain("a damaged PNG");
    for (let n = 2; n < jpeg.length; n += 7)
      expect(found(jpeg.subarray(0, n))).toMatch(/too early|a damaged JPEG/);
  });

  it("refuses floods of chunks and of scans, and samples of 12 bits", () => {
    const sound = png(1, 1, { rows: Uint8Array.of(0, 77) });
    const empty = chunk("tEXt", new Uint8Array());
    const flood = Buffer.alloc(2 ** 18 * empty.length, empty);
    expect(found(Buffer.concat([sound.subarray(0, 33), flood, sound.subarray(33)]))).toBe(
      "a PNG of more than 262144 chunks",
    );
    const end = jpeg.length - 2;
    const scan = jpeg.subarray(jpeg.lastIndexOf(0xda) - 1, end);
    const scans = Buffer.concat([
      jpeg.subarray(0, end),
      ...Array.from({ length: 256 }, () => scan),
      jpeg.subarray(end),
    ]);
    expect(found(scans)).toBe("a JPEG of 257 scans");
    const deep = Buffer.from(jpeg);
    deep[deep.indexOf(Buffer.of(0xff, 0xc0)) + 4] = 12;
    expect(found(deep)).toBe("a JPEG of 12 bits a sample");
  });

  it("never throws, whatever the bytes", () => {
    const sound = png(2, 2, { rows: Uint8Array.of(0, 1, 2, 0, 3, 4) });
    fc.assert(
      fc.property(
        fc.constantFrom<Uint8Array>(sound, jpeg),
        fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (source, changes) => {
          const bytes = Uint8Array.from(source);
          for (const [i, b] of changes) bytes[i % bytes.length] = b;
          expect(["Left", "Right"]).toContain(decodeImage(bytes, "i", 4096)._tag);
        },
      ),
      { numRuns: 400 },
    );
  });
});
