/** train on a small model and a folder of pictures: every method, what a run leaves, and what is refused. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { methods } from "../../src/adapt/methods.js";
import { readModel } from "../../src/format/readModel.js";
import { tensorsOf } from "../../src/format/operatorCodec.js";
import { rungs, showChoice, type Choice } from "../../src/compile/ladder.js";
import { scratch } from "../format/scratch.js";
import { succeed } from "../generators/succeed.js";
import { classes, document, imageFolder, layersModel } from "./material.js";
import { heirloom, heirloomWatched, succeedJson } from "./recorder.js";

let root: string;
const at = (...parts: readonly string[]): string => join(root, ...parts);
const short = ["--epochs", "2", "--backend", "cpu", "--rate", "0.03"];
const train = (data: string, output: string, ...more: readonly string[]): readonly string[] => [
  ...["train", "--model", at("model"), "--data", at(data), "-o", at(output), ...short, ...more],
];

beforeAll(async () => {
  root = await scratch();
  await layersModel(at("model"));
  await document(at("document"));
  await imageFolder(at("photos"), 36);
});

/** What `train --json` prints, as far as the tests look. */
interface Printed {
  readonly interrupted: boolean;
  readonly phases: readonly {
    readonly name: string;
    readonly trainedParameters: number;
    readonly history: readonly { readonly loss: number; readonly validation: object | null }[];
  }[];
  readonly test: { readonly examples: number; readonly confusion: readonly number[][] } | null;
}

const refusal = async (...args: readonly string[]): Promise<string> => {
  const { code, out, errors } = await heirloom(...args);
  expect({ code, out, count: errors.length }).toEqual({ code: 1, out: "", count: 1 });
  return errors[0]!;
};

const weights = async (path: string): Promise<ReadonlyMap<string, unknown>> =>
  new Map(
    [...tensorsOf(succeed(await readModel(path)).network)].map(([key, { data }]) => [key, data]),
  );

