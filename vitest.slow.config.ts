import { defineConfig, mergeConfig } from "vitest/config";
import { common } from "./vitest.config.js";

/** The tests on real models: minutes, not seconds. */
export default mergeConfig(
  common,
  defineConfig({
    test: { include: ["test/slow/**/*.test.ts"], testTimeout: 600_000, hookTimeout: 600_000 },
  }),
);
