/**
 * The doctor: every backend of both engines on this machine. Backends that start a driver or a second copy
 * of an engine are examined in processes of their own, one after another: a crash there is a finding, and
 * none of them sees what another one left behind.
 */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { installOf, isInstalled, missingPackage } from "./backendPackage.js";
import { backendNames, type BackendName } from "./backendName.js";
import { absent, examine, type BackendReport } from "./backendReport.js";
import { openBackend } from "./engine.js";

/** A backend of either engine. */
export type Report = BackendReport<BackendName>;

/**
 * The same report with the adapter that Dawn names where the npm package `webgpu` brings it. ONNX Runtime
 * has Dawn inside, asks it likewise for the fastest adapter, and keeps the answer to itself.
 */
const withAdapter = async (report: Report): Promise<Report> => {
  if (!report.present || report.kind !== null || !isInstalled("webgpu")) return report;
  const { isSoftwareAdapter, showAdapter, webgpuAdapter } = await import("./tfjs/webgpu.js");
  const adapter = await webgpuAdapter();
  return E.isLeft(adapter)
    ? report
    : {
        ...report,
        device: `${report.device}, ${showAdapter(adapter.right)}`,
        kind: isSoftwareAdapter(adapter.right) ? "software" : "gpu",
      };
};

/** Examine a backend in this process. */
export const examineHere = async (name: BackendName): Promise<Report> => {
  const report = await examine(name, installOf(name), () => openBackend(name));
  return name === "onnx-webgpu" ? withAdapter(report) : report;
};

/** Which script examines a backend, and for how long. */
interface Apart {
  readonly script: string;
  readonly milliseconds: number;
}

/** A first start compiles shaders; what takes longer than this hangs. */
const apart: Apart = {
  script: fileURLToPath(new URL("./examination.js", import.meta.url)),
  milliseconds: 60_000,
};

const died = (name: BackendName, found: string): Report =>
  absent(name, installOf(name), {
    where: `backend ${name}`,
    found,
    expected: "an examination that comes to its end",
  });

/** Examine a backend in a process of its own; in this one where the sources run and there is no script. */
export const examineApart = (
  name: BackendName,
  { script, milliseconds }: Apart = apart,
): Promise<Report> => {
  const missing = missingPackage(name);
  if (missing !== null) return Promise.resolve(absent(name, installOf(name), missing));
  if (!existsSync(script)) return examineHere(name);
  return new Promise((done) => {
    const child = fork(script, [name], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    const conclude = (report: Report): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      done(report);
    };
    const timer = setTimeout(
      () => conclude(died(name, `no answer within ${milliseconds / 1000} s`)),
      milliseconds,
    );
    child.on("message", (report) => conclude(report as Report));
    child.on("error", (error) => conclude(died(name, error.message)));
    // Unlike "exit", it comes after the last message.
    child.on("close", (code, signal) =>
      conclude(died(name, `a process that ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
};

/** Backends that neither start a driver nor shut another one out of the process. */
const harmless: readonly BackendName[] = ["onnx", "wasm", "cpu"];

/**
 * Examine every backend, one after another. Nothing fails: what is wrong with a backend stands in its report.
 *
 * @example
 * const working = (await diagnose()).filter(({ selfTest }) => selfTest?.passed === true)
 * assert.ok(working.some(({ name }) => name === "cpu"))
 */
export const diagnose = async (): Promise<readonly Report[]> => {
  const reports: Report[] = [];
  for (const name of backendNames)
    reports.push(await (harmless.includes(name) ? examineHere(name) : examineApart(name)));
  return reports;
};
