import { defineConfig, mergeConfig } from "vitest/config";
import config from "./vitest.config.js";

/** The tests on real models: minutes, not seconds. */
export default mergeConfig(
  { ...config, test: { ...config.test, include: [], exclude: [], typecheck: { enabled: false } } },
  defineConfig({
    test: { include: ["test/slow/**/*.test.ts"], testTimeout: 600_000, hookTimeout: 600_000 },
  }),
);
