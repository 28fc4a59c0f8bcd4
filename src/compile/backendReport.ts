/** What a backend is on this machine: present or not, on which device it really runs, and whether it is right. */
import * as E from "fp-ts/lib/Either.js";
import type { Refusal, Result } from "../algebra/refusal.js";
import { selfTest, type SelfTest } from "./selfTest.js";
import type { Target } from "./target.js";

/** A backend that has been opened. */
export interface OpenedBackend {
  /** The version of its package; null where the package does not say. */
  readonly version: string | null;
  /** The device it runs on, in words. */
  readonly device: string;
  /** `software` is a graphics adapter that computes on the CPU; null where the backend does not say. */
  readonly kind: "cpu" | "gpu" | "software" | null;
  readonly target: Target;
}

/** One backend on this machine. */
export interface BackendReport<Name extends string = string> {
  readonly name: Name;
  readonly present: boolean;
  readonly version: string | null;
  /** The device in words; software adapters are named as such. */
  readonly device: string | null;
  readonly kind: OpenedBackend["kind"];
  readonly selfTest: SelfTest | null;
  /** Why it is absent or did not finish its self test. */
  readonly problem: Refusal | null;
  /** The command that installs it; null for what comes with Heirloom or with the system. */
  readonly install: string | null;
}

/** The report of a backend that is not there. */
export const absent = <Name extends string>(
  name: Name,
  install: string | null,
  problem: Refusal,
): BackendReport<Name> => ({
  name,
  present: false,
  version: null,
  device: null,
  kind: null,
  selfTest: null,
  problem,
  install,
});

const thrown = (name: string, error: unknown): Refusal => ({
  where: `backend ${name}`,
  found: error instanceof Error ? error.message : String(error),
  expected: "a backend that loads",
});

/** Open a backend and run its self test. */
export const examine = async <Name extends string>(
  name: Name,
  install: string | null,
  open: () => Promise<Result<OpenedBackend>>,
): Promise<BackendReport<Name>> => {
  try {
    const opened = await open();
    if (E.isLeft(opened)) return absent(name, install, opened.left);
    const { version, device, kind, target } = opened.right;
    const tested = await selfTest(target);
    return {
      name,
      present: true,
      version,
      device,
      kind,
      selfTest: E.isRight(tested) ? tested.right : null,
      problem: E.isLeft(tested) ? tested.left : null,
      install,
    };
  } catch (error) {
    return absent(name, install, thrown(name, error));
  }
};
