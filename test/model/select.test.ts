import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, expectTypeOf, it } from "vitest";
import { resNet18 } from "../../docs/examples/resnet.js";
import { float32 } from "../../src/algebra/float32.js";
import { rational } from "../../src/algebra/rational.js";
import { refuse, showRefusal } from "../../src/algebra/refusal.js";
import { check } from "../../src/certify/check.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { cases } from "../../src/laws/generators/network.js";
import * as b from "../../src/model/builder.js";
import { classOfLayers } from "../../src/model/network.js";
import type { Convolution, Operator } from "../../src/model/operator.js";
import {
  inScope,
  isActivation,
  isConvolution,
  isDense,
  isNorm,
  isProjected,
  ofKind,
  select,
} from "../../src/model/select.js";
import { mapTensor } from "../../src/tensor/tensor.js";
import { equalNetworks } from "../../src/transform/equality.js";
import { project } from "../../src/transform/project.js";
import { refused, succeed } from "../generators/succeed.js";

const resNet = succeed(b.outline(resNet18));

const small = succeed(
  pipe(
    b.input([4, 4, 1]),
    b.named("a", (x) => pipe(x, b.conv({ filters: 2, kernel: 3 }), b.relu)),
    b.named("b", (x) => pipe(x, b.conv({ filters: 3, kernel: 1 }), b.batchNorm())),
    b.flatten,
    b.dense(2),
    b.build({ seed: 0 }),
  ),
);

const names = (selected: { readonly layers: ReturnType<typeof select>["layers"] }) =>
  succeed(selected.layers).map((layer) => layer.name);

describe("a selection", () => {
  it("has all layers, in order, until it is narrowed", () => {
    expect(names(select(small))).toEqual(small.layers.map((layer) => layer.name));
    expect(names(select(small).where(isConvolution))).toEqual(["a/conv1", "b/conv1"]);
    expect(names(select(small).where(inScope("b")))).toEqual(["b/conv1", "b/batchNorm1"]);
    expect(names(select(small).where(inScope("b")).where(isConvolution))).toEqual(["b/conv1"]);
    expect(names(select(small).where(isDense))).toEqual(["dense1"]);
    expect(names(select(small).where(isNorm))).toEqual(["b/batchNorm1"]);
    expect(names(select(small).where(isActivation))).toEqual(["a/relu1"]);
    expect(names(select(small).where(isProjected))).toEqual([]);
    expect(names(select(small).where(ofKind("input", "flatten")))).toEqual(["input", "flatten1"]);
  });

  it("knows by a type guard what the operators are", () => {
    const convolutions = succeed(select(small).where(isConvolution).layers);
    expectTypeOf(convolutions[0]!.op).toEqualTypeOf<Convolution<number>>();
  });

  it("is not changed by narrowing", () => {
    const all = select(small);
    all.where(isConvolution);
    expect(names(all)).toHaveLength(small.layers.length);
  });

  it("passes an assertion of the number it has", () => {
    const basic = select(resNet).where(isConvolution).where(inScope("stage2")).assertCount(5);
    expect(names(basic)[0]).toBe("stage2/down/conv1");
  });

  it("refuses another number, with the names, and keeps the first refusal", () => {
    const wrong = select(small).where(isConvolution).assertCount(3);
    const sentence = "selection: found 2 layers (a/conv1, b/conv1), expected 3 layers";
    expect(showRefusal(refused(wrong.layers))).toBe(sentence);
    expect(showRefusal(refused(wrong.where(isDense).assertCount(7).layers))).toBe(sentence);
    expect(showRefusal(refused(wrong.update(E.right)))).toBe(sentence);
    expect(showRefusal(refused(wrong.through(() => E.right)))).toBe(sentence);
  });

  it("names the first of many and says how many more there are", () => {
    const many = refused(select(resNet).where(isConvolution).assertCount(21).layers);
    expect(many.found).toContain("20 layers (stem/conv1, stage1/block1/conv1,");
    expect(many.found).toContain(", 8 more)");
    expect(refused(select(small).where(isProjected).assertCount(1).layers).found).toBe("0 layers");
  });
});

describe("update", () => {
  it("replaces the operators of the selected layers alone", () => {
    const swish = (): E.Either<never, Operator> =>
      E.right({ kind: "activation", fn: { name: "swish" } });
    const updated = succeed(select(small).where(isActivation).update(swish));
    expect(updated.layers.map((layer, i) => layer.op === small.layers[i]!.op)).toEqual([
      ...[true, true, false, true, true, true, true],
    ]);
  });

  it("infers shapes anew and refuses what no longer fits, by the layer", () => {
    const cut = succeed(select(small).where(isDense).layers)[0]!.op;
    const result = select(small)
      .where(isConvolution)
      .update(() => E.right(cut));
    expect(showRefusal(refused(result))).toContain("layer a/conv1: weights: found shape 48x2");
  });

  it("hands on what the rewrite refuses, with the layer", () => {
    const result = select(small)
      .where(isConvolution)
      .where(inScope("b"))
      .update((op) =>
        refuse({ where: "groups", found: `${op.groups}`, expected: "a depthwise convolution" }),
      );
    expect(showRefusal(refused(result))).toBe(
      "layer b/conv1: groups: found 1, expected a depthwise convolution",
    );
  });

  const { equals } = equalNetworks(rational);
  const scaledBy =
    (factor: number) =>
    (op: Operator<typeof rational.one>): E.Either<never, Operator<typeof rational.one>> => {
      const by = succeed(rational.fromNumber(factor));
      return E.right(
        op.kind === "dense"
          ? { ...op, weights: mapTensor(rational)(op.weights, (x) => rational.mul(by, x)) }
          : op,
      );
    };

  it("keeps the network where the rewrite keeps the operators", () => {
    fc.assert(
      fc.property(cases(rationals, {}), ({ network: n }) =>
        equals(succeed(select(n).where(isDense).update(E.right)), n),
      ),
    );
  });

  it("of one rewrite and then another is the update of both", () => {
    fc.assert(
      fc.property(cases(rationals, { kinds: ["dense", "activation", "add"] }), ({ network: n }) => {
        const once = succeed(
          select(n)
            .where(isDense)
            .update((op) => pipe(op, scaledBy(2), E.chain(scaledBy(3)))),
        );
        const twice = succeed(
          pipe(
            select(n).where(isDense).update(scaledBy(2)),
            E.chain((m) => select(m).where(isDense).update(scaledBy(3))),
          ),
        );
        return equals(once, twice) && classOfLayers(once.layers) === once.class;
      }),
    );
  });
});

describe("through", () => {
  it("gives a conversion the selection, and its certificate back", () => {
    const { network, certificate, roles } = succeed(
      select(small)
        .where(isConvolution)
        .where(inScope("a"))
        .assertCount(1)
        .through((isSelected) =>
          project(float32, { choose: (layer) => (isSelected(layer) ? "gate" : "train") }),
        ),
    );
    expect([...roles]).toEqual([
      ["a/conv1", "gated"],
      ["b/conv1", "trained"],
    ]);
    expect(E.isRight(check(float32)(small, network, certificate))).toBe(true);
  });
});
