/** What a law claims of fractions and vectors: nothing where it is so, or both values where it is not. */
import * as E from "fp-ts/lib/Either.js";
import { rational, type Rational } from "../algebra/rational.js";
import { refuse, type Result } from "../algebra/refusal.js";
import { every } from "../laws/law.js";
import { atMost, equal, sameVector, type Matrix, type Vector } from "./exact.js";
import { nodeCount } from "./scalars.js";
import type { Subject } from "./subject.js";

const showVector = (v: Vector): string => `(${v.map(rational.show).join(", ")})`;

/** Two numbers are equal. */
export const claimEqual = (where: string, found: Rational, expected: Rational): Result<null> =>
  equal(found, expected)
    ? E.right(null)
    : refuse({ where, found: rational.show(found), expected: rational.show(expected) });

/** Two vectors are equal. */
export const claimSame = (where: string, found: Vector, expected: Vector): Result<null> =>
  sameVector(found, expected)
    ? E.right(null)
    : refuse({ where, found: showVector(found), expected: showVector(expected) });

/** Two matrices are equal; the first row that differs is quoted. */
export const claimSameRows = (where: string, found: Matrix, expected: Matrix): Result<null> =>
  every(expected.map((row, i) => () => claimSame(`${where}, row ${i}`, found[i] ?? [], row)));

/** A number is no larger than a bound. */
export const claimAtMost = (where: string, found: Rational, bound: Rational): Result<null> =>
  atMost(found, bound)
    ? E.right(null)
    : refuse({ where, found: rational.show(found), expected: `at most ${rational.show(bound)}` });

/** Something holds of every node of a subject; the first of which it does not is named. */
export const claimNodes = (s: Subject, claim: (j: number) => Result<null>): Result<null> =>
  every(Array.from({ length: nodeCount(s.op) }, (_, j) => () => claim(j)));
