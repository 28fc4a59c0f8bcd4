/** The seed of every test run, and no search for a smaller counterexample: one is enough to kill a mutant. */
import fc from "fast-check";
import "../seed.js";

fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
