/**
 * Images from untrusted bytes: PNG and JPEG, told apart by their first bytes. The extents are read from the
 * header and compared with a limit before anything is decoded, so a small file cannot claim all memory.
 * The orientation that a camera notes in a JPEG is not applied, as in Keras and TensorFlow.
 */
import { inflateSync } from "node:zlib";
import * as E from "fp-ts/lib/Either.js";
import { decode as decodeJpegBytes } from "jpeg-js";
import { PNG } from "pngjs";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { plainBytes } from "./file.js";
import { pixelLimit, type Image } from "./image.js";

/** What a header says. */
export interface ImageHeader {
  readonly type: "png" | "jpeg";
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const startsWith = (bytes: Uint8Array, prefix: readonly number[]): boolean =>
  prefix.every((b, i) => bytes[i] === b);

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const truncated = (what: string): Result<never> =>
  refuse({ where: "", found: `a ${what} that ends too early`, expected: "a complete file" });

/** One chunk of a PNG. */
interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** More chunks than any encoder writes (8 KiB each in a file of 2 GiB): a list of empty ones fills memory. */
const chunkLimit = 2 ** 18;

const pngChunks = (bytes: Uint8Array): Result<readonly Chunk[]> => {
  const view = viewOf(bytes);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    if (chunks.length === chunkLimit)
      return refuse({
        where: "",
        found: `a PNG of more than ${chunkLimit} chunks`,
        expected: `at most ${chunkLimit}`,
      });
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    if (type === "IEND") return E.right(chunks);
    at += 12 + length;
  }
  return truncated("PNG");
};

const pngHeader = (bytes: Uint8Array): Result<ImageHeader> =>
  E.chain((chunks: readonly Chunk[]) => {
    const head = chunks[0]!;
    if (head.type !== "IHDR" || head.data.length !== 13)
      return refuse({ where: "", found: `a PNG that starts with ${head.type}`, expected: "IHDR" });
    const view = viewOf(head.data);
    const colour = head.data[9]!;
    const transparent = (colour & 4) !== 0 || chunks.some((c) => c.type === "tRNS");
    return E.right({
      type: "png" as const,
      width: view.getUint32(0),
      height: view.getUint32(4),
      channels: transparent ? (4 as const) : (colour & 2) === 0 ? (1 as const) : (3 as const),
    });
  })(pngChunks(bytes));

/** Offsets of a JPEG's start of frame; other markers are skipped by the length they carry. */
const jpegHeader = (bytes: Uint8Array): Result<ImageHeader> => {
  const view = viewOf(bytes);
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff)
      return refuse({
        where: "",
        found: `a JPEG with the byte ${bytes[at]} at ${at}`,
        expected: "a marker there",
      });
    const marker = bytes[at + 1]!;
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame && at + 10 <= bytes.length) {
      if (bytes.lastIndexOf(0xd9) <= at || !endsInMarker(bytes, at)) return truncated("JPEG");
      if (bytes[at + 4] !== 8)
        return refuse({
          where: "",
          found: `a JPEG of ${bytes[at + 4]} bits a sample`,
          expected: "8 bits",
        });
      const scans = scanCount(bytes, at);
      if (scans > scanLimit)
        return refuse({
          where: "",
          found: `a JPEG of ${scans} scans`,
          expected: `at most ${scanLimit}`,
        });
      return E.right({
        type: "jpeg",
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        channels: bytes[at + 9] === 1 ? 1 : 3,
      });
    }
    if (isFrame || marker === 0xd9) break;
    at += 2 + length;
  }
  return truncated("JPEG");
};

/**
 * The most scans of a JPEG. A progressive one of three components needs some ten and can use a few
 * hundred; each costs time in proportion to the pixels, however few bytes it has.
 */
const scanLimit = 256;

/** How many start-of-scan markers follow `from`. */
const scanCount = (bytes: Uint8Array, from: number): number => {
  let scans = 0;
  for (let i = bytes.indexOf(0xff, from); i >= 0; i = bytes.indexOf(0xff, i + 1))
    if (bytes[i + 1] === 0xda) scans++;
  return scans;
};

