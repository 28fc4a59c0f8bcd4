/**
 * Numbers as a picture: a PNG of one pixel a number, in a data URI. Colours run from blue (below) over a pale grey to
 * orange (above), which the colour-blind tell apart. There are 17 of them, so that a pixel is one index into a palette
 * and the file is a third of what three bytes a pixel would make it.
 */
import { crc32, deflateSync } from "node:zlib";

type Colour = readonly [red: number, green: number, blue: number];

const below: Colour = [16, 84, 156];
const between: Colour = [236, 236, 232];
const above: Colour = [192, 76, 0];

/** Steps on either side of the middle. */
const steps = 8;

const mixed = (to: Colour, share: number): Colour => {
  const channel = (i: 0 | 1 | 2): number => Math.round(between[i] + share * (to[i] - between[i]));
  return [channel(0), channel(1), channel(2)];
};

/** The colours, from the farthest below to the farthest above. */
export const heatColours: readonly Colour[] = Array.from({ length: 2 * steps + 1 }, (_, i) =>
  mixed(i < steps ? below : above, Math.abs(i - steps) / steps),
);

/** The place among the colours of a number that lies so far from the middle, -1 and 1 being the ends. */
export const heatIndex = (distance: number): number =>
  steps + Math.round(steps * (Number.isNaN(distance) ? 0 : Math.max(-1, Math.min(1, distance))));

/** A chunk of a PNG: its length, its type and content, their checksum. */
const chunk = (type: string, content: Uint8Array): Uint8Array => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
};

const headerOf = (width: number, height: number): Uint8Array => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a pixel, colours from the palette.
  header.set([8, 3], 8);
  return header;
};

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** The picture of a matrix, row-major; `middle` plus and minus `reach` are the ends of the colours. */
export const heatPicture = (
  values: readonly number[],
  rows: number,
  columns: number,
  { middle, reach }: { readonly middle: number; readonly reach: number },
): string => {
  // Each row begins with the number of its filter, 0 for none.
  const pixels = new Uint8Array(rows * (columns + 1));
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column] ?? middle;
      const distance = reach === 0 ? 0 : (value - middle) / reach;
      pixels[row * (columns + 1) + 1 + column] = heatIndex(distance);
    }
  const png = Buffer.concat([
    signature,
    chunk("IHDR", headerOf(columns, rows)),
    chunk("PLTE", Uint8Array.from(heatColours.flat())),
    chunk("IDAT", deflateSync(pixels, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
  return `data:image/png;base64,${png.toString("base64")}`;
};
