import { describe, expect, it } from "vitest";
import { defaultPlan, readPlan } from "../../src/train/plan.js";
import { refused, succeed } from "../generators/succeed.js";

describe("readPlan", () => {
  it("fills in what is left out, and reads back what it wrote", () => {
    expect(succeed(readPlan({}))).toEqual(defaultPlan);
    const plan = succeed(
      readPlan({ epochs: 7, optimizer: { kind: "sgd", momentum: 0.5, weightDecay: 0 } }),
    );
    expect(plan).toMatchObject({ epochs: 7, batch: 32 });
    expect(succeed(readPlan(JSON.parse(JSON.stringify(plan)) as object))).toEqual(plan);
  });

  it("quotes what is out of range, and where", () => {
    expect(refused(readPlan({ epochs: 0 })).found).toMatch(/epochs: 0 .*at least 1/);
    expect(refused(readPlan({ rate: -1 })).found).toMatch(/rate: -1/);
    expect(refused(readPlan({ validation: 1 })).found).toMatch(/validation: 1 .*below 1/);
  });

  it("does not pass over misspelt fields, nor patience without validation", () => {
    expect(refused(readPlan({ epocs: 3 })).found).toBe("the fields epocs");
    expect(refused(readPlan({ patience: 2, validation: 0 })).expected).toMatch("validation share");
  });
});
