/** A made-up comparison as the folder that `heirloom compare` would leave. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GridCodec } from "../../src/compare/grid.js";
import { RunPicturesCodec } from "../../src/compare/pictures.js";
import { RunRecordCodec } from "../../src/compare/record.js";
import { gridOf, madeUpRecords, type MadeUp } from "./comparisons.js";
import { madeUpPictures } from "./madeUpPictures.js";

/** Write it; pictures are those of the first seed at the factor 1. */
export const comparisonFolder = async (root: string, of: MadeUp): Promise<string> => {
  const records = madeUpRecords(of);
  const lines = records.map((record) => `${JSON.stringify(RunRecordCodec.encode(record))}\n`);
  await mkdir(join(root, "pictures"), { recursive: true });
  await writeFile(join(root, "results.jsonl"), lines.join(""));
  await writeFile(join(root, "comparison.json"), JSON.stringify(GridCodec.encode(gridOf(of))));
  for (const record of records)
    if (record.run.seed === of.seeds[0])
      await writeFile(
        join(root, "pictures", `${record.id}.json`),
        JSON.stringify(RunPicturesCodec.encode(madeUpPictures(record))),
      );
  return root;
};
