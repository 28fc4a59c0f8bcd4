/**
 * What a run costs: the median time of a step, and the largest resident memory seen at the end of any
 * step. The operating system's own high-water mark covers the whole life of the process, earlier runs
 * included, so it is given beside the samples and not instead of them.
 */
import { resourceUsage, memoryUsage } from "node:process";

/** The cost of a run so far. Times in milliseconds, memory in bytes. */
export interface RunCost {
  readonly steps: number;
  readonly medianStep: number;
  readonly totalTraining: number;
  readonly peakResident: number;
  readonly processHighWater: number;
}

/** Collects the cost of a run. */
export interface Meter {
  readonly step: (milliseconds: number) => void;
  readonly sample: () => void;
  readonly read: () => RunCost;
}

/** The middle value, the mean of the middle two, or 0 where there are none. */
export const median = (values: readonly number[]): number => {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2;
};

/** A meter that starts now. */
export const startMeter = (): Meter => {
  const times: number[] = [];
  let peak = memoryUsage.rss();
  const sample = (): void => {
    peak = Math.max(peak, memoryUsage.rss());
  };
  return {
    step: (milliseconds) => {
      times.push(milliseconds);
      sample();
    },
    sample,
    read: () => ({
      steps: times.length,
      medianStep: median(times),
      totalTraining: times.reduce((a, b) => a + b, 0),
      peakResident: peak,
      processHighWater: resourceUsage().maxRSS * 1024,
    }),
  };
};
