/**
 * The ladder of `auto`: which backend to compute on where nobody named one.
 *
 * The rungs from the top are the backends that can reach a GPU, ONNX Runtime on the CPU, TensorFlow.js on
 * WebAssembly, and TensorFlow.js in plain JavaScript. The highest one to which there is no objection is
 * chosen, and the choice names every rung above it with its objection, so that nothing falls back in
 * silence. CoreML, DirectML and ONNX Runtime's WebGPU are no rungs and are taken where they are asked for by
 * name. The first two may leave any part of a program to the CPU, or compute it with fewer bits, without
 * saying so. The third fails some of the laws that every primitive must keep (9 of 68, on an NVIDIA GPU as on a
 * software adapter: input gradients and convolutions in groups among them), where TensorFlow.js on WebGPU keeps them all.
 *
 * A backend that a person names is never replaced by another one.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { BackendName } from "./backendName.js";
import type { BackendReport } from "./backendReport.js";
import { examineApart, examineHere } from "./doctor.js";
import { glance, notInstalled, surroundings, type Surroundings } from "./glance.js";

/** The rungs that count only where a real GPU computes, the best first. */
const gpuRungs = ["tfjs-node-gpu", "onnx-cuda", "webgpu"] as const satisfies readonly BackendName[];

/** The rungs, the highest first. */
export const rungs = [...gpuRungs, "onnx", "wasm", "cpu"] as const satisfies readonly BackendName[];

/** A backend that `auto` may choose. */
export type Rung = (typeof rungs)[number];

/** Whether a rung counts only where a real GPU computes. */
export const needsGpu = (name: BackendName): boolean =>
  (gpuRungs as readonly BackendName[]).includes(name);

/** What was found at a rung: nothing against it, or why it is passed over. */
export interface Finding {
  readonly name: Rung;
  readonly objection: string | null;
}

/** A rung that was passed over. */
export interface PassedOver {
  readonly name: Rung;
  readonly reason: string;
}

/** What `auto` chose, and the rungs above it. */
export interface Choice {
  readonly name: Rung;
  readonly passedOver: readonly PassedOver[];
}

const longest = 160;

/** A message of a driver as part of a line. */
const brief = (message: string): string => {
  const line = message.replace(/\s+/g, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 3)}...`;
};

/** What a report says against choosing its backend; null where it is right, and on a GPU where it must be. */
export const objectionTo = ({
  name,
  present,
  device,
  kind,
  selfTest,
  problem,
}: BackendReport<BackendName>): string | null => {
  if (!present) return brief(problem?.found ?? "not here");
  if (selfTest === null) return brief(`does not run: ${problem?.found ?? "no reason given"}`);
  if (needsGpu(name) && kind === null) return "does not say whether it computes on a GPU";
  if (needsGpu(name) && kind !== "gpu")
    return brief(`no GPU: it computes on ${device ?? "the CPU"}`);
  return selfTest.passed
    ? null
    : brief(`fails its self test: ${selfTest.found ?? "a wrong number"}`);
};

const showPassedOver = (passed: readonly PassedOver[]): string =>
  passed.map(({ name, reason }) => `${name} (${reason})`).join(", ");

/** The decision. A rung without a finding was not looked at, and is no choice. */
export const decide = (findings: readonly Finding[]): Result<Choice> => {
  const passedOver: PassedOver[] = [];
  for (const name of rungs) {
    const finding = findings.find((f) => f.name === name);
    const reason = finding === undefined ? "not looked at" : finding.objection;
    if (reason === null) return E.right({ name, passedOver });
    passedOver.push({ name, reason });
  }
  return refuse({
    where: "backend auto",
    found: showPassedOver(passedOver),
    expected: "a backend that gives the right result",
    advice: "`heirloom doctor` shows each of them in full",
  });
};

/**
 * The choice in one line.
 *
 * @example
 * const line = showChoice({ name: "wasm", passedOver: [{ name: "onnx", reason: "not installed" }] })
 * assert.strictEqual(line, "auto chose wasm and passed over onnx (not installed)")
 */
export const showChoice = ({ name, passedOver }: Choice): string =>
  `auto chose ${name}` +
  (passedOver.length === 0
    ? ", the first it looked at"
    : ` and passed over ${showPassedOver(passedOver)}`);

/** What is said against a rung without starting it. */
const atAGlance = (name: Rung, seen: Surroundings): string | null =>
  needsGpu(name) ? glance(name, seen) : notInstalled(name, seen);

/** The choice where every backend was examined anyway, by the same rules as {@link chooseBackend}. */
export const choiceAmong = (
  reports: readonly BackendReport<BackendName>[],
  seen: Surroundings = surroundings(),
): Result<Choice> =>
  decide(
    rungs.flatMap((name): readonly Finding[] => {
      const report = reports.find((r) => r.name === name);
      return report === undefined
        ? []
        : [{ name, objection: atAGlance(name, seen) ?? objectionTo(report) }];
    }),
  );

/**
 * Look at a rung, starting no more than needed. A GPU backend is started in a process of its own: a driver
 * that crashes ends that one, and TensorFlow.js's one current backend stays as it is.
 */
const look = async (name: Rung, seen: Surroundings): Promise<string | null> =>
  atAGlance(name, seen) ??
  objectionTo(await (needsGpu(name) ? examineApart(name) : examineHere(name)));

/**
 * Choose a backend: climb down from the top to the first rung without an objection. Those below it are not
 * looked at. `objection` is what to look with, in place of a start of each. Refuses where no rung is left.
 *
 * @example
 * const choice = await chooseBackend(async (name) => (name === "wasm" ? null : "not wanted"))
 * assert.strictEqual(E.isRight(choice) && choice.right.name, "wasm")
 */
export const chooseBackend = async (
  objection?: (name: Rung) => Promise<string | null>,
): Promise<Result<Choice>> => {
  const seen = surroundings();
  const lookAt = objection ?? ((name: Rung) => look(name, seen));
  const findings: Finding[] = [];
  for (const name of rungs) {
    const found = await lookAt(name);
    findings.push({ name, objection: found });
    if (found === null) break;
  }
  return decide(findings);
};
