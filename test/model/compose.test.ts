/** Composition of networks and cutting them apart: the laws of a category, and what is refused. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cases } from "../../src/laws/generators/network.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { sameNetwork } from "../../src/laws/equality.js";
import { build, conv, dense, flatten, input, residual } from "../../src/model/builder.js";
import { compose, cutAt, waistsOf } from "../../src/model/compose.js";
import { network } from "../../src/model/network.js";
import { refused, succeed } from "../generators/succeed.js";

const { ring } = rationals;

describe("networks are a category", () => {
  it("with the network of an input alone as identity, before and behind", () => {
    fc.assert(
      fc.property(cases(rationals), ({ network: n }) => {
        const identity = (shape: readonly number[], name: string) =>
          succeed(network<typeof ring.zero>([{ name, op: { kind: "input", shape }, inputs: [] }]));
        const before = identity(n.input, n.layers[0]!.name);
        succeed(sameNetwork(ring)(succeed(compose(before, n)), n));
        succeed(sameNetwork(ring)(succeed(compose(n, identity(n.output, "y"))), n));
      }),
      { numRuns: 40 },
    );
  });
  it("in which composing is associative, and cutting at each waist comes together again", () => {
    fc.assert(
      fc.property(cases(rationals), fc.nat(), ({ network: n }, pick) => {
        const waists = waistsOf(n);
        const [front, back] = succeed(cutAt(waists[pick % waists.length]!)(n));
        succeed(sameNetwork(ring)(succeed(compose(front, back)), n));
        const inner = waistsOf(back);
        const [middle, end] = succeed(cutAt(inner[pick % inner.length]!)(back));
        const left = succeed(compose(succeed(compose(front, middle)), end));
        const right = succeed(compose(front, succeed(compose(middle, end))));
        succeed(sameNetwork(ring)(left, right));
      }),
      { numRuns: 60 },
    );
  });
});

describe("what does not fit is refused", () => {
  const small = succeed(
    pipe(input([4, 4, 1]), conv({ filters: 2, kernel: 3, name: "c" }), build({ seed: 0 })),
  );
  it("shapes that do not meet, quoted", () => {
    expect(refused(compose(small, small))).toEqual({
      where: "compose",
      found: "an output of shape 4x4x2 before an input of shape 4x4x1",
      expected: "the same shape",
    });
  });
  it("layers of one name", () => {
    const again = succeed(
      pipe(input([4, 4, 2]), conv({ filters: 1, kernel: 1, name: "c" }), build({ seed: 0 })),
    );
    expect(refused(compose(small, again))).toMatchObject({ where: "layer c" });
  });
  it("a cut through a branch, with the waists there are", () => {
    const branched = succeed(
      pipe(
        input([4, 4, 2]),
        residual((x) => pipe(x, conv({ filters: 2, kernel: 3, name: "c" }))),
        flatten,
        dense(3, { name: "d" }),
        build({ seed: 0 }),
      ),
    );
    const refusal = refused(cutAt("c")(branched));
    expect(refusal).toMatchObject({
      where: "layer c",
      found: "a later layer that reads an earlier one",
    });
    expect(waistsOf(branched)).not.toContain("c");
    expect(waistsOf(branched)).toEqual([
      branched.layers[0]!.name,
      ...branched.layers.slice(2).map(({ name }) => name),
    ]);
    expect(E.isLeft(cutAt("nowhere")(branched))).toBe(true);
  });
});
