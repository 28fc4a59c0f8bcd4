/** The inheritance table: of classes, and of a network layer by layer. */
import { pipe } from "fp-ts/lib/function.js";
import { describe, expect, it } from "vitest";
import { build, conv, dense, flatten, float32, input, project, relu, type Network } from "heirloom";
import {
  classes,
  connectionPruning,
  evidenceFor,
  gatePermutation,
  inheritanceTable,
  magnitudePruning,
  reluRescaling,
  singles,
  tableOf,
  techniques,
} from "heirloom/inherit";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { succeed } from "../generators/succeed.js";

describe("the table of classes", () => {
  it("has laws that hold where it says inherited", () => {
    for (const { technique, cells } of inheritanceTable({ evidence: false }))
      for (const { inherited, missing, class: of } of cells) {
        const where = `${technique.name} on ${of}`;
        expect([where, inherited]).toEqual([where, missing.length === 0]);
        if (!inherited) continue;
        const own = classes.find(({ name }) => name === of)!;
        const { counterexample } = evidenceFor(technique, own, { runs: 40 });
        expect([where, counterexample]).toEqual([where, null]);
      }
  });
  it("has a counterexample where it refuses", () => {
    for (const { technique, cells } of inheritanceTable({ evidence: false }))
      for (const { inherited, class: of } of cells) {
        if (inherited) continue;
        const own = classes.find(({ name }) => name === of)!;
        const found = evidenceFor(technique, own, { runs: 600 }).counterexample;
        expect([technique.name, of, found === null]).toEqual([technique.name, of, false]);
      }
  });
  it("quotes theorems that there are", () => {
    const proofs = fileURLToPath(new URL("../../proofs/", import.meta.url));
    const text = ["Inheritance", "Techniques", "Fitting", "Symmetries", "Refusals", "Count"]
      .map((name) => readFileSync(`${proofs}${name}.v`, "utf8"))
      .join("\n");
    const stated = new Set(
      [...text.matchAll(/^(?:Theorem|Lemma) (\w+)/gm)].map(([, name]) => name!),
    );
    for (const { cells } of inheritanceTable({ evidence: false }))
      for (const { theorems, technique, class: of } of cells) {
        expect([technique, of, theorems.length > 0]).toEqual([technique, of, true]);
        expect([technique, theorems.filter((name) => !stated.has(name))]).toEqual([technique, []]);
      }
  });
  it("has unique names, sources and statements", () => {
    expect(new Set(techniques.map(({ name }) => name)).size).toBe(techniques.length);
    for (const { source, does, law } of techniques)
      expect([source, does, law.statement].every((text) => text.length > 10)).toBe(true);
  });
});

describe("the table of a network", () => {
  const cnn = succeed(
    pipe(
      input([5, 5, 2]),
      conv({ filters: 3, kernel: 3 }),
      relu,
      flatten,
      dense(3),
      build({ seed: 0 }),
    ),
  );
  const gated: Network<"Projected"> = succeed(project(float32)(cnn)).network;
  const rows = tableOf(singles)(gated, [
    magnitudePruning,
    connectionPruning,
    gatePermutation,
    reluRescaling,
  ]);

  it("has a verdict for each layer, and the total", () => {
    expect(rows.map((row) => row.layers.map(({ layer, verdict }) => [layer, verdict]))).toEqual([
      [
        ["conv1", "inherited"],
        ["dense1", "inherited"],
      ],
      [
        ["conv1", "inherited"],
        ["dense1", "inherited"],
      ],
      [
        ["conv1", "refused"],
        ["dense1", "elsewhere"],
      ],
      [
        ["conv1", "inherited"],
        ["dense1", "elsewhere"],
      ],
    ]);
    expect(rows.map(({ inherited }) => inherited)).toEqual([true, true, false, true]);
    expect(rows[2]!.total).toEqual({
      inherited: { layers: 0, scalars: 0 },
      refused: { layers: 1, scalars: 6 },
      elsewhere: { layers: 1, scalars: 225 },
    });
  });
  it("says why, and finds a counterexample when asked", () => {
    const [cell] = rows[2]!.layers;
    expect(cell!.missing.map(({ assumption }) => assumption.name)).toEqual(["homogeneous"]);
    expect(cell!.missing[0]!.reason.found).toContain("frozen kernels of input 0");
    const found = cell!.counterexample({ seed: 5 })!;
    expect(found.technique).toBe("gate permutation");
    expect(cell!.counterexample({ seed: 5, path: found.path })!.shown).toBe(found.shown);
  });
});
