/**
 * Certificates of single steps on a target: what the step computed lies within the rounding bound of what it
 * was given, instruction by instruction (enclosure.ts).
 */
import { expect } from "vitest";
import type { Program } from "../../../src/compile/program.js";
import type { StepProgram } from "../../../src/compile/step.js";
import type { Feed } from "../../../src/compile/target.js";
import { succeed } from "../../generators/succeed.js";
import { compare, enclose, seeing, seenIn, type Comparison } from "./enclosure.js";
import { startAll, type NamedTarget, type Running } from "./digits.js";

/** The step and the same step with its intermediate values, on one target. */
export interface Watched {
  readonly plain: Running;
  readonly seeing: Running;
}

/** A step program on all targets, those of the CPU unless told, with and without its intermediate values. */
export const watchAll = async (
  step: StepProgram,
  among?: readonly NamedTarget[],
): Promise<readonly Watched[]> => {
  const plain = await startAll(step, step.program, among);
  const all = await startAll(step, seeing(step.program), among);
  return plain.map((running, i) => ({ plain: running, seeing: all[i]! }));
};

export const dispose = (watched: readonly Watched[]): void => {
  for (const { plain, seeing: other } of watched) {
    plain.executable.dispose();
    other.executable.dispose();
  }
};

/** The names whose bits differ; both signs of zero are two. */
export const differing = (a: Feed, b: Feed): readonly string[] =>
  Object.keys(a).filter((name) =>
    Array.from(a[name]!.data).some((x, i) => !Object.is(x, b[name]!.data[i])),
  );

/** One step and the state after it: every output of the program. */
export const stepped = async ({ executable }: Running, feed: Feed): Promise<Feed> => {
  const returned = succeed(await executable.step(feed));
  return { ...returned, ...succeed(await executable.read()) };
};

/** What a certified step found. */
export interface Certified {
  readonly after: Feed;
  readonly comparisons: readonly Comparison[];
}

/**
 * Take a step from where the target stands, and certify it. The step that also returns intermediate values is
 * the one that is certified; the step itself must give the same bits. Nothing is left undecided: which side of
 * a kink and which of several candidates, the target's own numbers tell.
 */
export const certifiedStep = async (
  program: Program,
  { plain, seeing: other }: Watched,
  feed: Feed,
): Promise<Certified> => {
  const before = succeed(await plain.executable.read());
  succeed(other.executable.write(before));
  const after = await stepped(plain, feed);
  const seen = await stepped(other, feed);
  expect(differing(after, seen), `${plain.name}: seeing changes the step`).toEqual([]);
  const { comparisons, outputs, undecided } = enclose(
    program,
    { ...before, ...feed },
    seenIn(program, seen),
  );
  expect(undecided).toBe(0);
  const all = [
    ...comparisons,
    ...Object.entries(outputs).map(([name, e]) => compare(`output ${name}`, after[name]!, e)),
  ];
  const violations = all.map((c) => c.violation).filter((v) => v !== "");
  expect(violations, plain.name).toEqual([]);
  // The bounds say something: half of them allow less than 1e-4 of their tensor, and each less than a tenth.
  const loosenesses = all.map((c) => c.looseness).filter((x) => !Number.isNaN(x));
  loosenesses.sort((x, y) => x - y);
  expect(loosenesses[loosenesses.length >> 1], plain.name).toBeLessThan(1e-4);
  expect(loosenesses.at(-1), plain.name).toBeLessThan(0.1);
  return { after, comparisons: all };
};
