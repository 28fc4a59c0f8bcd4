/**
 * The assumptions of proofs/Inheritance.v as statements about values: each is tried on one layer and batch, with
 * parameters of a connection at random. A connection of a convolution has a parameter for each tap.
 */
import * as E from "fp-ts/lib/Either.js";
import { rational, type Rational } from "../algebra/rational.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Tape } from "../laws/generators/tape.js";
import { every } from "../laws/law.js";
import type { Layer } from "../model/network.js";
import { evaluateOperator } from "../semantics/evaluate.js";
import { generated } from "../tensor/tensor.js";
import { claimEqual, claimNodes, claimSame } from "./claims.js";
import { mul, number, scaled, total, type Matrix, type Vector } from "./exact.js";
import { fanIn, rowCount } from "./scalars.js";
import {
  biasAt,
  outputs,
  rescalared,
  seen,
  scalarsAt,
  transformed,
  withBias,
  type Subject,
} from "./subject.js";

/** A statement about a layer on a batch. */
export type Try = (t: Tape, s: Subject) => Result<null>;
export type TrySubject = Subject;

const { zero, one } = rational;

/** Learnt parameters of a connection: one scalar, or a weight for each tap. */
export const parametersPerConnection = ({ op }: Subject): number => rowCount(op) / fanIn(op);

/**
 * What input `k` (by its place among those that a node sees) contributes to each node, where every node has the
 * same parameters for it.
 */
export const contributions = (s: Subject, k: number, parameters: Vector): Matrix => {
  const inputs = fanIn(s.op);
  return outputs(
    withBias(
      rescalared(s, (_, row) =>
        row % inputs === k ? parameters[Math.floor(row / inputs)]! : zero,
      ),
      null,
    ),
  );
};

/** None is zero: at zero every node agrees with every other. */
const drawParameters = (t: Tape, s: Subject): Vector =>
  Array.from({ length: parametersPerConnection(s) }, () => number(t.pick([3, 1, -2, -0.5, 0.25])));

const everyInput = (s: Subject, f: (k: number) => Result<null>): Result<null> =>
  every(Array.from({ length: fanIn(s.op) }, (_, k) => () => f(k)));

const connection = (j: number, k: number): string => `what node ${j} makes of input ${k}`;

/** One parameter, and `term(w) = w * term(1)`. */
export const scalarConnections: Try = (t, s) => {
  const parameters = parametersPerConnection(s);
  if (parameters !== 1)
    return refuse({
      where: "",
      found: `${parameters} parameters for each input and node`,
      expected: "one",
    });
  return everyInput(s, (k) => {
    const w = drawParameters(t, s);
    const unit = contributions(s, k, [one]);
    const made = contributions(s, k, w);
    return claimNodes(s, (j) => claimSame(connection(j, k), made[j]!, scaled(w[0]!, unit[j]!)));
  });
};

/** `y_j = sum_r w_jr z_jr + b_j`. */
export const scalarWeighted: Try = (_, s) => {
  const [y, z] = [outputs(s), transformed(s)];
  return claimNodes(s, (j) => {
    const w = scalarsAt(s, j);
    const sum = y[j]!.map((_, p) =>
      rational.add(total(w.map((x, r) => mul(x, z[j]![r]![p]!))), biasAt(s, j)),
    );
    return claimSame(`node ${j}`, y[j]!, sum);
  });
};

/** `term(w) = sum_t w_t * term(e_t)`. */
export const linear: Try = (t, s) =>
  everyInput(s, (k) => {
    const w = drawParameters(t, s);
    const parts = w.map((x, tap) =>
      contributions(
        s,
        k,
        w.map((_, i) => (i === tap ? x : zero)),
      ),
    );
    const made = contributions(s, k, w);
    return claimNodes(s, (j) =>
      claimSame(
        connection(j, k),
        made[j]!,
        made[j]!.map((_, p) => total(parts.map((m) => m[j]![p]!))),
      ),
    );
  });

/** The same inputs, and the same made of this batch: given the same parameters, all nodes agree. */
export const homogeneous: Try = (t, s) => {
  const inputs = seen(s);
  const other = inputs.findIndex((ks) => ks.join() !== inputs[0]!.join());
  if (other > 0)
    return refuse({
      where: `node ${other}`,
      found: `inputs ${inputs[other]!.join(", ")}`,
      expected: `the inputs of node 0: ${inputs[0]!.join(", ")}`,
    });
  return everyInput(s, (k) => {
    const made = contributions(s, k, drawParameters(t, s));
    return claimNodes(s, (j) => claimSame(connection(j, k), made[j]!, made[0]!));
  });
};

/** `c` times the input makes `c` times the contribution. */
export const proportional: Try = (t, s) => {
  const c = number(t.below(25) / 4 - 3);
  const x = generated(rational)(s.x.shape, (i) => mul(c, s.x.data[i]!));
  return everyInput(s, (k) => {
    const w = drawParameters(t, s);
    const [y, scaledInput] = [contributions(s, k, w), contributions({ ...s, x }, k, w)];
    return claimNodes(s, (j) => claimSame(connection(j, k), scaledInput[j]!, scaled(c, y[j]!)));
  });
};

/** `phi(c x) = c phi(x)` for activations, at numbers of both signs. */
export const positiveFactors = (t: Tape, between: readonly Layer<Rational>[]): Result<null> => {
  const c = number(t.between(2, 12) / 2);
  const values = [-3, -1, 0, 1, 2, 7].map(number);
  return every(
    between.flatMap(({ name, op }) =>
      op.kind !== "activation"
        ? []
        : [
            () =>
              E.chain(([y, cy]: readonly [Vector, Vector]) =>
                every(
                  values.map((_, i) => () => claimEqual(`layer ${name}`, cy[i]!, mul(c, y[i]!))),
                ),
              )(
                E.chain((y: Vector) =>
                  E.map((cy: Vector) => [y, cy] as const)(
                    at(
                      op,
                      values.map((v) => mul(c, v)),
                    ),
                  ),
                )(at(op, values)),
              ),
          ],
    ),
  );
};

const at = (op: Layer<Rational>["op"], values: Vector): Result<Vector> =>
  E.map(({ data }: { readonly data: ArrayLike<Rational> }) => Array.from(data))(
    evaluateOperator(rational)(op, [{ shape: [values.length, 1], data: values }]),
  );
