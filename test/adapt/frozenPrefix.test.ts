import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frozenCut, joinPrefix, splitFrozenPrefix } from "../../src/adapt/frozenPrefix.js";
import type { AnyNetwork } from "../../src/adapt/method.js";
import { weightName, weightsWhere, type Trainable } from "../../src/adapt/trainable.js";
import { weightsOf } from "../../src/model/operator.js";
import { evaluate } from "../../src/semantics/evaluate.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { sameTensor } from "../../src/laws/equality.js";
import { cases } from "../../src/laws/generators/network.js";
import { orderedKinds } from "../../src/laws/generators/operator.js";
import { succeed } from "../generators/succeed.js";

const { ring } = rationals;
const withTrainable = fc
  .tuple(
    cases(rationals, {
      kinds: ["convolution", "dense", "convolution", ...orderedKinds],
      layers: 8,
    }),
    fc.nat(),
    fc.nat(3),
  )
  .map(([c, pick, denominator]) => {
    let i = pick;
    return {
      ...c,
      trainable: weightsWhere(
        c.network,
        () => (i = (i * 48271 + 11) % 2147483647) % 4 < denominator,
      ),
    };
  });

/** Every position that is a cut by definition: what it needs is fixed, and nothing else looks past it. */
const cutsByDefinition = <A>(n: AnyNetwork<A>, trainable: Trainable): readonly string[] =>
  n.layers.slice(1, -1).flatMap((cut) => {
    const ancestors = new Set([cut.name]);
    for (const layer of [...n.layers].reverse())
      if (ancestors.has(layer.name)) layer.inputs.forEach((name) => ancestors.add(name));
    const isFixed = n.layers.every(
      ({ name, op }) =>
        !ancestors.has(name) ||
        (op.kind !== "dropout" &&
          weightsOf(op).every(([weight]) => !trainable.has(weightName(name, weight)))),
    );
    const isSeparating = n.layers.every(
      (layer) =>
        ancestors.has(layer.name) ||
        layer.inputs.every((name) => name === cut.name || !ancestors.has(name)),
    );
    return isFixed && isSeparating ? [cut.name] : [];
  });

describe("splitFrozenPrefix", () => {
  it("is the last cut there is by definition", () => {
    let found = 0;
    fc.assert(
      fc.property(withTrainable, ({ network, trainable }) => {
        const cut = frozenCut(network, trainable);
        if (cut !== null) found++;
        expect(cut).toBe(cutsByDefinition(network, trainable).at(-1) ?? null);
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(30);
  });

  it("is a composition equal to the network, and joins back to it", () => {
    fc.assert(
      fc.property(withTrainable, ({ network, batch, trainable }) => {
        const split = succeed(splitFrozenPrefix(network, trainable));
        if (split === null) return;
        const features = succeed(evaluate(ring)(split.prefix, batch));
        const composed = succeed(evaluate(ring)(split.rest, features));
        expect(sameTensor(rationals, composed, succeed(evaluate(ring)(network, batch)))).toBe(true);
        expect(succeed(joinPrefix(split, split.rest))).toEqual(network);
      }),
    );
  });

  it("does not freeze what batch statistics or dropout make depend on more than the example", () => {
    fc.assert(
      fc.property(
        cases(rationals, { kinds: ["batchNorm", "dropout"], statistics: ["batch"], layers: 3 }),
        ({ network }) => frozenCut(network, new Set()) === null,
      ),
    );
  });
});
