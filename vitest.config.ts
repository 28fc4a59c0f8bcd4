import { defineConfig } from "vitest/config";
import { compiledWorker } from "./test/compiledWorker.js";

export default defineConfig({
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
    include: ["test/**/*.test.ts"],
    exclude: ["test/slow/**"],
    setupFiles: ["test/seed.ts"],
    // For the tests that call ONNX Runtime themselves; Heirloom sets it where it opens the runtime.
    env: { ORT_DISABLE_TELEMETRY: "1" },
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
  },
});
