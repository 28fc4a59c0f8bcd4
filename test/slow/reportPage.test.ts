/**
 * The page of a comparison in real Chromium: what it loads, that it is legible in light and dark and on a phone, and
 * that the keyboard reaches and works everything.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { heirloom } from "../cli/recorder.js";
import { appendFailure } from "../../src/compare/failures.js";
import { succeed } from "../generators/succeed.js";
import { diverged } from "../compare/diverged.js";
import { small } from "../compare/comparisons.js";
import { comparisonFolder } from "../compare/folder.js";
import { chromium, howToInstall, launch } from "./chromium.js";

const desktop = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };

const comparison = {
  ...small,
  models: ["resnet50", "vgg11"],
  data: { ...small.data, cutouts: ["animals", "a class with a longer name", "plants"] },
  methods: [...small.methods, "projection:pointwise=freeze", "lora:rank=4"],
  seeds: [0, 1, 2],
};

if (chromium === null) console.warn(howToInstall);

describe.skipIf(chromium === null)(`the page in Chromium (${chromium ?? howToInstall})`, () => {
  let folder: string;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "heirloom-page-"));
    await comparisonFolder(folder, comparison);
    for (const { run, refusal } of diverged([{ rateFactor: 3 }, { rateFactor: 10 }]))
      succeed(
        await appendFailure(join(folder, "failures.jsonl"), run, {
          ...refusal,
          found: "loss NaN ".repeat(20) + "x".repeat(200),
        }),
      );
    expect(await heirloom("report", folder)).toMatchObject({ code: 0, messages: [] });
    address = pathToFileURL(join(folder, "report.html")).href;
    browser = await launch(chromium!);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A page, and what it complains of or asks for besides itself. */
  interface Opened {
    readonly page: Page;
    readonly noted: readonly string[];
    /** Ask the functions of inPage.js. */
    readonly ask: <A>(question: string) => Promise<A>;
  }

  const opened = async (options: BrowserContextOptions): Promise<Opened> => {
    const page = await (await browser.newContext(options)).newPage();
    const noted: string[] = [];
    page.on("console", (message) => noted.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => noted.push(error.message));
    page.on("request", (request) => {
      if (request.url() !== address && !request.url().startsWith("data:"))
        noted.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    await page.evaluate(
      await readFile(fileURLToPath(new URL("inPage.js", import.meta.url)), "utf8"),
    );
    return { page, noted, ask: (question) => page.evaluate(`inPage.${question}`) };
  };

  const windows: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
    ["light on a desktop", { viewport: desktop, colorScheme: "light" }],
    ["dark on a desktop", { viewport: desktop, colorScheme: "dark" }],
    ["light on a phone", { viewport: phone, colorScheme: "light" }],
    ["dark on a phone", { viewport: phone, colorScheme: "dark" }],
    ["light on a phone without its script", { viewport: phone, javaScriptEnabled: false }],
  ];

  test.each(windows)("%s it asks for nothing, fits, and is legible", async (_, options) => {
    const { page, noted, ask } = await opened(options);
    expect(await ask("overflowing()")).toEqual([]);
    expect(await ask("width()")).toBe(options.viewport!.width);
    expect(await ask("faintTexts(4.5)")).toEqual([]);
    expect(await ask<number>("texts()")).toBeGreaterThan(500);
    const contrasts = await ask<readonly number[]>("markContrasts()");
    expect(contrasts.length).toBeGreaterThanOrEqual(5);
    expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(3);
    expect(noted).toEqual([]);
    await page.context().close();
  });

  test("every image decodes", async () => {
    const { page, ask } = await opened({});
    const { broken, of } = await ask<{ broken: readonly string[]; of: number }>("brokenImages()");
    expect(broken).toEqual([]);
    expect(of).toBeGreaterThan(100);
    await page.context().close();
  });

  test("dark is dark, and light is light", async () => {
    const grounds = await Promise.all(
      (["light", "dark"] as const).map(async (colorScheme) =>
        (await opened({ colorScheme })).ask("ground()"),
      ),
    );
    expect(grounds).toEqual(["rgb(255, 255, 255)", "rgb(13, 17, 23)"]);
  });

  test("without its script everything is shown, and the choice is not", async () => {
    const { page, ask } = await opened({ javaScriptEnabled: false });
    const { all, shown } = await ask<{ all: number; shown: number }>("scenes()");
    expect(shown).toBe(all);
    expect(all).toBeGreaterThan(40);
    expect(await page.locator("#choice").isVisible()).toBe(false);
  });

  describe("with the keyboard alone", () => {
    interface Focus {
      readonly place: number;
      readonly name: string;
      readonly isSeen: boolean;
    }

    test("everything that can be worked is reached in order, and one sees the focus", async () => {
      const { page, ask } = await opened({ viewport: desktop });
      const wanted = await ask<number>("workable()");
      expect(wanted).toBeGreaterThan(30);
      const reached: Focus[] = [];
      for (let i = 0; i < wanted; i++) {
        await page.keyboard.press("Tab");
        reached.push(await ask<Focus>("focused()"));
      }
      expect(reached.filter(({ isSeen }) => !isSeen)).toEqual([]);
      // Each step goes on in the page, so that as many steps as there are places leave none out.
      const places = reached.map(({ place }) => place);
      expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
    });

    test("the arrows choose model, data and labels, and the list the method", async () => {
      const { page, ask } = await opened({ viewport: desktop });
      const first = { model: ["0"], set: ["0"], budget: ["0"], method: ["3"], lit: ["3"] };
      expect(await ask("choices()")).toEqual(first);
      for (const [name, then] of [
        ["model", { ...first, model: ["1"] }],
        ["set", { ...first, model: ["1"], set: ["1"] }],
        ["budget", { ...first, model: ["1"], set: ["1"], budget: ["1"] }],
      ] as const) {
        await page.focus(`input[name=${name}]:checked`);
        await page.keyboard.press("ArrowRight");
        expect(await ask("choices()")).toEqual(then);
      }
      await page.focus("select[name=method]");
      await page.keyboard.press("ArrowDown");
      expect(await ask("choices()")).toMatchObject({ lit: ["4"] });
    });

    test("a method without gates says which have some", async () => {
      const { page } = await opened({ viewport: desktop });
      const words = page.locator("#gates .none");
      expect(await words.isVisible()).toBe(false);
      await page.selectOption("select[name=method]", { label: "full" });
      expect(await words.isVisible()).toBe(true);
      expect(await words.textContent()).toContain(
        "Methods with gates: projection:pointwise=freeze, projection.",
      );
    });

    test("what is folded opens with Enter, and a wide table scrolls with the arrows", async () => {
      const { page } = await opened({ viewport: phone });
      await page.focus("#differences summary");
      await page.keyboard.press("Enter");
      expect(await page.locator("#differences details table").isVisible()).toBe(true);
      const region = page.locator("#all .scroll");
      await region.focus();
      for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
      await expect.poll(() => region.evaluate((e) => e.scrollLeft)).toBeGreaterThan(0);
    });
  });
});
