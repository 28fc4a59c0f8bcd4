import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { refuse, showRefusal, type Result } from "../../src/algebra/refusal.js";
import { build, conv, dense, flatten, input, relu, residual } from "../../src/model/builder.js";
import { countLayer, countNetwork, saving } from "../../src/model/count.js";
import {
  flatMapLayers,
  insertAfter,
  mapOperators,
  removeLayer,
  replaceOperator,
} from "../../src/model/edit.js";
import { inventoryOf } from "../../src/model/inventory.js";
import type { Network } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";

const value = <A>(result: Result<A>): A => {
  if (E.isLeft(result)) throw new Error(showRefusal(result.left));
  return result.right;
};
const words = (result: Result<unknown>): string =>
  E.isLeft(result) ? showRefusal(result.left) : "no refusal";
const wires = (n: Network) => n.layers.map((l) => `${l.name} <- ${l.inputs.join(" ")}`);

const n = value(
  pipe(
    input([4, 4, 2]),
    residual((x) => pipe(x, conv({ filters: 2, kernel: 3 }))),
    relu,
    flatten,
    dense(3),
    build({ seed: 0 }),
  ),
);
const tanh: Operator = { kind: "activation", fn: { name: "tanh" } };

describe("edits", () => {
  it("insert a layer behind another: all its readers read the new one", () => {
    expect(wires(value(insertAfter("input", { name: "t", op: tanh })(n))).slice(0, 4)).toEqual([
      "input <- ",
      "t <- input",
      "conv1 <- t",
      "add1 <- t conv1",
    ]);
    const last = value(insertAfter("dense1", { name: "t", op: tanh })(n));
    expect(wires(last).at(-1)).toBe("t <- dense1");
  });

  it("remove what they inserted", () => {
    const inserted = value(insertAfter("add1", { name: "t", op: tanh })(n));
    expect(value(removeLayer("t")(inserted))).toEqual(n);
  });

  it("keep a network as it is when nothing changes", () => {
    expect(value(flatMapLayers((layer) => [layer])(n))).toEqual(n);
    expect(value(mapOperators((op) => E.right(op))(n))).toEqual(n);
  });

  it("replace one operator and infer the shapes again", () => {
    const replaced = value(replaceOperator("relu1", tanh)(n));
    expect(replaced.layers.map((l) => l.op.kind)).toEqual(n.layers.map((l) => l.op.kind));
    expect(replaced.layers[3]!.op).toEqual(tanh);
    const pooled = replaceOperator("relu1", {
      kind: "globalPool",
      reduce: "max",
      keepAxes: true,
    } as Operator)(n);
    expect(words(pooled)).toContain("layer dense1: weights: found shape 32x3");
  });

  it("refuse names that are not there, layers of two inputs, and what `f` refuses", () => {
    expect(words(insertAfter("nobody", { name: "t", op: tanh })(n))).toContain(
      "no layer named nobody",
    );
    expect(words(replaceOperator("nobody", tanh)(n))).toContain("no layer named nobody");
    expect(words(insertAfter("add1", { name: "conv1", op: tanh })(n))).toContain(
      "second layer of this name",
    );
    expect(words(removeLayer("add1")(n))).toBe(
      "layer add1: found 2 inputs (input, conv1), expected exactly one, for the readers to read instead",
    );
    expect(words(removeLayer("input")(n))).toContain("found 0 inputs");
    const refused = mapOperators((_, { name }) =>
      refuse({ where: name, found: "it", expected: "none" }),
    )(n);
    expect(words(refused)).toBe("input: found it, expected none");
  });
});

describe("counts and inventory of a small network", () => {
  it("are worked by hand", () => {
    expect(n.layers.map((layer) => countLayer(layer).parameters)).toEqual([0, 38, 0, 0, 0, 99]);
    expect(countNetwork(n)).toEqual({
      parameters: 137,
      statistics: 0,
      kernelParameters: 36,
      oneByOneParameters: 0,
      gates: 4,
      multiplyAdds: 16 * 36 + 96,
    });
    expect(saving(countNetwork(n))).toBe(1 - 4 / 36);
    expect(saving(countLayer(n.layers[0]!))).toBe(0);
  });

  it("list every layer with its class, window, weights and saving", () => {
    const { rows, oneByOne, total } = inventoryOf(n);
    expect(rows.map((row) => [row.name, row.class, row.saving])).toEqual([
      ["input", null, 0],
      ["conv1", "GCNN", 1 - 1 / 9],
      ["add1", null, 0],
      ["relu1", null, 0],
      ["flatten1", null, 0],
      ["dense1", "GFFN", 0],
    ]);
    expect(rows[1]).toMatchObject({
      groups: 1,
      weights: [
        { name: "kernel", shape: [3, 3, 2, 2] },
        { name: "bias", shape: [2] },
      ],
    });
    expect(rows[1]!.geometry!.map((a) => [a.kernel, a.low, a.high])).toEqual([
      [3, 1, 1],
      [3, 1, 1],
    ]);
    expect(oneByOne).toEqual([]);
    expect(total).toEqual(countNetwork(n));
  });
});
