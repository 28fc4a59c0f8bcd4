/** How the main job is run. */
import type { SettledBackend } from "../backendOption.js";

export interface DemoSettings {
  readonly seed: number;
  /** Training digits of each class. */
  readonly perClass: number;
  readonly epochs: number;
  readonly backend: SettledBackend;
}
