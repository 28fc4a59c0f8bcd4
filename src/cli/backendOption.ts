/** The option of every command that computes: where programs run. */
import { Option, type Command } from "commander";
import { backendNames, type BackendName } from "../compile/tfjs/backendName.js";
import * as E from "fp-ts/lib/Either.js";
import type { Result } from "../algebra/refusal.js";
import type { Target } from "../compile/target.js";
import type { Terminal } from "./terminal.js";

/** What the command line says about the backend. */
export interface BackendOptions {
  readonly backend: BackendName;
}

/** Add the backend option. */
export const withBackendOption = (command: Command): Command =>
  command.addOption(
    new Option("--backend <name>", "where to compute (see `heirloom doctor`)")
      .choices([...backendNames])
      .default("wasm"),
  );

/** Open the backend and say which device it is. */
export const openBackend = async (
  terminal: Terminal,
  { backend }: BackendOptions,
): Promise<Result<Target>> => {
  const { tfjsTarget } = await import("../compile/tfjs/backend.js");
  const target = await tfjsTarget(backend);
  if (E.isRight(target)) terminal.say(`backend: ${target.right.name} on ${target.right.device}`);
  return target;
};
