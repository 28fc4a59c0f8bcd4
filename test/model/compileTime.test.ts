/**
 * Types of deep networks stay cheap to check. Seconds depend on the machine (test/bench/compileTime.ts measures
 * them); how many types the compiler makes out of generic ones does not.
 */
import { describe, expect, it } from "vitest";
import { denseNet121, resNet152 } from "../bench/writtenOut.js";
import { compile } from "../compile.js";

describe("a network that is written out layer by layer", () => {
  it.each([
    ["ResNet-152", resNet152()],
    ["DenseNet-121", denseNet121()],
  ])("%s: is checked, at fewer than 100,000 types in all", (_, source) => {
    const { errors, instantiations } = compile(source);
    expect(errors).toEqual([]);
    expect(instantiations).toBeLessThan(100_000);
  });

  it("is checked to the end: another number of classes is an error", () => {
    const { errors } = compile(resNet152().replace("readonly [1000]", "readonly [1001]"));
    expect(errors).toHaveLength(1);
    expect(errors[0]!.text).toContain("Type '1000' is not assignable to type '1001'");
  });
});
