/**
 * Whole training steps of our engine against PyTorch: the same weights, inputs, recipe and threads, in fresh
 * processes that take turns. `selection.ts` lists the flags.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { showRefusal } from "../../../src/algebra/refusal.js";
import { allParameters } from "../../../src/compile/parameters.js";
import { size as sizeOf } from "../../../src/tensor/shape.js";
import { networkOf, publishedParameters } from "../networks.js";
import { showSpread } from "../spread.js";
import { chartOf } from "./chart.js";
import { comparisonOf, disturbance, quietEnough } from "./comparison.js";
import { contendersOf, pythonAt, type Python } from "./contender.js";
import { deviceOf } from "./engine.js";
import { must, provide } from "./exchange.js";
import { warmup } from "./outcome.js";
import { showTables, tablesOf } from "./report.js";
import { readResults, thisMachine, writeResults, type Results } from "./results.js";
import { runRounds, type Trial } from "./rounds.js";
import { help, readSelection, settingsOf, type Selection } from "./selection.js";
import { rateOf, reasonToSkip, sharedKey, showSetting, type Setting } from "./setting.js";

const say = (line: string): boolean => process.stderr.write(`${line}\n`);

/** The Pythons that were asked for, or every `python3` on the path that imports torch. */
const findPythons = async ({ pythons }: Selection): Promise<readonly Python[]> => {
  if (pythons.length > 0) {
    const found: Python[] = [];
    for (const path of pythons) found.push(must(await pythonAt(path)));
    return found;
  }
  const folders = new Set((process.env["PATH"] ?? "").split(delimiter).filter((f) => f !== ""));
  const found = new Map<string, Python>();
  for (const folder of folders) {
    const python = await pythonAt(join(folder, "python3"));
    if (E.isRight(python) && !found.has(python.right.name))
      found.set(python.right.name, python.right);
  }
  if (found.size === 0)
    throw new Error(
      "found no python3 on the path that imports torch; name one with --python, or install python3-torch",
    );
  return [...found.values()];
};

/** The number of parameters, which is the published one where the network is. */
const parametersOf = (setting: Setting): number => {
  const network = must(networkOf(setting.architecture, setting.size));
  const own = allParameters(network).reduce((sum, { value }) => sum + sizeOf(value.shape), 0);
  const expected = setting.published === null ? own : publishedParameters(setting.published);
  if (own !== expected)
    throw new Error(`${setting.network}: found ${own} parameters, expected ${expected}`);
  return own;
};

const showTrial = (trial: Trial): string => {
  const figures = comparisonOf(trial);
  return figures === null
    ? `not compared: ${trial.refusal}`
    : `ours ${figures.milliseconds.median.toFixed(1)} ms, PyTorch ${figures.fastest.median.toFixed(1)} ms, ratio ${showSpread(figures.ratio)}`;
};

const measure = async (selection: Selection, root: string): Promise<Results> => {
  const pythons = await findPythons(selection);
  const all = settingsOf(selection);
  const settings = all.filter((setting) => {
    const reason = reasonToSkip(setting);
    if (reason !== null) say(`left out: ${showSetting(setting)}: ${reason}`);
    return reason === null;
  });
  if (settings.length === 0) throw new Error("found nothing to measure in this selection");
  const { rounds, steps, engine, layouts } = selection;
  say(
    `${settings.length} settings, ${rounds} rounds, against ${pythons.map(({ name }) => name).join(" and ")}`,
  );
  const results = { machine: thisMachine(engine), trials: [] as Trial[] };
  let present = { key: "", parameters: 0 };
  for (const [i, setting] of settings.entries()) {
    const key = sharedKey(setting);
    if (present.key !== key) {
      if (present.key !== "") rmSync(join(root, present.key), { recursive: true });
      present = { key, parameters: parametersOf(setting) };
    }
    const folder = await provide(root, setting);
    const order = {
      setting,
      rate: setting.work.kind === "step" ? rateOf(setting.work, setting.architecture) : 0,
      parameters: present.parameters,
      folder,
      steps,
      warmup,
      device: deviceOf(engine),
    };
    const contenders = contendersOf(setting, engine, pythons, layouts);
    const trial = await runRounds(contenders, order, rounds, join(root, "cache"));
    results.trials.push(trial);
    say(`[${i + 1}/${settings.length}] ${showSetting(setting)}: ${showTrial(trial)}`);
    if (selection.json !== null) writeResults(selection.json, results);
  }
  return results;
};

const measureInFolder = async (selection: Selection): Promise<Results> => {
  const root = mkdtempSync(join(tmpdir(), "heirloom-pytorch-"));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  process.once("SIGINT", () => {
    remove();
    process.exit(130);
  });
  try {
    return await measure(selection, root);
  } finally {
    remove();
  }
};

const report = (selection: Selection, results: Results): void => {
  console.log(`${results.machine}\n`);
  const others = disturbance(results.trials);
  if (others !== null)
    console.log(
      `Hardware threads that other processes kept busy meanwhile: ${showSpread(others)}.` +
        `${others.median > quietEnough ? " These times are no measurement: repeat them on a quiet machine." : ""}\n`,
    );
  console.log(showTables(tablesOf(results.trials), selection.markdown));
  if (selection.svg === null) return;
  const chart = chartOf(results);
  if (chart === null) say("found no training step to draw");
  else writeFileSync(selection.svg, chart);
};

const args = process.argv.slice(3);
const selection = readSelection(args);
if (args.includes("--help")) console.log(help);
else if (E.isLeft(selection)) {
  console.error(showRefusal(selection.left));
  process.exitCode = 2;
} else {
  try {
    const { from } = selection.right;
    const results = from.length > 0 ? readResults(from) : await measureInFolder(selection.right);
    report(selection.right, results);
    if (results.trials.some(({ refusal }) => refusal !== null)) process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
