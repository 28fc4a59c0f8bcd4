/** Bytes on the disk against what is really there. */
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { project } from "../../src/transform/project.js";
import { float32 } from "../../src/algebra/float32.js";
import { writeDocument } from "../../src/format/document.js";
import { bytesOnDisk, documentBytes } from "../../src/format/modelBytes.js";
import { countNetwork } from "../../src/model/count.js";
import { asClass } from "../../src/model/network.js";
import { document, layersModel, smallModel } from "../cli/material.js";
import { refused, succeed } from "../generators/succeed.js";
import { scratch } from "./scratch.js";

const bytesIn = async (folder: string): Promise<number> => {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
};

const model = smallModel();

describe("the bytes of a document", () => {
  it("are those that writing it leaves", async () => {
    const path = await document(join(await scratch(), "small"));
    expect(documentBytes(model)).toBe(await bytesIn(path));
    expect(succeed(await bytesOnDisk(path))).toBe(await bytesIn(path));
    expect(succeed(await bytesOnDisk(join(path, "network.json")))).toBe(await bytesIn(path));
  });

  it("are counted without the certificate, which only the file has", async () => {
    const source = succeed(asClass("GCNN")(model.network));
    const { network, certificate } = succeed(project(float32)(source));
    const projected = { ...model, network };
    const path = join(await scratch(), "projected");
    succeed(await writeDocument({ ...projected, certificate }, path));
    expect(succeed(await bytesOnDisk(path))).toBe(await bytesIn(path));
    expect(documentBytes(projected)).toBeLessThan(await bytesIn(path));
    expect(documentBytes(projected) - documentBytes(model)).toBeGreaterThan(
      4 * (countNetwork(network).parameters - countNetwork(model.network).parameters),
    );
  });
});

describe("the bytes of a LayersModel", () => {
  it("are those of model.json and the shards that it names, and of nothing else there", async () => {
    const path = await layersModel(join(await scratch(), "model"));
    const all = await bytesIn(path);
    await writeFile(join(path, "notes.txt"), "not the model's");
    expect(succeed(await bytesOnDisk(path))).toBe(all);
    expect(succeed(await bytesOnDisk(join(path, "model.json")))).toBe(all);
  });

  it("are refused where a shard is missing, and where there is no model", async () => {
    const path = await layersModel(join(await scratch(), "model"));
    for (const name of await readdir(path)) if (name.endsWith(".bin")) await rm(join(path, name));
    expect(refused(await bytesOnDisk(path)).found).toContain("no such file");
    expect(refused(await bytesOnDisk(await scratch())).expected).toContain("a model");
  });
});
