/** Where a converted model came from, as its document keeps it. */
import { resolve } from "node:path";
import type { Origin } from "../format/document.js";
import type { ModelOptions } from "./modelOptions.js";

/** The model that a command read, as its command line says. */
export const originOf = (
  path: string,
  options: Omit<ModelOptions, "preprocessing"> & { readonly adapter?: string },
): Origin => ({
  model: resolve(path),
  adapter: options.adapter === undefined ? null : resolve(options.adapter),
  input: options.input ?? null,
  cut: options.cut ?? null,
});
