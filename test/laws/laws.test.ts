/**
 * Every law of the registry on random networks, under its name and those of the theorems it tries. A failure
 * prints the shrunk network and the command that runs it again.
 */
import { readFileSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational } from "../../src/algebra/rational.js";
import { showRefusal } from "../../src/algebra/refusal.js";
import type { Ring } from "../../src/algebra/ring.js";
import { rationals } from "../../src/laws/generators/ring.js";
import { casesOf, type Law } from "../../src/laws/law.js";
import { laws, lawsNamed } from "../../src/laws/registry.js";
import { runLaw } from "../../src/laws/run.js";
import { refused, succeed } from "../generators/succeed.js";

const seed = fc.readConfigureGlobal()?.seed ?? 0;

const titleOf = ({ name, theorems, statement }: Law): string =>
  `${[...new Set([name, ...theorems])].join(", ")}: ${statement}`;

describe("on random networks", () => {
  it.each(laws.map((l) => [titleOf(l), l] as const))("%s", (_, l) => {
    const { failure, runs } = runLaw(l, { runs: 40, seed });
    expect(
      failure === null
        ? "holds"
        : [
            showRefusal(failure.refusal),
            failure.over,
            failure.counterexample,
            `heirloom laws --law ${l.name} --seed ${failure.seed} --path ${failure.path}`,
          ].join("\n"),
    ).toBe("holds");
    expect(runs).toBe(40);
  });
});

/** A ring in which nothing equals anything. */
const nowhereEqual = <A>(ring: Ring<A>): Ring<A> => ({ ...ring, equals: () => false });

/** A ring whose product is off by one, so that it neither distributes nor has a unit. */
const skewed: Ring<typeof rational.zero> = {
  ...rational,
  mul: (x, y) => rational.add(rational.mul(x, y), rational.one),
};

/** The share of a law's cases that it does not hold at over another ring with the same elements. */
const shareBroken = (l: Law, ring: Ring<typeof rational.zero>): number => {
  const drawn = fc.sample(casesOf(l)(rationals), { numRuns: 60, seed });
  const broken = drawn.filter((c) => E.isLeft(l.holds({ ...rationals, ring })(c)));
  return broken.length / drawn.length;
};

/** Laws that say what is refused, or what is read where, or that nothing changes: no two elements are compared. */
const structural = [
  "grid_centre",
  "embed_refuses",
  "recognise_refuses",
  "project_refuses",
  "unmerge_refuses",
  "merge_idempotent",
  "certificates_hold",
];

/** Laws whose two sides do the same sums and products, or none: any operation satisfies them. */
const withoutArithmetic = [
  ...structural,
  "recognise_after_embed",
  "embed_after_recognise",
  "T2_general",
  "T2_strict",
  "T2_collapse",
  "T2_grid",
  "gffn_network_local",
  "network_strict",
  "T3_gffn_form",
  "T3_factor",
  "gates_lens",
  "unmerge_after_merge",
  "T6_stride",
  "run_rel",
  "evaluation_composes",
  "conversions_compose",
];

describe("no law is empty", () => {
  it.each(laws.map((l) => l.name).filter((name) => !structural.includes(name)))(
    "%s compares elements in most cases",
    (name) => {
      const [l] = succeed(lawsNamed(name));
      expect(shareBroken(l!, nowhereEqual(rational))).toBeGreaterThan(0.5);
    },
  );
  it.each(laws.map((l) => l.name).filter((name) => !withoutArithmetic.includes(name)))(
    "%s fails where the product is no product",
    (name) => {
      const [l] = succeed(lawsNamed(name));
      expect(shareBroken(l!, skewed)).toBeGreaterThan(0.1);
    },
  );
});

describe("the registry", () => {
  it("is the table of docs/laws.md", () => {
    const page = readFileSync(new URL("../../docs/laws.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm)];
    const written = rows.filter(([, name]) => laws.some((l) => l.name === name));
    expect(written.map(([, name, text]) => [name, text])).toEqual(
      laws.map((l) => {
        const others = l.theorems.filter((theorem) => theorem !== l.name);
        return [l.name, l.statement + (others.length === 0 ? "" : ` (${others.join(", ")})`)];
      }),
    );
  });
  it("has unique names, and finds laws by theorem", () => {
    expect(new Set(laws.map((l) => l.name)).size).toBe(laws.length);
    expect(succeed(lawsNamed("T1_subset")).map((l) => l.name)).toEqual(["T1_embed"]);
    expect(succeed(lawsNamed("T4_merge")).map((l) => l.name)).toEqual(["T4_merge"]);
    expect(refused(lawsNamed("T9")).found).toBe("T9");
  });
});
