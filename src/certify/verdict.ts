/** Verdicts: that a condition holds, or where it fails, with the values. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { canonicalJson } from "../transform/canonicalJson.js";

/** That a condition holds, or where it fails. */
export type Verdict = Result<null>;
export const holds: Verdict = E.right(null);

export const differs = (where: string, found: unknown, expected: unknown): Verdict =>
  refuse({ where, found: String(found), expected: String(expected) });

/** Conditions in order, until one fails. */
export const all = (...checks: readonly (() => Verdict)[]): Verdict => {
  for (const run of checks) {
    const verdict = run();
    if (E.isLeft(verdict)) return verdict;
  }
  return holds;
};

/** Equal as data. */
export const equal = (where: string, found: unknown, expected: unknown): Verdict => {
  const [a, b] = [canonicalJson(found), canonicalJson(expected)];
  return a === b ? holds : differs(where, a, b);
};
