/**
 * ONNX Runtime reports its use to Microsoft unless it is told not to: from 1.29 on, also on Linux and macOS,
 * it keeps an identifier of the machine in the home folder and sends events about sessions and models. Only
 * the environment of the process, before the library is loaded, turns all of it off.
 */

const variable = "ORT_DISABLE_TELEMETRY";

/**
 * Turn telemetry off, unless the variable says something already. Threads have copies of the environment,
 * which the library does not see: a program that opens the runtime in a thread of its own sets the variable
 * before it starts.
 */
export const withoutTelemetry = (): void => {
  process.env[variable] ??= "1";
};
