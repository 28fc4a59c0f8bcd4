/**
 * The benchmarks, by name: `npm run bench -- steps`. Each prints ratios from interleaved rounds on the
 * machine at hand; single times say little on a shared one.
 */
const benchmarks: Readonly<
  Record<string, { readonly says: string; readonly run: () => Promise<unknown> }>
> = {
  conversions: {
    says: "read, project, check, merge, fold and write ResNet-50: seconds and memory",
    run: () => import("./conversions.js"),
  },
  steps: {
    says: "a training step of each method, for a prefix of ResNet-50 and for the whole network",
    run: () => import("./steps.js"),
  },
  pytorch: {
    says: "whole training steps and inference against PyTorch, in processes that take turns",
    run: () => import("./pytorch/main.js"),
  },
  leastSquares: {
    says: "least squares against gradient descent on a projected layer of ResNet-50, on digits",
    run: () => import("./inherit/leastSquares.js"),
  },
  pruning: {
    says: "what pruning gates of ResNet-50 saves at equal accuracy, against kernels by norm, on digits",
    run: () => import("./inherit/pruning.js"),
  },
  gates: {
    says: "where the smallest gates of a trained projection are: why their magnitude is no guide to pruning",
    run: () => import("./inherit/gates.js"),
  },
  gradients: {
    says: "formulations of the convolution gradients on wasm",
    run: () => import("./tfjsGradients.js"),
  },
};

const wanted = process.argv[2] ?? "";
const benchmark = Object.hasOwn(benchmarks, wanted) ? benchmarks[wanted] : undefined;
if (benchmark === undefined) {
  console.error(
    [
      `found ${JSON.stringify(wanted)}, expected one of`,
      ...Object.entries(benchmarks).map(([name, { says }]) => `  ${name.padEnd(12)} ${says}`),
    ].join("\n"),
  );
  process.exitCode = 2;
} else await benchmark.run();

export {};
