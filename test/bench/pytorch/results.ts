/** Results as a file: written after every setting, so that a run which is broken off loses one at most. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { deviceOf, type EngineName } from "./engine.js";
import type { Trial } from "./rounds.js";

/** What was measured, and where. */
export interface Results {
  readonly machine: string;
  readonly trials: readonly Trial[];
}

/** The processor, its threads, the memory, the version of Node.js, and the engine where it computes on a GPU. */
export const thisMachine = (engine: EngineName): string => {
  const all = cpus();
  const model = all[0]?.model.replace(/\s+/g, " ").trim() ?? "unknown processor";
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${model}, ${all.length} hardware threads, ${memory} GiB, Node.js ${process.versions.node}${deviceOf(engine) === "cpu" ? "" : `, on a GPU by ${engine}`}`;
};

export const writeResults = (path: string, results: Results): void =>
  writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);

/** Read and join files that {@link writeResults} wrote. */
export const readResults = (paths: readonly string[]): Results => {
  const all = paths.map((path) => JSON.parse(readFileSync(path, "utf8")) as Results);
  return {
    machine: [...new Set(all.map(({ machine }) => machine))].join("; "),
    trials: all.flatMap(({ trials }) => trials),
  };
};
