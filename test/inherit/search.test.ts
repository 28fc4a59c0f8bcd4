/** The search for a counterexample: how far it shrinks, and that its path leads to it again. */
import { describe, expect, it } from "vitest";
import { classes, evidenceFor, gatePermutation, type Place } from "heirloom/inherit";

const [, , projected] = classes;

/** The technique with a count of the places that its law was asked about. */
const counting = () => {
  const asked = { places: 0 };
  const holds = (p: Place) => {
    asked.places++;
    return gatePermutation.law.holds(p);
  };
  return {
    asked,
    technique: { ...gatePermutation, law: { ...gatePermutation.law, holds } },
  };
};

describe("shrinking", () => {
  const found = (shrinks: number) => {
    const { asked, technique } = counting();
    const { counterexample, runs } = evidenceFor(technique, projected, { seed: 3, shrinks });
    return { counterexample: counterexample!, places: asked.places - runs };
  };

  it("tries as many places as it may, and gives what it has by then", () => {
    const [none, few, many] = [0, 50, 2000].map(found);
    // The place that is given is asked about once more, for what was found there.
    expect(none!.places).toBe(1);
    expect(few!.places).toBeLessThanOrEqual(51);
    expect(many!.counterexample.shown.length).toBeLessThan(none!.counterexample.shown.length);
    expect(none!.counterexample.path).not.toContain(":");
  });

  it.each([0, 50, 2000])("with %d places leads to a place that its path leads to again", (n) => {
    const { shown, path, seed } = found(n).counterexample;
    const again = evidenceFor(gatePermutation, projected, { seed, path }).counterexample;
    expect(again!.shown).toBe(shown);
  });
});
