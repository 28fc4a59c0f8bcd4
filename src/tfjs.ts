/**
 * `heirloom/tfjs`: TensorFlow.js as a target. It is a face of its own because it loads TensorFlow.js, which
 * whoever only composes, converts or checks networks does not need.
 */
export { backendNames, type BackendName } from "./compile/tfjs/backendName.js";
export { tfjsTarget } from "./compile/tfjs/backend.js";
export { diagnose, type BackendReport } from "./compile/tfjs/doctor.js";
