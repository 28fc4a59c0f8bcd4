/** Moments are sums over examples, and hold the normal equations of every node. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { showRefusal } from "../../src/algebra/refusal.js";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { classes } from "../../src/inherit/class.js";
import { drawLayerPlace, drawSmall } from "../../src/inherit/draw.js";
import { dot, equal, total } from "../../src/inherit/exact.js";
import { addMoments, momentsOf, normalEquations, type Moments } from "../../src/inherit/moments.js";
import { subjectAt } from "../../src/inherit/place.js";
import { nodeCount } from "../../src/inherit/scalars.js";
import { channel, transformed, valueOf, type Subject } from "../../src/inherit/subject.js";
import { sameTensor } from "../../src/laws/equality.js";
import { generated, type Tensor } from "../../src/tensor/tensor.js";
import { drawGeometry } from "../../src/laws/generators/geometry.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { refused, succeed } from "../generators/succeed.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";

/** A layer of any class, or one with groups. */
const drawSubject = (t: Tape): Subject => {
  if (t.below(3) > 0) return succeed(subjectAt(succeed(drawLayerPlace(t, t.pick(classes).draw))));
  const x = drawSmall(t, [2, 3, 4]);
  const geometry = drawGeometry(t, [3], { kernel: 2 });
  const shape = [...geometry.map((a) => a.kernel), 2, 4];
  const shared = { geometry, groups: 2, kernel: drawSmall(t, shape), bias: null };
  return {
    x,
    op:
      t.below(2) === 0
        ? { kind: "convolution", ...shared }
        : { kind: "projected", ...shared, gates: drawSmall(t, [2, 4]) },
  };
};

const part = (x: Tensor<Rational>, from: number, count: number): Tensor<Rational> => {
  const each = x.data.length / x.shape[0]!;
  return generated(rational)([count, ...x.shape.slice(1)], (i) => x.data[from * each + i]!);
};
const sameMoments = (a: Moments<Rational>, b: Moments<Rational>): boolean =>
  a.every(
    ({ gram, cross }, i) =>
      sameTensor(rationals, gram, b[i]!.gram) && sameTensor(rationals, cross, b[i]!.cross),
  );

describe("moments", () => {
  it("of two batches are the sum of their moments, whatever is summed over positions", () => {
    fc.assert(
      fc.property(tape().map(drawSubject), tape(), (s, t) => {
        const [y, reading] = [valueOf(s), t.pick(["positions", "sum"] as const)];
        const examples = s.x.shape[0]!;
        const targets =
          reading === "positions"
            ? drawSmall(t, y.shape)
            : drawSmall(t, [examples, nodeCount(s.op)]);
        const moments = (x: Tensor<Rational>, wanted: Tensor<Rational>): Moments<Rational> =>
          succeed(momentsOf(rational, reading)(s.op, x, wanted));
        const streamed = Array.from({ length: examples }, (_, i) =>
          moments(part(s.x, i, 1), part(targets, i, 1)),
        ).reduce(addMoments(rational));
        return sameMoments(streamed, moments(s.x, targets));
      }),
      { numRuns: 100 },
    );
  });

  it("hold the products of what each node sees, from the kernels of the node view", () => {
    fc.assert(
      fc.property(tape().map(drawSubject), tape(), (s, t) => {
        const targets = drawSmall(t, valueOf(s).shape);
        const moments = succeed(momentsOf(rational)(s.op, s.x, targets));
        return transformed(s).every((z, j) => {
          const { gram, right } = normalEquations(rational, s.op, moments, j);
          const columns = [...z, z[0]!.map(() => rational.one)];
          const wanted = channel(targets, j);
          return columns.every(
            (u, a) =>
              equal(right[a]!, dot(u, wanted)) &&
              columns.every((v, b) => equal(gram.data[a * columns.length + b]!, dot(u, v))),
          );
        });
      }),
      { numRuns: 100 },
    );
  });

  it("of sums are those of a node that a global pooling reads", () => {
    fc.assert(
      fc.property(tape().map(drawSubject), tape(), (s, t) => {
        const examples = s.x.shape[0]!;
        const targets = drawSmall(t, [examples, nodeCount(s.op)]);
        const moments = succeed(momentsOf(rational, "sum")(s.op, s.x, targets));
        return transformed(s).every((z, j) => {
          const each = z[0]!.length / examples;
          const sums = [...z, z[0]!.map(() => rational.one)].map((u) =>
            Array.from({ length: examples }, (_, n) => total(u.slice(n * each, (n + 1) * each))),
          );
          const { gram, right } = normalEquations(rational, s.op, moments, j);
          return sums.every(
            (u, a) =>
              equal(right[a]!, dot(u, channel(targets, j))) &&
              sums.every((v, b) => equal(gram.data[a * sums.length + b]!, dot(u, v))),
          );
        });
      }),
      { numRuns: 100 },
    );
  });

  it("refuse targets of another number", () => {
    const s = fc.sample(tape().map(drawSubject), { numRuns: 1, seed: 3 })[0]!;
    const refusal = refused(momentsOf(rational)(s.op, s.x, { shape: [1], data: [rational.one] }));
    expect(showRefusal(refusal)).toMatch(/targets: found 1 numbers/);
  });
});
