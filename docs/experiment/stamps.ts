/**
 * Which of Tux Paint's stamps are images of which class. Its folders are a hierarchy of subjects with few
 * images at most places, so the classes are chosen by a rule:
 *
 *     left out     what is not a photograph of a thing: folders `cartoon`, mirrored or flipped copies of another
 *                  file, letters and signs of arithmetic, and holidays, which name an occasion
 *     a class      is a folder at the second level with at least 18 images, those deeper down included; a folder
 *                  at the top is one as a whole, where it has as many and no folder in it is a class
 *
 * The stamps are cut-outs: what surrounds a subject is transparent, and is read as white.
 */
import { groupBy } from "fp-ts/lib/NonEmptyArray.js";

/** The fewest images that make a class. */
export const fewest = 18;

/** Holidays, letters, and signs of arithmetic. */
const otherSubjects: readonly string[] = ["seasonal", "symbols/alphabets", "symbols/math"];

/** A class, and its images as paths below the folder of stamps. */
export interface StampClass {
  readonly name: string;
  readonly files: readonly string[];
}

const isPhotograph = (file: string): boolean =>
  file.endsWith(".png") &&
  !/_(mirror|flip)/.test(file) &&
  !file.split("/").includes("cartoon") &&
  !otherSubjects.some((folder) => file.startsWith(`${folder}/`));

const folderAt =
  (depth: number) =>
  (file: string): string =>
    file.split("/").slice(0, depth).join("/");

const classesOf = (files: readonly string[], depth: number): readonly StampClass[] =>
  Object.entries(
    groupBy(folderAt(depth))(files.filter((file) => file.split("/").length > depth)),
  ).flatMap(([folder, members]) =>
    members.length < fewest ? [] : [{ name: folder.split("/").at(-1)!, files: members }],
  );

/** The classes among files given by their paths, "/" between folders, below the folder of stamps. */
export const stampClasses = (files: readonly string[]): readonly StampClass[] => {
  const photographs = files.filter(isPhotograph);
  const second = classesOf(photographs, 2);
  const used = new Set(second.map(({ files: [first] }) => folderAt(1)(first!)));
  const top = classesOf(
    photographs.filter((file) => !used.has(folderAt(1)(file))),
    1,
  );
  return [...second, ...top];
};
