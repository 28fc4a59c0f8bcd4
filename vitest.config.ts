import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      "heirloom/tfjs": new URL("./src/tfjs.ts", import.meta.url).pathname,
      heirloom: new URL("./src/index.ts", import.meta.url).pathname,
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/slow/**"],
    setupFiles: ["test/seed.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
  },
});
