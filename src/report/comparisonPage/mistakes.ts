/**
 * Misclassified images: each once, with what every method took it for. Those that misled most methods come first. A
 * page holds so many bytes of images; each condition in turn gives its next one until they are used up.
 */
import { conditionKey, type Condition } from "../../compare/aggregate.js";
import type { Gallery, MisreadImage, Misreading } from "../comparison/gallery.js";
import { conditionsOf, groupsUnder, type ComparisonReport } from "../comparison/report.js";
import { showPercent } from "../comparison/words.js";
import { tag } from "../html.js";
import { showCount } from "../quantity.js";
import { element, type Markup } from "../svg.js";
import { scene } from "./scene.js";

/** Characters of base64 on a page. */
const room = 900_000;

/** Images of one condition. */
const most = 24;

const surest = (image: MisreadImage): number =>
  Math.max(...image.readings.map(({ probability }) => probability));

const ordered = (images: readonly MisreadImage[]): readonly MisreadImage[] =>
  [...images].sort((a, b) => b.readings.length - a.readings.length || surest(b) - surest(a));

/** How many images of each condition there is room for, in their order. */
const withinRoom = (lists: readonly (readonly MisreadImage[])[]): readonly number[] => {
  const counts = lists.map(() => 0);
  let left = room;
  for (let round = 0; round < most; round++)
    for (const [i, images] of lists.entries()) {
      const next = images[round];
      if (next === undefined || counts[i] !== round || next.png.length > left) continue;
      left -= next.png.length;
      counts[i] = round + 1;
    }
  return counts;
};

/** The readings of an image that agree, together. */
const readingsOf = (
  readings: readonly Misreading[],
  classes: readonly string[],
): readonly Markup[] => {
  const predictions = [...new Set(readings.map(({ prediction }) => prediction))];
  return predictions.map((prediction) => {
    const same = readings.filter((r) => r.prediction === prediction);
    const by = same.map((r) => `${r.method} ${showPercent(r.probability, 0)}%`);
    const shown = by.slice(0, 3);
    const more = by.length - shown.length;
    return tag(
      "p",
      {},
      tag("b", {}, classes[prediction] ?? `class ${prediction}`),
      ` ${shown.join(", ")}${more === 0 ? "" : ` and ${more} more`}`,
    );
  });
};

const figureOf = ({ png, label, readings }: MisreadImage, classes: readonly string[]): Markup => {
  const name = classes[label] ?? `class ${label}`;
  const said = [...new Set(readings.map((r) => classes[r.prediction] ?? `class ${r.prediction}`))];
  return tag(
    "figure",
    { class: "mistake" },
    element("img", {
      src: `data:image/png;base64,${png}`,
      alt: `test image of ${name}, taken for ${said.join(", ")}`,
      width: "72",
      height: "72",
    }),
    tag("figcaption", {}, tag("p", { class: "truth" }, name), ...readingsOf(readings, classes)),
  );
};

/** The images of every condition. */
export const mistakes = (report: ComparisonReport, gallery: Gallery): readonly Markup[] => {
  const found = conditionsOf(report).flatMap((condition: Condition) => {
    const images = gallery.images.get(conditionKey(condition)) ?? [];
    return images.length === 0 ? [] : [{ condition, images: ordered(images) }];
  });
  const counts = withinRoom(found.map(({ images }) => images));
  return found.map(({ condition, images }, i) => {
    const { classes } = groupsUnder(report, condition)[0]!.runs[0]!;
    const shown = images.slice(0, counts[i]!);
    const rest = images.length - shown.length;
    return scene(
      report,
      condition,
      tag("div", { class: "mistakes" }, ...shown.map((image) => figureOf(image, classes))),
      tag(
        "p",
        { class: "quiet" },
        rest === 0
          ? "These are all that were kept."
          : `${showCount(rest)} more stand beside the results.`,
      ),
    );
  });
};
