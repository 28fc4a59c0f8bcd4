/** The theorems of proofs/Dual.v and proofs/Multilinear.v, on the implementation. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constant, dual, withTangent, type Dual } from "../../src/algebra/dual.js";
import { primeField } from "../../src/algebra/primeField.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { applyPrimitive } from "../../src/compile/interpret.js";
import type { Primitive, PrimitiveName } from "../../src/compile/program.js";
import { adjointLaw } from "../../src/laws/differentiation.js";
import { sameTensor } from "../../src/laws/equality.js";
import { drawTensor, rationals } from "../../src/laws/generators/ring.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import { kernelExtents, type Geometry } from "../../src/tensor/geometry.js";
import { channelsOf, size, type Shape } from "../../src/tensor/shape.js";
import { filled, type Tensor } from "../../src/tensor/tensor.js";
import { anyFieldElement, anyRational } from "../algebra/arbitraries.js";
import { ringLaws } from "../algebra/laws.js";
import { catalogue } from "../compile/catalogue.js";
import { succeed } from "../generators/succeed.js";

const duals = <A>(element: fc.Arbitrary<A>): fc.Arbitrary<Dual<A>> =>
  fc.record({ value: element, tangent: element });

describe("dual_ring", () => {
  ringLaws(dual(rational), duals(anyRational));
  ringLaws(dual(dual(primeField)), duals(duals(anyFieldElement)));
});

it("dual_epsilon: e * e = 0, and every dual number is its value and its tangent times e", () => {
  const { add, mul, equals, zero } = dual(rational);
  const e = withTangent(rational.zero, rational.one);
  const still = constant(rational);
  expect(equals(mul(e, e), zero)).toBe(true);
  fc.assert(
    fc.property(duals(anyRational), (x) =>
      equals(x, add(still(x.value), mul(e, still(x.tangent)))),
    ),
  );
});

/** `<f(x), c> = <x, adjoint of f at c>` in every argument, over the rationals. */
const isAdjoint = (name: PrimitiveName) =>
  fc.assert(
    fc.property(tape(60), (t) => {
      succeed(adjointLaw(rationals, catalogue[name](t), t.bulk()));
    }),
    { numRuns: 20 },
  );

it.each([
  ...(["scale", "sum", "broadcast", "channelSum", "reshape", "pad", "slice"] as const),
  ...(["averagePool", "averagePoolGrad", "upsample", "upsampleGrad"] as const),
])("adjoint_reverse: %s against its adjoint", isAdjoint);

it.each([
  ...(["conv", "convInputGrad", "convFilterGrad", "gateWeight", "gateGrad"] as const),
  ...(["channelScale", "channelDot", "matmul", "multiply", "scaleBy"] as const),
])("adjoint_rotation: %s against its adjoint in either argument", isAdjoint);

/** One product of a bilinear map: places in its two arguments and in its value. */
type Product = readonly [left: number, right: number, out: number];
const rotate = (products: readonly Product[]): readonly Product[] =>
  products.map(([left, right, out]) => [right, out, left]);

/** What the list of products says of two arguments. */
const bilinear = (
  products: readonly Product[],
  x: Tensor<Rational>,
  w: Tensor<Rational>,
  shape: Shape,
): Tensor<Rational> => {
  const out = Array.from(filled(rational)(shape, rational.zero).data);
  for (const [l, r, o] of products)
    out[o] = rational.add(out[o]!, rational.mul(x.data[l]!, w.data[r]!));
  return { shape, data: out };
};

/** The three readings of a list of products are these three primitives. */
const areReadings = (
  t: Tape,
  products: readonly Product[],
  [a, b, c]: readonly [Shape, Shape, Shape],
  primitives: readonly Primitive[],
  swapped: readonly boolean[],
): boolean => {
  const uniform = t.bulk();
  const [x, w, y] = [a, b, c].map((shape) => drawTensor(rationals, shape, uniform)) as [
    Tensor<Rational>,
    Tensor<Rational>,
    Tensor<Rational>,
  ];
  const readings = [
    [products, x, w, c],
    [rotate(products), w, y, a],
    [rotate(rotate(products)), y, x, b],
  ] as const;
  return readings.every(([list, l, r, shape], i) =>
    sameTensor(
      rationals,
      succeed(applyPrimitive(rational)(primitives[i]!, swapped[i] ? [r, l] : [l, r])),
      bilinear(list, l, r, shape),
    ),
  );
};

/** All index tuples of a shape, in row-major order. */
const indices = (shape: Shape): readonly Shape[] =>
  shape.reduce<readonly Shape[]>(
    (all, n) => all.flatMap((head) => Array.from({ length: n }, (_, i) => [...head, i])),
    [[]],
  );
const offset = (shape: Shape, index: Shape): number =>
  index.reduce((at, i, axis) => at * shape[axis]! + i, 0);

/** The products `(kernel, input, output)` of a convolution, from the definition of its geometry. */
const convProducts = (
  geometry: Geometry,
  groups: number,
  x: Shape,
  w: Shape,
  y: Shape,
): readonly Product[] => {
  const [per, outputs] = [w.at(-2)!, channelsOf(y)];
  return indices(y).flatMap((o) =>
    indices([...kernelExtents(geometry), per]).flatMap((tk): readonly Product[] => {
      const at = geometry.map((a, i) => o[i + 1]! * a.stride + tk[i]! * a.dilation - a.low);
      if (at.some((i, axis) => i < 0 || i >= x[axis + 1]!)) return [];
      const [k, j] = [tk.at(-1)!, o.at(-1)!];
      const channel = Math.floor(j / (outputs / groups)) * per + k;
      return [[offset(w, [...tk, j]), offset(x, [o[0]!, ...at, channel]), offset(y, o)]];
    }),
  );
};

it("conv_trilinear: a convolution and its two gradients are the three readings of one list", () => {
  fc.assert(
    fc.property(tape(60), (t) => {
      const { primitive, shapes } = catalogue.conv(t);
      const { geometry, groups } = primitive as Extract<Primitive, { op: "conv" }>;
      const [x, w] = shapes as [Shape, Shape];
      const args = [x, w].map((s) => filled(rational)(s, rational.zero));
      const y = succeed(applyPrimitive(rational)(primitive, args)).shape;
      const extents = x.slice(1, -1);
      // In the order (kernel, input), (input, cotangent), (cotangent, kernel).
      return areReadings(
        t,
        convProducts(geometry, groups, x, w, y),
        [w, x, y],
        [
          primitive,
          { op: "convFilterGrad", geometry, groups },
          { op: "convInputGrad", geometry, groups, extents },
        ],
        [true, false, false],
      );
    }),
    { numRuns: 60 },
  );
});

it("gate_trilinear: a gate and its gradients are the three readings of one list", () => {
  fc.assert(
    fc.property(tape(60), (t) => {
      const [w, g] = catalogue.gateWeight(t).shapes as [Shape, Shape];
      const products = Array.from({ length: size(w) }, (_, s) => [s % size(g), s, s] as const);
      // In the order (gates, kernel), (kernel, weight gradient), (weight gradient, gates).
      return areReadings(
        t,
        products,
        [g, w, w],
        [{ op: "gateWeight" }, { op: "gateGrad" }, { op: "gateWeight" }],
        [true, false, false],
      );
    }),
    { numRuns: 60 },
  );
});
