/**
 * The plain lowering before ONNX's own checker (the python package `onnx`, which pip fetches into a folder
 * of its own): valid models, and every declared shape is the one that the operators' rules infer.
 *
 * Where the package cannot be had the tests are skipped, and their name says why. Continuous integration
 * (CI is set) has to have it: there they fail.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { float32 } from "../../src/algebra/float32.js";
import { programBuilder } from "../../src/compile/builder.js";
import { emit } from "../../src/compile/onnx/emit.js";
import { encodeExternal, encodeModel } from "../../src/compile/onnx/encode.js";
import { graphBuilder } from "../../src/compile/onnx/graphBuilder.js";
import type { Program } from "../../src/compile/program.js";
import { stepProgram } from "../../src/compile/step.js";
import { succeed } from "../generators/succeed.js";
import { tape } from "../../src/laws/generators/tape.js";
import { catalogue, primitiveNames } from "../compile/catalogue.js";
import { options, projectedNetwork } from "../compile/projected.js";

const place = mkdtempSync(join(tmpdir(), "heirloom-checker-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** The python that imports `onnx`, or why there is none. */
const checker = ((): { readonly python: string } | { readonly missing: string } => {
  const venv = join(place, "venv");
  const python = join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  try {
    execFileSync("python3", ["-m", "venv", venv], { stdio: "pipe" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", "onnx"], { stdio: "pipe" });
    execFileSync(python, ["-c", "import onnx"], { stdio: "pipe" });
    return { python };
  } catch (error) {
    const line = (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
    if (process.env["CI"] !== undefined) throw error;
    return { missing: line };
  }
})();

const script = `
import json, sys, onnx
problems = {}
for path in sys.argv[1:]:
    try:
        onnx.checker.check_model(path, full_check=True)
        model = onnx.load(path)
        declared = [o.SerializeToString() for o in model.graph.output]
        for o in model.graph.output:
            o.type.tensor_type.ClearField("shape")
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        if [o.SerializeToString() for o in inferred.graph.output] != declared:
            problems[path] = "declared shapes differ: %s" % inferred.graph.output
    except Exception as e:
        problems[path] = str(e)
print(json.dumps(problems))
`;

/** What the checker has against the models of a folder, by file. */
const problems = (folder: string): unknown => {
  if ("missing" in checker) throw new Error(checker.missing);
  const files = readdirSync(folder).filter((name) => name.endsWith(".onnx"));
  expect(files.length).toBeGreaterThan(0);
  const paths = files.map((name) => join(folder, name));
  const out = execFileSync(checker.python, ["-c", script, ...paths], { encoding: "utf8" });
  return JSON.parse(out) as unknown;
};

const folder = (): string => mkdtempSync(join(place, "models-"));

/** Write a program's model twice: with its constants as inputs, and alone. */
const save = (where: string, name: string, program: Program): void => {
  const { graph, frozen } = emit(program, { block: null });
  writeFileSync(join(where, `${name}.onnx`), encodeModel(graph));
  writeFileSync(join(where, `${name}-alone.onnx`), encodeModel(graph, frozen));
};

const why = "missing" in checker ? ` (skipped: ${checker.missing})` : "";

describe.skipIf("missing" in checker)(`before ONNX's checker${why}`, () => {
  it("every primitive is valid, for many shapes", () => {
    const where = folder();
    for (const name of primitiveNames)
      for (const [i, t] of fc.sample(tape(1), { numRuns: 20, seed: 31 }).entries()) {
        const { primitive, shapes } = catalogue[name](t);
        const b = programBuilder(float32);
        const args = shapes.map((shape, k) => b.input(`${k}`, "batch", shape));
        b.output("y", b.apply(primitive, ...args));
        save(where, `${name}-${i}`, succeed(b.finish()));
      }
    expect(problems(where)).toEqual({});
  });

  it("training steps are valid", () => {
    const where = folder();
    const trained = {
      probe: ["fc/weights", "fc/bias"],
      projection: ["conv1/gates", "conv2/gates"],
      all: ["conv1/gates", "conv1/bias", "conv2/gates", "fc/weights", "fc/bias"],
    };
    for (const [name, weights] of Object.entries(trained))
      save(where, name, succeed(stepProgram(projectedNetwork(), options(...weights))).program);
    expect(problems(where)).toEqual({});
  });

  it("a model whose tensors lie in a second file is valid", () => {
    const where = folder();
    const { program } = succeed(stepProgram(projectedNetwork(), options("conv1/gates")));
    const { graph, frozen } = emit(program, { block: null });
    const { model, data } = encodeExternal(graph, frozen, "weights", 0);
    writeFileSync(join(where, "external.onnx"), model);
    writeFileSync(join(where, "weights"), Buffer.concat([...data]));
    expect(problems(where)).toEqual({});
  });

  it("the checker finds what is wrong", () => {
    const where = folder();
    const g = graphBuilder();
    const x = g.input("x", [2, 3]);
    g.output("y", g.node("Transpose", [x], [2, 3], { attributes: { perm: { ints: [1, 0] } } }));
    writeFileSync(join(where, "shape.onnx"), encodeModel(g.finish()));
    const h = graphBuilder();
    h.output("y", h.node("NoSuchOperator", [h.input("x", [2])], [2]));
    writeFileSync(join(where, "operator.onnx"), encodeModel(h.finish()));
    expect(Object.keys(problems(where) as object).length).toBe(2);
  });
});
