/** Reading what a run leaves to look at. */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { decodeWith, quote } from "../format/codec.js";
import { kindOf, readText } from "../format/file.js";
import { jsonLimit, parseJson } from "../format/json.js";
import { RunPicturesCodec, type RunPictures } from "./pictures.js";

/** The signature of a PNG, in base64, and only its characters behind it. */
const isPng = (text: string): boolean => /^iVBORw0KGgo[A-Za-z0-9+/]+={0,2}$/.test(text);

const checkPictures =
  (path: string, id: string) =>
  (pictures: RunPictures): Result<RunPictures> => {
    if (pictures.id !== id)
      return refuse({ where: path, found: `id ${quote(pictures.id)}`, expected: quote(id) });
    const image = pictures.mistakes.find(({ png }) => !isPng(png));
    if (image !== undefined)
      return refuse({
        where: `${path}: mistakes`,
        found: quote(image.png),
        expected: "a PNG in base64",
      });
    const uneven = pictures.gates.find(({ map }) => map.values.length !== map.rows * map.columns);
    return uneven === undefined
      ? E.right(pictures)
      : refuse({
          where: `${path}: gates of ${uneven.layer}`,
          found: `${uneven.map.values.length} values`,
          expected: `${uneven.map.rows} rows of ${uneven.map.columns}`,
        });
  };

/** The pictures of a run in the folder of a comparison; null where none were kept. */
export const readPictures = async (
  folder: string,
  id: string,
): Promise<Result<RunPictures | null>> => {
  const path = join(folder, "pictures", `${id}.json`);
  if ((await kindOf(path)) === "nothing") return E.right(null);
  const text = await readText(path, jsonLimit);
  if (E.isLeft(text)) return text;
  const decoded = E.chain(decodeWith(RunPicturesCodec, path))(parseJson(text.right, path));
  return E.chain(checkPictures(path, id))(decoded);
};