describe("a run", () => {
  for (const { name } of methods)
    it(`by ${name} leaves a model, an adapter and its record`, async () => {
      const run = at(`run-${name}`);
      const printed = await succeedJson<Printed>(
        ...train("photos", `run-${name}`, "--method", name),
      );
      expect((await readdir(run)).sort()).toEqual(["adapter", "checkpoints", "model", "run.json"]);
      const record = JSON.parse(await readFile(join(run, "run.json"), "utf8")) as {
        readonly result: Printed;
        readonly method: { readonly name: string };
        readonly data: { readonly classes: readonly string[] };
      };
      expect(record.result).toEqual(printed);
      expect(record.method.name).toBe(name);
      expect(record.data.classes).toEqual([...classes].sort());
      expect(succeed(await readModel(join(run, "model"))).labels).toEqual(record.data.classes);
      for (const { history } of printed.phases) expect(history).toHaveLength(2);
      const image = at("photos", "rows", "0.png");
      const predicted = await heirloom("predict", join(run, "model"), image, "--backend", "cpu");
      expect(predicted.code).toBe(0);
      for (const label of classes) expect(predicted.out).toContain(label);
    });

  it("gives the same network merged from its model, and from the base and its adapter", async () => {
    await succeedJson(...train("photos", "gates"));
    await succeedJson("merge", at("gates", "model"), "-o", at("merged-model"));
    const adapter = ["--adapter", at("gates", "adapter")];
    await succeedJson("merge", at("model"), ...adapter, "-o", at("merged-adapter"));
    const merged = await weights(at("merged-model"));
    expect(await weights(at("merged-adapter"))).toEqual(merged);
    expect(merged).not.toEqual(await weights(at("model")));
    expect(succeed(await readModel(at("merged-adapter"))).labels).toEqual([...classes].sort());
    const { errors } = await heirloom("merge", at("merged-model"), ...adapter, "-o", at("x"));
    expect(errors[0]).toContain("give the model from which the adapter was trained");
  });

  it("prints only its result to standard output", async () => {
    const { code, out, messages } = await heirloom(...train("photos", "quiet", "--held-out", "2"));
    expect(code).toBe(0);
    expect(out).toMatch(/^set +accuracy +top 5 +loss +macro F1\n/);
    expect(out).toMatch(/^test /m);
    expect(out).not.toContain("epoch");
    expect(messages.join("\n")).toContain("projection: epoch 2/2  loss ");
    expect(out.split("\n").filter((line) => line.length > 120)).toEqual([]);
  });

  it("--force replaces a run; a second run without it, and foreign files, are refused", async () => {
    await succeedJson(...train("photos", "again", "--epochs", "1"));
    expect(await refusal(...train("photos", "again"))).toContain("an earlier run");
    await succeedJson(...train("photos", "again", "--force", "--seed", "1"));
    await writeFile(at("again", "notes.txt"), "mine");
    expect(await refusal(...train("photos", "again", "--force"))).toContain("notes.txt");
    expect(existsSync(at("again", "model", "network.json"))).toBe(true);
  });

  it("--resume of a finished run reads it back; of another run, it is refused", async () => {
    const first = await succeedJson<Printed>(...train("photos", "done"));
    const again = await succeedJson<Printed>(...train("photos", "done", "--resume"));
    expect(again.phases.map((p) => p.history)).toEqual(first.phases.map((p) => p.history));
    expect(await refusal(...train("photos", "done", "--resume", "--seed", "7"))).toContain(
      "plan.seed = 0",
    );
    expect(await refusal(...train("photos", "never", "--resume"))).toContain("no run");
  });

  for (const method of ["projection", "projection-then-full"])
    it(`by ${method}, interrupted in any epoch, is resumed to the very figures`, async () => {
      const plan = ["--method", method, "--epochs", "4", "--batch", "8", "--flip", "--shift", "1"];
      const whole = await succeedJson<Printed>(...train("photos", `whole-${method}`, ...plan));
      const output = `stopped-${method}`;
      for (const epoch of [1, 3]) {
        const { code, out, messages } = await heirloomWatched(
          (message) => message.includes(`epoch ${epoch}/4`) && process.emit("SIGINT"),
          ...train("photos", output, ...plan, ...(epoch === 1 ? [] : ["--resume"])),
        );
        expect(code).toBe(1);
        expect(out).toContain("interrupted; continue with the same command and --resume");
        expect(messages.at(-1)).toMatch(/interrupted after step \d+$/);
        expect(existsSync(at(output, "model"))).toBe(false);
      }
      await succeedJson(...train("photos", output, ...plan, "--resume"));
      const record = JSON.parse(await readFile(at(output, "run.json"), "utf8")) as {
        readonly result: Printed;
      };
      expect(record.result.phases.map((p) => p.history)).toEqual(
        whole.phases.map((p) => p.history),
      );
      expect(await weights(at(output, "model"))).toEqual(
        await weights(at(`whole-${method}`, "model")),
      );
    });

  it("a loss that is not finite is refused, and the empty folder goes", async () => {
    const wild = ["--rate", "1000", "--weight-decay", "10", "--optimizer", "sgd", "--epochs", "9"];
    const message = await refusal(
      ...train("photos", "wild", "--method", "full", "--schedule", "constant", ...wild),
    );
    expect(message).toContain("found a loss of NaN");
    expect(existsSync(at("wild", "model"))).toBe(false);
  });

  it("never replaces what it reads", async () => {
    await succeedJson(...train("photos", "base", "--epochs", "1"));
    const model = at("base", "model");
    const before = await weights(model);
    for (const output of [model, at("base"), at("photos")])
      expect(
        await refusal("train", "--model", model, "--data", at("photos"), "-o", output, "--force"),
      ).toContain("which this command reads");
    expect(await weights(model)).toEqual(before);
    expect(existsSync(at("photos", "rows", "0.png"))).toBe(true);
  });
});

