/** The rule that chooses classes of stamps. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fewest, stampClasses } from "../../../docs/experiment/stamps.js";

const images = (folder: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${folder}/${i}.png`);

const counts = (files: readonly string[]): readonly (readonly [string, number])[] =>
  stampClasses(files).map(({ name, files: { length } }) => [name, length] as const);

describe("stampClasses", () => {
  it("takes folders of the second level, with what lies deeper down", () => {
    const files = [...images("animals/mammals/bears", 10), ...images("animals/mammals", 8)];
    expect(counts([...files, ...images("animals/fish", 17)])).toEqual([["mammals", 18]]);
  });

  it("takes a folder at the top as a whole, where no folder in it is a class", () => {
    const tools = [...images("household", 9), ...images("household/tools", 12)];
    expect(counts(tools)).toEqual([["household", 21]]);
    expect(counts([...tools, ...images("household/dishes", 18)])).toEqual([["dishes", 18]]);
  });

  it("leaves out drawings, mirrored copies, letters, holidays and other files", () => {
    expect(
      counts([
        ...images("food/fruit", 17),
        ...images("food/fruit/cartoon", 9),
        "food/fruit/pear_mirror.png",
        "food/fruit/pear_flip.png",
        "food/fruit/pear.svg",
        ...images("symbols/alphabets", 99),
        ...images("symbols/math", 99),
        ...images("seasonal/christmas", 99),
      ]),
    ).toEqual([]);
    expect(counts(images("symbols/money", 18))).toEqual([["money", 18]]);
  });

  it("gives no image to two classes, and no class too few", () => {
    const folder = fc.constantFrom("a", "a/b", "a/c", "a/b/d", "e", "e/f", "e/f/cartoon", "g/h/i");
    const files = fc
      .array(fc.tuple(folder, fc.nat({ max: 60 })), { minLength: 40, maxLength: 300 })
      .map((names) => [...new Set(names.map(([path, i]) => `${path}/${i}.png`))]);
    fc.assert(
      fc.property(files, (given) => {
        const classes = stampClasses(given);
        const chosen = classes.flatMap((c) => c.files);
        expect(new Set(chosen).size).toBe(chosen.length);
        for (const { files: members } of classes)
          expect(members.length).toBeGreaterThanOrEqual(fewest);
        for (const file of chosen) expect(given).toContain(file);
      }),
    );
  });
});
