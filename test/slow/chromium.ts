/** The browser of the tests: Chromium as the system has it, driven by playwright-core, which downloads nothing. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium as driver, type Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The path of Chromium, null where there is none; CHROMIUM names another. */
export const chromium: string | null =
  process.env["CHROMIUM"] ??
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path)) ??
  null;

/** What to do where there is none. */
export const howToInstall =
  "no Chromium was found: install Debian's package chromium (apt-get install chromium), or set CHROMIUM to its path";

/** Start it. Its sandbox does not work for root, as which containers run. */
export const launch = (executablePath: string): Promise<Browser> =>
  driver.launch({
    executablePath,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