/** Whether an end-of-image marker follows `from`. */
const endsInMarker = (bytes: Uint8Array, from: number): boolean => {
  for (let i = bytes.length - 2; i > from; i--)
    if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return true;
  return false;
};

/** Read the header of a PNG or JPEG and check its extents against `limit` pixels. */
export const imageHeader = (
  bytes: Uint8Array,
  name: string,
  limit: number = pixelLimit,
): Result<ImageHeader> => {
  const header =
    bytes.length === 0
      ? refuse({ where: "", found: "an empty file", expected: "a PNG or JPEG image" })
      : startsWith(bytes, pngSignature)
        ? pngHeader(bytes)
        : startsWith(bytes, [0xff, 0xd8])
          ? jpegHeader(bytes)
          : refuse({
              where: "",
              found: `a file that starts with ${[...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join(" ")}`,
              expected: "a PNG or JPEG image",
            });
  return E.mapLeft(within(name))(
    E.chain((h: ImageHeader) =>
      h.width >= 1 && h.height >= 1 && h.width * h.height <= limit
        ? E.right(h)
        : refuse({
            where: "",
            found: `an image of ${h.width} x ${h.height} pixels`,
            expected: `at least one and at most ${limit} pixels`,
          }),
    )(header),
  );
};

/** Keep the first `channels` of every four samples. */
const packed = (rgba: Uint8Array, channels: 1 | 3 | 4): Uint8Array => {
  if (channels === 4) return rgba;
  const out = new Uint8Array((rgba.length / 4) * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4)
    for (let c = 0; c < channels; c++) out[to++] = rgba[from + c]!;
  return out;
};

/**
 * pngjs bounds what it inflates only for images that are not interlaced. Inflate an interlaced one here
 * first, with the bound: 16-bit RGBA and a filter byte a row in each of seven passes.
 */
const boundInterlaced = (bytes: Uint8Array, { width, height }: ImageHeader): void => {
  const chunks = pngChunks(bytes);
  if (E.isLeft(chunks) || chunks.right[0]!.data[12] === 0) return;
  const data = Buffer.concat(chunks.right.filter((c) => c.type === "IDAT").map((c) => c.data));
  inflateSync(data, { maxOutputLength: 8 * (width + 7) * (height + 7) + 7 * (height + 7) });
};

const decodePng = (bytes: Uint8Array, header: ImageHeader): Uint8Array => {
  boundInterlaced(bytes, header);
  const { data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return packed(plainBytes(data), header.channels);
};

const decodeJpeg = (bytes: Uint8Array, { width, height, channels }: ImageHeader): Uint8Array => {
  const megapixels = Math.ceil((width * height) / 1e6);
  const { data } = decodeJpegBytes(bytes, {
    useTArray: true,
    tolerantDecoding: false,
    maxResolutionInMP: megapixels,
    maxMemoryUsageInMB: 512 + 64 * megapixels,
  });
  return packed(data, channels);
};

/**
 * Decode a PNG (any colour type and depth; 16 bits are rounded to 8) or a JPEG (baseline or progressive, grey,
 * colour or CMYK). `name` is for messages. Refuses what is empty, cut short, damaged or larger than
 * `limit` pixels.
 */
export const decodeImage = (
  bytes: Uint8Array,
  name: string,
  limit: number = pixelLimit,
): Result<Image> =>
  E.chain((header: ImageHeader) => {
    const { width, height, channels } = header;
    try {
      const data = header.type === "png" ? decodePng(bytes, header) : decodeJpeg(bytes, header);
      return data.length === width * height * channels
        ? E.right({ width, height, channels, data })
        : refuse({
            where: name,
            found: `${data.length} samples`,
            expected: `${width * height * channels}, as the header says`,
          });
    } catch (error) {
      return refuse({
        where: name,
        found: `a damaged ${header.type === "png" ? "PNG" : "JPEG"}: ${(error as Error).message}`,
        expected: "an image that can be decoded",
      });
    }
  })(imageHeader(bytes, name, limit));
