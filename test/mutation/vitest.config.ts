import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files of random networks. What a worked example finds is found before they start. */
const long = /(preservation|naturality|enlarge|ungroup|derivative|step)\.test\.ts$/;

class WorkedExamplesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [
      ...files.filter((file) => !long.test(file.moduleId)),
      ...files.filter((file) => long.test(file.moduleId)),
    ];
  }
}

/** The tests that stand up to the mutants: those of the mutated folders, all of them quick. */
export default defineConfig({
  test: {
    include: ["test/transform/**/*.test.ts", "test/compile/{derivative,emission,step}.test.ts"],
    setupFiles: ["test/mutation/seed.ts"],
    testTimeout: 60_000,
    sequence: { sequencer: WorkedExamplesFirst },
  },
});
