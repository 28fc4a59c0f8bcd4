/** Results in tests: what must succeed, and what must be refused. */
import * as E from "fp-ts/lib/Either.js";
import { showRefusal, type Refusal, type Result } from "../../src/algebra/refusal.js";

/** The value; a refusal fails the test with its sentence. */
export const succeed = <A>(result: Result<A>): A => {
  if (E.isLeft(result)) throw new Error(showRefusal(result.left));
  return result.right;
};

/** The refusal; a success fails the test. */
export const refused = (result: Result<unknown>): Refusal => {
  if (E.isRight(result)) throw new Error("expected a refusal, got a value");
  return result.left;
};
