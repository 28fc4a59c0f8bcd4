/** The comparison page as text; how it behaves in a browser is for test/slow/reportPage.test.ts. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  emptyGallery,
  withPictures,
  type Gallery,
} from "../../../src/report/comparison/gallery.js";
import { comparisonReport } from "../../../src/report/comparison/report.js";
import { comparisonOpening, comparisonPage } from "../../../src/report/comparisonPage.js";
import { runId } from "../../../src/compare/record.js";
import { gridOf, madeUpRecords, small, type MadeUp } from "../../compare/comparisons.js";
import { madeUpPictures } from "../../compare/madeUpPictures.js";
import { succeed } from "../../generators/succeed.js";
import { isWellFormed } from "../wellFormed.js";
import { torn } from "./torn.js";

const reportOf = (of: MadeUp) =>
  succeed(comparisonReport("it", "results.jsonl", madeUpRecords(of)));

const galleryOf = ({ groups }: ReturnType<typeof reportOf>): Gallery =>
  groups.reduce(
    (gallery, group) =>
      withPictures(gallery, {
        group,
        seed: group.runs[0]!.run.seed,
        pictures: madeUpPictures(group.runs[0]!),
      }),
    emptyGallery,
  );

const report = reportOf(small);
const gallery = galleryOf(report);
const page = comparisonPage(report, gallery);

const hostile = '<script>alert("x")</script>';

describe("the page", () => {
  it("is well-formed", () => {
    expect(page.startsWith(comparisonOpening)).toBe(true);
    expect(isWellFormed(page.slice(comparisonOpening.length))).toBe(true);
  });

  it("escapes whatever comes from files", () => {
    const names = reportOf({
      ...small,
      models: [hostile],
      data: { "a&b\"'": [hostile, "'&\"", "\u0000"] },
      methods: [hostile, "projection"],
      epochs: 1,
    });
    const text = comparisonPage(names, galleryOf(names));
    expect(isWellFormed(text.slice(comparisonOpening.length))).toBe(true);
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
  });

  it("needs nothing from elsewhere, and says so to the browser", () => {
    const loads = [...page.matchAll(/\b(?:src|href)="([^"#][^"]*)"/g)].map(([, to]) => to!);
    expect(loads.length).toBeGreaterThan(10);
    for (const to of loads) expect(to).toMatch(/^data:image\/png;base64,/);
    expect(page).not.toMatch(/https?:|@import|url\(|<link/);
    const script = /<script>([\s\S]*?)<\/script>/.exec(page)![1]!;
    const hash = createHash("sha256").update(script).digest("base64");
    expect(page).toContain(`default-src &#39;none&#39;; img-src data:;`);
    expect(page).toContain(`script-src &#39;sha256-${hash}&#39;`);
  });

  it("leads from its contents to every section", () => {
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!);
    const sections = [...page.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(targets)).toEqual(new Set(sections));
    expect(sections).toHaveLength(new Set(sections).size);
    expect(sections).toEqual([
      ...["parameters", "budget", "differences", "controls", "curves", "confusion", "mistakes"],
      ...["gates", "cost", "rates", "all", "provenance", "reading"],
    ]);
  });

  it("has a name for every picture, chart and region that scrolls", () => {
    for (const [svg] of page.matchAll(/<svg class="plot"[^>]*>/g))
      expect(svg).toMatch(/role="img" aria-label="[^"]{20,}"/);
    for (const [image] of page.matchAll(/<img [^>]*>/g)) expect(image).toMatch(/ alt="[^"]{8,}"/);
    const regions = [...page.matchAll(/<div class="scroll[^>]*>/g)].map(([region]) => region);
    expect(regions.length).toBeGreaterThan(10);
    for (const region of regions) expect(region).toMatch(/role="region" tabindex="0" aria-label="/);
  });

  it("says in a table what each chart shows", () => {
    for (const { accuracy } of report.groups)
      expect(page).toContain(`>${(100 * accuracy.mean).toFixed(1)} ± `);
  });

  it("warns where too few seeds decide nothing", () => {
    expect(page).toContain("this test cannot come below p = 0.500");
    expect(page).toContain("There are too few blocks for the tests of methods against each other");
  });

  it("is the same for the same results in another order", () => {
    const turned = succeed(
      comparisonReport("it", "results.jsonl", [...madeUpRecords(small)].reverse()),
    );
    const sections = (text: string): readonly string[] =>
      text.split("<section").filter((part) => !part.startsWith(' id="provenance"'));
    expect(sections(comparisonPage(turned, galleryOf(turned)))).toEqual(sections(page));
  });

  it("says in words where the mean and the ranks disagree", () => {
    const made = comparisonPage({ ...report, methods: report.methods.map(torn) }, gallery);
    // Against the reference two, of all pairs three.
    expect(made.match(/>open: the mean and the ranks disagree</g)).toHaveLength(5);
    expect(made).toContain(">+10.0 ?<");
    expect(made).not.toMatch(/<section id="differences">.*class="number better"/s);
    expect(page).not.toContain(">open: the mean and the ranks disagree<");
  });

  it("says what a seed draws, and that the seeds share a rate where they do", () => {
    const shared = "their spread does not contain that of the search";
    const grid = gridOf({ ...small, rateFactors: [1, 3] });
    const of = (search: "every seed" | "first seed", records = madeUpRecords(small)): string =>
      comparisonPage(
        succeed(comparisonReport("it", "r", records, { ...grid, search })),
        emptyGallery,
      );
    expect(page).toContain("The new classifier starts at zero");
    expect(page).toContain("which of them validate");
    expect(page).toContain("the same number of epochs in all its phases together");
    expect(page).not.toContain(shared);
    expect(of("every seed")).not.toContain(shared);
    expect(of("first seed")).toContain(shared);
    // Without a grid: only the first seed has several runs.
    const searched = madeUpRecords({ ...small, rateFactors: [1, 3] });
    const once = searched.filter(({ run }) => run.seed === 0 || run.rateFactor === 1);
    const without = (records: typeof searched): string =>
      comparisonPage(succeed(comparisonReport("it", "r", records)), emptyGallery);
    expect(without(once)).toContain(shared);
    expect(without(searched)).not.toContain(shared);
    expect(without(searched.filter(({ run }) => run.seed === 0))).not.toContain(shared);
  });

  it("has the runs that failed, and no such section where none did", () => {
    const run = { ...report.records[0]!.run, method: hostile, rateFactor: 3 };
    const refusal = { where: hostile, found: "loss NaN", expected: "a number" };
    const failures = [{ id: runId(run), run, refusal }];
    const made = succeed(comparisonReport("it", "r", madeUpRecords(small), null, failures));
    const text = comparisonPage(made, emptyGallery);
    expect(isWellFormed(text.slice(comparisonOpening.length))).toBe(true);
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).toContain('<section id="failed">');
    expect(text).toContain("1 run came to no result");
    expect(text).toContain("found loss NaN, expected a number");
  });

  it("stands without pictures, controls, validation and a second method", () => {
    const records = madeUpRecords({
      ...small,
      methods: ["projection"],
      filters: ["pretrained"],
      seeds: [0],
      budgets: [null],
    }).map((record) => ({
      ...record,
      validation: null,
      phases: record.phases.map((phase) => ({
        ...phase,
        restored: null,
        history: phase.history.map((epoch) => ({ ...epoch, validation: null })),
      })),
    }));
    const bare = comparisonPage(succeed(comparisonReport("it", "r", records)), emptyGallery);
    expect(isWellFormed(bare.slice(comparisonOpening.length))).toBe(true);
    expect(bare).not.toContain('id="mistakes"');
    expect(bare).toContain("There are no two methods that share");
    expect(bare).toContain("No method was run on random filters");
    expect(bare).toContain("No pictures of these gates stand beside the results");
  });
});

describe("the gallery", () => {
  it("keeps the gates of each method at the largest budget, and no picture of a control", () => {
    expect(gallery.gates.map(({ group }) => [group.method, group.perClass])).toEqual([
      ["projection", null],
    ]);
    const methods = [...gallery.images.values()]
      .flat()
      .flatMap((image) => image.readings.map(({ method }) => method));
    expect(new Set(methods)).toEqual(new Set(["probe", "projection", "full"]));
  });

  it("shows each image once, with what every method took it for", () => {
    for (const images of gallery.images.values()) {
      expect(new Set(images.map(({ png }) => png)).size).toBe(images.length);
      // Three methods with 24 mistakes each.
      expect(images.reduce((n, { readings }) => n + readings.length, 0)).toBe(3 * 24);
    }
  });
});
