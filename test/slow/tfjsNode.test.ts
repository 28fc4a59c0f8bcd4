/**
 * The native backend: the laws of every primitive and executable, the doctor's word on it, and training.
 * `HEIRLOOM_TFJS_NODE` names the folder of a linked @tensorflow/tfjs-node or -gpu (docs/tfjs-node.md);
 * without it a package that resolves from here is taken, and without either the tests are skipped.
 */
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend, tfjsTarget } from "../../src/compile/tfjs/backend.js";
import { diagnose } from "../../src/compile/tfjs/doctor.js";
import { executableLaws } from "../compile/tfjs/executableLaws.js";
import { primitiveLaws } from "../compile/tfjs/primitiveLaws.js";
import { succeed } from "../generators/succeed.js";
import { learnStripes } from "../train/learning.js";

const require = createRequire(import.meta.url);

const resolves = (name: string): boolean => {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
};

const folder = process.env["HEIRLOOM_TFJS_NODE"];
const backend =
  folder !== undefined &&
  (require(resolve(folder, "package.json")) as { readonly name: string }).name.endsWith("-gpu")
    ? "tfjs-node-gpu"
    : "tfjs-node";
const isHere = folder !== undefined || resolves("@tensorflow/tfjs-node");
const title = isHere
  ? backend
  : "tfjs-node, which is not here: HEIRLOOM_TFJS_NODE names no linked package";

describe.skipIf(!isHere)(title, () => {
  beforeAll(async () => {
    // It registers its backend in the process, also where it brings a tfjs-core of its own.
    if (folder !== undefined) require(resolve(folder));
    succeed(await openBackend(backend));
  });

  it("is named by the doctor and passes its self test", async () => {
    const report = (await diagnose()).find(({ name }) => name === backend)!;
    expect(report).toMatchObject({
      present: true,
      problem: null,
      selfTest: { passed: true, found: null },
    });
    expect(report.device).toMatch(/^libtensorflow \d+\.\d+\.\d+ on (the CPU|an NVIDIA GPU)$/);
  });

  describe("primitives", () => primitiveLaws("tensorflow"));

  describe("an executable", () => executableLaws(backend));

  it.each(["projection", "full"])("%s learns the stripes", async (name) => {
    const target = succeed(await tfjsTarget(backend));
    expect((await learnStripes(target, name)).accuracy).toBeGreaterThan(0.9);
  });
});
