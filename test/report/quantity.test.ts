import { expect, test } from "vitest";
import { showBytes, showCount, showCounted, showMillions, showSeconds, showShare } from "heirloom";

test("counts are grouped by thousands and shortened by millions", () => {
  expect(showCount(25636712)).toBe("25,636,712");
  expect([25636712, 13_390, 9_999, 2.5e9].map(showMillions)).toEqual([
    "25.64M",
    "13.4k",
    "9,999",
    "2.50G",
  ]);
});

test("a noun takes an s unless there is one", () => {
  expect([0, 1, 1200].map((n) => showCounted(n, "layer"))).toEqual([
    "0 layers",
    "1 layer",
    "1,200 layers",
  ]);
});

test("bytes use binary units", () => {
  expect([0, 1023, 1024, 102_546_848].map(showBytes)).toEqual([
    "0 B",
    "1023 B",
    "1.0 KiB",
    "98 MiB",
  ]);
});

test("seconds choose their unit", () => {
  expect([7199, 7200, 297_494].map(showSeconds)).toEqual([
    ...["119 min 59 s", "2 h 00 min", "82 h 38 min"],
  ]);
  expect([0.0012, 0.25, 3.456, 42, 125].map(showSeconds)).toEqual([
    "1.2 ms",
    "250 ms",
    "3.46 s",
    "42.0 s",
    "2 min 05 s",
  ]);
});

test("a share of nothing is no number", () => {
  expect([0.5, 0 / 0].map((share) => showShare(share))).toEqual(["50.0%", "-"]);
});
