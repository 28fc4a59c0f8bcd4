import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { readLayersModel } from "../../src/format/layersModel.js";
import { writeLayersModel } from "../../src/format/writeLayersModel.js";
import { weightsOf } from "../../src/model/operator.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { succeed } from "../generators/succeed.js";
import { scratch } from "../format/scratch.js";
import { agreement, stockValues } from "./agreement.js";

const source = "node_modules/nsfwjs/dist/models/mobilenet_v2";

const parsed = async (name: string): Promise<ts.SourceFile> =>
  ts.createSourceFile(
    name,
    await readFile(join(source, name), "utf8"),
    ts.ScriptTarget.ES2022,
    true,
  );

/** The first node that `pick` accepts, depth first. */
const find = <T>(node: ts.Node, pick: (n: ts.Node) => T | undefined): T | undefined =>
  pick(node) ?? ts.forEachChild(node, (child) => find(child, pick));

/** The value of a literal in a script, which is parsed and never run. */
const literal = (node: ts.Expression): unknown => {
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(literal);
  if (ts.isPrefixUnaryExpression(node))
    return node.operator === ts.SyntaxKind.MinusToken
      ? -(literal(node.operand) as number)
      : !(literal(node.operand) as number);
  if (ts.isObjectLiteralExpression(node))
    return Object.fromEntries(
      node.properties.map((p) => {
        if (!ts.isPropertyAssignment(p)) throw new Error(p.getText().slice(0, 80));
        return [(p.name as ts.Identifier).text, literal(p.initializer)];
      }),
    );
  throw new Error(node.getText().slice(0, 80));
};

/** The MobileNetV2 of nsfwjs as a LayersModel folder. */
const unpack = async (): Promise<string> => {
  const folder = join(await scratch(), "mobilenet");
  await mkdir(folder);
  const model = find(await parsed("model.min.js"), (n) =>
    ts.isObjectLiteralExpression(n) &&
    n.properties.some((p) => p.name?.getText() === "modelTopology")
      ? (literal(n) as { weightsManifest: { paths: string[] }[] })
      : undefined,
  )!;
  const base64 = find(await parsed("group1-shard1of1.min.js"), (n) =>
    ts.isStringLiteral(n) && n.text.length > 1e6 ? n.text : undefined,
  )!;
  expect(model.weightsManifest.flatMap((g) => g.paths).length).toBe(1);
  await writeFile(join(folder, "model.json"), JSON.stringify(model));
  await writeFile(join(folder, model.weightsManifest[0]!.paths[0]!), Buffer.from(base64, "base64"));
  return folder;
};

const input = [224, 224, 3];
const batch: Tensor<number> = {
  shape: [1, ...input],
  data: Float32Array.from({ length: 224 * 224 * 3 }, (_, i) => ((i * 7919) % 256) / 127.5 - 1),
};

describe("the quantised MobileNetV2 of nsfwjs", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await unpack();
  });

  it("is read with its 17 depthwise convolutions", async () => {
    const { layers } = succeed(await readLayersModel(folder)).network;
    const depthwise = layers.filter((l) => l.op.kind === "convolution" && l.op.groups > 1);
    expect(depthwise.length).toBe(17);
    const count = layers.flatMap((l) => weightsOf(l.op)).reduce((n, [, t]) => n + t.data.length, 0);
    process.stdout.write(`${layers.length} layers, ${count} parameters\n`);
    expect(layers.at(-1)!.shape).toEqual([5]);
  });

  it("agrees with stock TensorFlow.js in every layer, and so does what we write of it", async () => {
    const { network, ...rest } = succeed(await readLayersModel(folder));
    const stock = await stockValues(folder, batch);
    const all = agreement(network, stock);
    for (const a of all) expect(a.ofBound, a.layer).toBeLessThanOrEqual(1);
    const worst = all.reduce((a, b) => (b.ofBound > a.ofBound ? b : a));
    process.stdout.write(
      `largest difference ${worst.difference} in ${worst.layer}, ${worst.ofBound.toFixed(3)} of its bound\n`,
    );
    // What we write of it holds the same numbers, so stock TensorFlow.js makes the same roundings.
    const copy = join(await scratch(), "copy");
    succeed(await writeLayersModel({ network, ...rest }, copy));
    const again = await stockValues(copy, batch);
    const shared = [...stock.keys()].filter((name) => again.has(name) && !name.startsWith("dense"));
    expect(shared.length).toBeGreaterThan(150);
    for (const name of shared)
      expect(
        Buffer.from((again.get(name)!.data as Float32Array).buffer).equals(
          Buffer.from((stock.get(name)!.data as Float32Array).buffer),
        ),
        name,
      ).toBe(true);
  });
});
