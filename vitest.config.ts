import { defineConfig, type ViteUserConfig } from "vitest/config";
import { compiledWorker } from "./test/compiledWorker.js";

/** What every run of the tests has in common, the slow ones included. */
export const common: ViteUserConfig = {
  plugins: [compiledWorker()],
  resolve: {
    alias: {
      "heirloom/laws": new URL("./src/laws.ts", import.meta.url).pathname,
      "heirloom/inherit": new URL("./src/inherit.ts", import.meta.url).pathname,
      "heirloom/onnx": new URL("./src/onnx.ts", import.meta.url).pathname,
      "heirloom/tfjs": new URL("./src/tfjs.ts", import.meta.url).pathname,
      heirloom: new URL("./src/index.ts", import.meta.url).pathname,
    },
  },
  test: {
    setupFiles: ["test/seed.ts"],
    // For the tests that call ONNX Runtime themselves; Heirloom sets it where it opens the runtime.
    env: { ORT_DISABLE_TELEMETRY: "1" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
  },
};

/**
 * Folders whose tests call pure functions and leave nothing behind, so that their files share a process and the
 * modules are loaded once. Every other file has a process of its own: tests that meet an engine, a thread or a
 * temporary folder, and those that replace a global.
 */
const pure = "test/{adapt,algebra,inherit,laws,model,report,semantics,tensor}/**";

export default defineConfig({
  ...common,
  test: {
    ...common.test,
    projects: [
      {
        extends: true,
        test: {
          name: "apart",
          include: ["test/**/*.test.ts"],
          exclude: ["test/slow/**", pure],
        },
      },
      {
        extends: true,
        test: {
          name: "together",
          include: [`${pure}/*.test.ts`],
          isolate: false,
          typecheck: {
            enabled: true,
            include: ["test/**/*.test-d.ts"],
            tsconfig: "./tsconfig.json",
          },
        },
      },
    ],
  },
});
