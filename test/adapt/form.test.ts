/** The forms of a network: what they hold, what they count, and what the compiler makes of them. */
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { formAfter, formNames, formsOf, type Form } from "../../src/adapt/form.js";
import { methods } from "../../src/adapt/methods.js";
import { withStatistics } from "../../src/adapt/statistics.js";
import { float32 } from "../../src/algebra/float32.js";
import { inferenceCost } from "../../src/compile/inferenceCost.js";
import { decodeWith } from "../../src/format/codec.js";
import { build, dense, input } from "../../src/model/builder.js";
import { countNetwork } from "../../src/model/count.js";
import { gatesOf } from "../../src/model/gates.js";
import { asClass, type Network } from "../../src/model/network.js";
import { merge } from "../../src/transform/merge.js";
import { refused, succeed } from "../generators/succeed.js";
import { pretrained } from "../train/task.js";

const source = withStatistics("frozen")(pretrained());
const [original, projected, switchable, merged] = succeed(formsOf(source, formNames)) as [
  Form,
  Form,
  Form,
  Form,
];

const gatesIn = (n: Network): readonly number[] =>
  [...gatesOf(succeed(asClass("Projected")(n))).values()].flatMap(({ data }) => Array.from(data));

describe("the forms of a network without gates", () => {
  it("are named in the order that was asked for", () => {
    expect(succeed(formsOf(source, ["merged", "original"])).map(({ name }) => name)).toEqual([
      "merged",
      "original",
    ]);
  });

  it("are the network itself, gates near one but not one, and the merge of these", () => {
    expect(original.network).toEqual(source);
    const gates = gatesIn(projected.network);
    expect(gates).toHaveLength(4 + 12);
    for (const gate of gates) expect(gate === 1 || gate < 0.4 || gate > 1.6).toBe(false);
    expect(merged.network).toEqual(succeed(merge(float32)(projected.network)).network);
    expect(switchable.network).toEqual(projected.network);
  });

  it("freeze statistics, which inference uses anyway", () => {
    const moving = withStatistics("batch")(source);
    expect(succeed(formsOf(moving, formNames))).toEqual(succeed(formsOf(source, formNames)));
  });

  it("have gates by the seed", () => {
    const gates = (seed: number) =>
      gatesIn(succeed(formsOf(source, ["projected"], seed))[0]!.network);
    expect(gates(7)).toEqual(gates(7));
    expect(gates(7)).not.toEqual(gates(8));
  });

  it("refuse gates where there is no convolution", () => {
    const mlp = succeed(pipe(input([4]), dense(3), build({ seed: 0 })));
    expect(succeed(formsOf(mlp, ["original"]))[0]!.network).toEqual(mlp);
    expect(refused(formsOf(mlp, ["original", "merged"])).found).toContain("none of them gated");
  });
});

describe("the forms of a network with gates", () => {
  it("keep its gates, and the original loses them", () => {
    const again = succeed(formsOf(projected.network, formNames, 9));
    expect(again[0]!.network).toEqual(original.network);
    expect(again.slice(1)).toEqual([projected, switchable, merged]);
  });
});

const cost = (form: Form, batch = 3) =>
  succeed(inferenceCost(form.network, batch, form.replaceable));

describe("what forms cost", () => {
  it("merged is to the last count what the original is, at every batch", () => {
    for (const batch of [1, 2, 17]) expect(cost(merged, batch)).toEqual(cost(original, batch));
  });

  it("gates that are constants are stored, and gone when the program is made", () => {
    const gates = gatesIn(projected.network).length;
    const { parameters, ...rest } = cost(projected);
    const { parameters: ordinary, ...plain } = cost(original);
    expect(parameters).toBe(ordinary + gates);
    expect(rest).toEqual(plain);
  });

  it("gates that can be replaced cost a product for each kernel element in every run, and their room", () => {
    const gates = gatesIn(projected.network).length;
    const kernels = countNetwork(source).kernelParameters;
    for (const batch of [1, 5]) {
      const [a, b] = [cost(original, batch), cost(switchable, batch)];
      expect(b.operations - a.operations).toBe(kernels);
      expect(b.resident - a.resident).toBe(4 * gates);
      expect(b.multiplyAdds).toBe(a.multiplyAdds);
    }
  });
});

describe("what a method leaves", () => {
  const after = (name: string) => {
    const method = methods.find((m) => m.name === name)!;
    return succeed(formAfter(succeed(decodeWith(method.choose, "method")({})))(source));
  };

  it("costs what the network costs where it merges, in two phases too", () => {
    for (const name of ["projection", "lora", "projection-then-full"])
      expect({ name, ...cost(after(name)) }).toEqual({ name, ...cost(original) });
  });

  it("costs more where adapters stay", () => {
    const [a, b] = [cost(original), cost(after("conv-adapter"))];
    for (const count of ["parameters", "multiplyAdds", "operations", "resident"] as const)
      expect(b[count], count).toBeGreaterThan(a[count]);
  });
});
