/**
 * Conversions are natural in the ring: to convert and then read in another ring is to read and then
 * convert. And over polynomials, with every weight and input a variable of its own, a law that holds is an
 * identity for all weights and inputs of that shape.
 */
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, it } from "vitest";
import { polynomial } from "../../src/algebra/polynomial.js";
import { primeField } from "../../src/algebra/primeField.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { mapNetwork, network, type Network } from "../../src/model/network.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import { size, type Shape } from "../../src/tensor/shape.js";
import { mapTensor, type Tensor } from "../../src/tensor/tensor.js";
import { embed } from "../../src/transform/embed.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import type { NetworkOptions } from "../../src/laws/generators/operator.js";
import { refused, succeed } from "../generators/succeed.js";
import { unmergeAfterMerge } from "../../src/laws/conversion.js";
import { equalValues, sameMeaning, sameNetwork } from "../../src/laws/equality.js";

/** The ring homomorphism from the rationals whose denominators the prime does not divide. */
const inField = (x: Rational): bigint =>
  succeed(
    primeField.functions.divide!(
      ((x.numerator % (2n ** 61n - 1n)) + 2n ** 61n - 1n) % (2n ** 61n - 1n),
      x.denominator,
    ),
  );

const polynomialKinds: NetworkOptions["kinds"] = [
  "convolution",
  "projected",
  "dense",
  "affine",
  "add",
  "multiply",
  "concat",
  "zeroPad",
  "flatten",
  "averagePool",
];

/** The prime field has no order, so nothing may ask for the largest value. */
const polynomialCases = cases(rationals, { kinds: polynomialKinds }).filter(({ network: n }) =>
  n.layers.every(({ op }) => op.kind !== "globalPool" || op.reduce !== "max"),
);

describe("naturality", () => {
  const inTheField = mapNetwork(primeField);
  it("evaluation commutes with reading in another ring", () => {
    fc.assert(
      fc.property(polynomialCases, ({ network: n, batch }) => {
        const there = succeed(
          evaluate(primeField)(inTheField(n, inField), mapTensor(primeField)(batch, inField)),
        );
        const back = mapTensor(primeField)(succeed(evaluate(rational)(n, batch)), inField);
        succeed(equalValues(primeField)(there, back));
      }),
      { numRuns: 60 },
    );
  });
  it("merging and folding commute with reading in another ring", () => {
    fc.assert(
      fc.property(polynomialCases, ({ network: n }) => {
        const read = inTheField(n, inField);
        succeed(
          sameNetwork(primeField)(
            succeed(merge(primeField)(read)).network,
            inTheField(succeed(merge(rational)(n)).network, inField),
          ),
        );
        succeed(
          sameNetwork(primeField)(
            succeed(foldBatchNorm(primeField)(read)).network,
            inTheField(succeed(foldBatchNorm(rational)(n)).network, inField),
          ),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe("identities in all weights and inputs", () => {
  const ring = polynomial(rational);
  type P = typeof ring.zero;
  const variables = (name: string, shape: Shape): Tensor<P> => ({
    shape,
    data: Array.from({ length: size(shape) }, (_, i) => ring.variable(`${name}${i}`)),
  });
  const geometry: Geometry = [
    axis({ kernel: 2, stride: 2, dilation: 2, low: 1 }),
    axis({ kernel: 2, high: 1 }),
  ];
  const x = variables("x", [1, 3, 2, 2]);
  const gated = succeed(
    network<P>([
      { name: "x", op: { kind: "input", shape: [3, 2, 2] }, inputs: [] },
      {
        name: "p",
        op: {
          kind: "projected",
          geometry,
          groups: 1,
          kernel: variables("f", [2, 2, 2, 2]),
          gates: variables("g", [2, 2]),
          bias: variables("b", [2]),
        },
        inputs: ["x"],
      },
      {
        name: "n",
        op: { kind: "affine", scale: variables("s", [2]), shift: variables("t", [2]) },
        inputs: ["p"],
      },
      { name: "q", op: { kind: "multiply" }, inputs: ["n", "n"] },
    ]),
  ) as Network<"Projected", Shape, Shape, P>;
  it("T4_merge and T6_bn_fold hold for symbolic gates, kernels, biases, scales and inputs", () => {
    const folded = succeed(foldBatchNorm(ring)(gated)).network;
    succeed(sameMeaning(ring)(folded, gated, x));
    succeed(sameMeaning(ring)(succeed(merge(ring)(gated)).network, gated, x));
    succeed(sameMeaning(ring)(succeed(merge(ring)(folded)).network, gated, x));
    succeed(unmergeAfterMerge(ring)(gated));
  });
  it("T3_unit holds for symbolic kernels, and symbolic gates are no unit", () => {
    const merged = succeed(merge(ring)(gated)).network;
    const projected = succeed(project(ring)(merged)).network;
    succeed(sameMeaning(ring)(projected, merged, x));
    const layers = gated.layers.map((l) => {
      if (l.op.kind !== "projected") return l;
      const { kernel, bias, groups } = l.op;
      return { ...l, op: { kind: "convolution" as const, geometry, groups, kernel, bias } };
    });
    refused(sameMeaning(ring)(succeed(network<P>(layers)), gated, x));
  });
  it("T1_embed holds for symbolic weights at the centre tap of a dilated, lopsided window", () => {
    const gffn = succeed(
      network<P>([
        { name: "x", op: { kind: "input", shape: [3, 2, 2] }, inputs: [] },
        {
          name: "d",
          op: { kind: "dense", weights: variables("w", [2, 3]), bias: variables("b", [3]) },
          inputs: ["x"],
        },
      ]),
    ) as Network<"GFFN", Shape, Shape, P>;
    const into = (): Geometry => [
      axis({ kernel: 2, dilation: 2, low: 2 }),
      axis({ kernel: 3, low: 0, high: 2 }),
    ];
    const embedded = succeed(embed(ring, { geometry: into })(gffn)).network;
    succeed(sameMeaning(ring)(embedded, gffn, x));
    const shifted = embedded.layers.map((l) =>
      l.op.kind === "convolution"
        ? {
            ...l,
            op: { ...l.op, geometry: [l.op.geometry[0]!, axis({ kernel: 3, low: 1, high: 1 })] },
          }
        : l,
    );
    const elsewhere = network<P>(shifted);
    if (E.isRight(elsewhere)) refused(sameMeaning(ring)(elsewhere.right, gffn, x));
  });
});
