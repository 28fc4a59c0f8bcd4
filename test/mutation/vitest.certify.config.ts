import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files of many random plants. What a worked example finds is found before they start. */
const long = /(faults|extremes|rounding|extracted)\.test\.ts$/;

class WorkedExamplesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [
      ...files.filter((file) => !long.test(file.moduleId)),
      ...files.filter((file) => long.test(file.moduleId)),
    ];
  }
}

/** The tests that stand up to the mutants of the checker: its own. */
export default defineConfig({
  test: {
    include: ["test/certify/**/*.test.ts"],
    setupFiles: ["test/mutation/seed.ts"],
    testTimeout: 60_000,
    sequence: { sequencer: WorkedExamplesFirst },
  },
});
