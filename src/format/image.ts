/** Images in memory: 8 bits a sample, row-major, channels last. */

/** An image: grey (1), red-green-blue (3), or the latter with alpha (4). */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** `height * width * channels` samples of 0..255. */
  readonly data: Uint8Array;
}

/** The larger extents an image may have, in pixels: 2^26, a little over 67 million. */
export const pixelLimit = 2 ** 26;
