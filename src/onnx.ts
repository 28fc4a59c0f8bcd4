/**
 * `heirloom/onnx`: ONNX Runtime as a target, and the choice among the backends of both engines. It is a face
 * of its own because it needs Node.js and a native library, which whoever only composes, converts or checks
 * networks does not need.
 */
export { onnxTarget } from "./compile/onnx/backend.js";
export type { Provider } from "./compile/onnx/provider.js";
export {
  backendChoices,
  backendNames,
  type BackendChoice,
  type BackendName,
} from "./compile/backendName.js";
export { diagnose, type Report } from "./compile/doctor.js";
export { openTarget, type OpenOptions } from "./compile/engine.js";
export { chooseBackend, showChoice, type Choice } from "./compile/ladder.js";