describe("options", () => {
  it("by default auto chooses the backend, and the record says which and why", async () => {
    const output = at("chosen");
    const { code, messages } = await heirloom(
      ...["train", "--model", at("model"), "--data", at("photos"), "-o", output],
      ...["--epochs", "1", "--rate", "0.03"],
    );
    expect(code).toBe(0);
    const { result } = JSON.parse(await readFile(join(output, "run.json"), "utf8")) as {
      readonly result: { readonly backend: { readonly name: string; readonly choice: Choice } };
    };
    expect(messages).toContain(showChoice(result.backend.choice));
    expect(rungs).toContain(result.backend.choice.name);
  });

  it("--memory-limit refuses a step that does not fit, and changes nothing where it fits", async () => {
    const message = await refusal(
      ...train("photos", "wide", "--memory-limit", "1", "--input", "64x64x1", "--batch", "32"),
    );
    expect(message).toMatch(
      /memory limit: found a limit of 1\.0 MiB, of which .* hold weights and optimizer states, expected at least \S+ MiB, /,
    );
    const free = await succeedJson<Printed>(...train("photos", "free"));
    const within = await succeedJson<Printed>(
      ...train("photos", "within", "--memory-limit", "1000"),
    );
    expect(within.phases[0]!.history).toEqual(free.phases[0]!.history);
  });

  it("--per-class and --held-out count examples", async () => {
    const { test } = await succeedJson<Printed>(
      ...train("photos", "few", "--per-class", "4", "--held-out", "3", "--validation", "0"),
    );
    expect(test!.examples).toBe(9);
    const record = JSON.parse(await readFile(at("few", "run.json"), "utf8")) as {
      readonly data: { readonly examples: number };
    };
    expect(record.data.examples).toBe(12);
    expect(await refusal(...train("photos", "none", "--held-out", "12"))).toMatch(
      /^--held-out 12: found no examples of the class \w+ left to train on, expected fewer than its 12/,
    );
  });

  it("a batch larger than the data, and nearly all of it for validation", async () => {
    const { phases } = await succeedJson<Printed>(
      ...train("photos", "large", "--batch", "1000", "--epochs", "1", "--validation", "0.9"),
    );
    expect(phases[0]!.history[0]!.validation).toMatchObject({ examples: 33 });
  });

  it("--set reaches the method, --random-filters the filters", async () => {
    const all = await succeedJson<Printed>(...train("photos", "all", "--epochs", "1"));
    const frozen = await succeedJson<Printed>(
      ...train("photos", "frozen", "--epochs", "1", "--set", "pointwise=freeze"),
    );
    const trained = (p: Printed): number => p.phases[0]!.trainedParameters;
    expect(trained(all) - trained(frozen)).toBe(12);
    await succeedJson(...train("photos", "random", "--epochs", "1", "--random-filters"));
    const kernel = async (path: string): Promise<unknown> =>
      (await weights(path)).get("conv1/kernel");
    expect(await kernel(at("all", "model"))).toEqual(await kernel(at("model")));
    expect(await kernel(at("random", "model"))).not.toEqual(await kernel(at("model")));
  });

  it("--test matches classes by name, whatever their order and number", async () => {
    await imageFolder(at("two"), 30, { seed: 1, named: ["columns", "rows"] });
    const { test } = await succeedJson<Printed>(...train("photos", "tested", "--test", at("two")));
    // checks, columns, rows: nothing of the first, ten of each other.
    expect(test!.confusion.map((row) => row.reduce((a, b) => a + b))).toEqual([0, 10, 10]);
    await imageFolder(at("other"), 12, { named: classes });
    await mkdir(at("other", "spots"));
    await writeFile(at("other", "spots", "0.png"), await readFile(at("photos", "rows", "0.png")));
    expect(await refusal(...train("photos", "x", "--test", at("other")))).toContain(
      "1 classes that the training data lacks: spots",
    );
  });

  it("--keep-head keeps the classifier and its classes", async () => {
    expect(await refusal(...train("photos", "x", "--keep-head"))).toMatch(
      /^--keep-head: found 3 classes in photos, expected 10, one per output/,
    );
    await succeedJson(...train("photos", "named"));
    await succeedJson("merge", at("named", "model"), "-o", at("named-merged"));
    const kept = ["train", "--model", at("named-merged"), "--data", at("two"), "--keep-head"];
    await imageFolder(at("two"), 30, { seed: 1, named: ["columns", "rows"] });
    await succeedJson(...kept, "-o", at("kept"), ...short);
    expect(succeed(await readModel(at("kept", "model"))).labels).toEqual([...classes].sort());
  });
});

describe("data that cannot be used", () => {
  it("missing, empty, of one class", async () => {
    await mkdir(at("empty"));
    await imageFolder(at("one"), 6, { named: ["rows"] });
    expect(await refusal(...train("nothing", "x"))).toContain("no such file or folder");
    expect(await refusal(...train("empty", "x"))).toContain("0 PNG and JPEG images");
    expect(await refusal(...train("one", "x"))).toContain("in 1 class folders");
    expect(existsSync(at("x"))).toBe(false);
  });

  it("damaged images are refused, or skipped and named", async () => {
    await imageFolder(at("damaged"), 36);
    const whole = await readFile(at("damaged", "rows", "0.png"));
    await writeFile(at("damaged", "rows", "short.png"), whole.subarray(0, 60));
    await writeFile(at("damaged", "rows", "empty.png"), "");
    const message = await refusal(...train("damaged", "x"));
    expect(message).toContain("empty.png");
    expect(message).toContain("--corrupt skip");
    const { code, messages } = await heirloom(...train("damaged", "skipped", "--corrupt", "skip"));
    expect(code).toBe(0);
    expect(messages.filter((line) => line.startsWith("warning: "))).toHaveLength(2);
  });
});

describe("models and outputs that cannot be used", () => {
  it("are refused in one line, and leave nothing behind", async () => {
    const cut = (...args: readonly string[]) => refusal(...train("photos", "x", ...args));
    expect(await cut("--cut", "conv9")).toContain("no layer named conv9");
    expect(await cut("--input", "5x5")).toContain("5x5");
    expect(await cut("--backend", "tfjs-node")).toContain("tfjs-node");
    expect(await refusal(...train("photos", "model/model.json"))).toContain("found a file");
    expect(await refusal(...train("photos", "model/model.json/x"))).toContain(
      "a file where a folder belongs",
    );
    expect(existsSync(at("x"))).toBe(false);
  });
});
