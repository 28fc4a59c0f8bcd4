/** Methods where a network gives them nothing to do, or less than usual. */
import { describe, expect, it } from "vitest";
import { adaptByHira } from "../../src/adapt/hira.js";
import { adaptByIa3 } from "../../src/adapt/ia3.js";
import { adaptLastStage, lastStageOf } from "../../src/adapt/lastStage.js";
import { adaptByLora } from "../../src/adapt/lora.js";
import { countTrained } from "../../src/adapt/method.js";
import { methods } from "../../src/adapt/methods.js";
import { startOf } from "../../src/adapt/reparametrisation.js";
import { adaptBySsf } from "../../src/adapt/ssf.js";
import { float32 } from "../../src/algebra/float32.js";
import { decodeWith } from "../../src/format/codec.js";
import { countNetwork } from "../../src/model/count.js";
import { build, conv, dense, flatten, input, relu } from "../../src/model/builder.js";
import type { Network } from "../../src/model/network.js";
import { project } from "../../src/transform/project.js";
import { pipe } from "fp-ts/lib/function.js";
import { adaptable } from "../train/task.js";
import { refused, succeed } from "../generators/succeed.js";

const classifierOnly = succeed(
  pipe(input([4, 4, 2]), flatten, dense(3), build({ seed: 0 })),
) as Network;
const denseOnly = succeed(
  pipe(input([4, 4, 2]), flatten, dense(5), relu, dense(3), build({ seed: 0 })),
) as Network;

describe("a method refuses a network that it would leave as it is", () => {
  const makers = {
    lora: adaptByLora(float32),
    hira: adaptByHira(float32),
    ia3: adaptByIa3(float32),
    ssf: adaptBySsf(float32),
  };
  for (const [name, prepare] of Object.entries(makers))
    it(name, () => {
      const projected = succeed(
        project(float32, { choose: ({ op }) => (op.kind === "dense" ? "train" : "gate") })({
          ...adaptable(),
          class: "GCNN",
        }),
      ).network;
      const gated = { ...projected, layers: projected.layers } as Network;
      expect(refused(prepare(classifierOnly)).where).toBe(`method ${name}`);
      if (name !== "ssf") expect(refused(prepare(gated)).advice).toMatch(/merge a projected/);
      expect(countTrained(succeed(prepare(denseOnly)))).toBeGreaterThan(18);
    });
});

describe("last-stage", () => {
  it("is all of a network of one resolution, or of none", () => {
    expect(lastStageOf(denseOnly)).toEqual(denseOnly.layers.slice(1).map(({ name }) => name));
    const all = countTrained(succeed(adaptLastStage({ from: null })(denseOnly)));
    expect(all).toBe(countNetwork(denseOnly).parameters);
  });

  it("begins where the resolution last falls", () => {
    const staged = succeed(
      pipe(
        input([8, 8, 1]),
        conv({ filters: 2, kernel: 3, name: "a" }),
        conv({ filters: 2, kernel: 3, strides: 2, name: "b" }),
        conv({ filters: 2, kernel: 3, name: "c" }),
        conv({ filters: 2, kernel: 3, strides: 2, name: "d" }),
        conv({ filters: 2, kernel: 3, name: "e" }),
        flatten,
        dense(3, { name: "f" }),
        build({ seed: 0 }),
      ),
    ) as Network;
    const { trainable } = succeed(adaptLastStage({ from: null })(staged));
    expect([...trainable].map((name) => name.split("/")[0])).toEqual([
      ...["d", "d", "e", "e"],
      ...["f", "f"],
    ]);
    expect(refused(adaptLastStage({ from: "x" })(staged)).found).toBe('no layer "x"');
    const fromC = succeed(adaptLastStage({ from: "c" })(staged)).trainable;
    expect(fromC.has("c/kernel") && !fromC.has("b/kernel")).toBe(true);
  });
});

describe("low-rank factors", () => {
  it("have PEFT's shapes, and no more rank than what they make", () => {
    const net = succeed(
      pipe(
        input([8, 8, 4]),
        conv({ filters: 6, kernel: 3, name: "c" }),
        conv({ filters: 6, kernel: 3, groups: 2, name: "g" }),
        flatten,
        dense(2),
        build({ seed: 0 }),
      ),
    ) as Network;
    const shapes = (rank: number) =>
      Object.fromEntries(
        Object.entries(
          startOf(
            succeed(adaptByLora(float32, { rank, alpha: 1, seed: 0 })(net)).reparametrisation,
          ),
        ).map(([name, { shape }]) => [name, shape]),
      );
    expect(shapes(4)).toEqual({
      ...{ "c/lora_a": [36, 4], "c/lora_b": [4, 6] },
      ...{ "g/lora_a": [27, 4], "g/lora_b": [2, 6] },
    });
    expect(shapes(1e9)).toEqual({
      ...{ "c/lora_a": [36, 6], "c/lora_b": [6, 6] },
      ...{ "g/lora_a": [27, 6], "g/lora_b": [3, 6] },
    });
  });
});

it("every method says how much it would train, and merges at the start to what it started from", () => {
  const start = adaptable();
  for (const { name, choose } of methods) {
    const [phase] = succeed(decodeWith(choose, name)({})).phases;
    const adaptation = succeed(phase!.prepare(start));
    const count = countTrained(adaptation);
    expect(count).toBeGreaterThan(0);
    const { merged } = succeed(
      adaptation.finish(adaptation.network, startOf(adaptation.reparametrisation)),
    );
    const costs = name === "conv-adapter" ? 1 : 0;
    expect(Math.sign(countNetwork(merged).multiplyAdds - countNetwork(start).multiplyAdds)).toBe(
      costs,
    );
  }
});

describe("options beyond reason are refused, each with what is expected", () => {
  it.each([
    ["projection", { spread: -1 }, "a deviation at least 0 and at most 100"],
    ["projection", { spread: Infinity }, "a deviation at least 0 and at most 100"],
    ["projection", { seed: -1 }, "a seed: a whole number of at least 0"],
    ["projection", { l1: -1 }, "a penalty at least 0"],
    ["lora", { rank: 0 }, "a rank: a whole number of at least 1"],
    ["conv-adapter", { seed: 0.5 }, "a seed: a whole number of at least 0"],
  ])("%s with %o", (name, options, expected) => {
    const { choose } = methods.find((each) => each.name === name)!;
    expect(refused(decodeWith(choose, name)(options)).found).toContain(`where ${expected} belongs`);
  });
});
