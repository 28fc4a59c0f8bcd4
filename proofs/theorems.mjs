/**
 * The theorems of the proofs by name.
 *
 *     node theorems.mjs names FILE...         their names
 *     node theorems.mjs assumptions FILE...   a Coq file that prints what each rests on
 *     node theorems.mjs tests FILE...         fails unless each has a property test of its name
 *
 * A theorem is tested where its name is a word of a test's title, or the name of a law in src/laws (a test
 * runs every law).
 */
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const [what, ...files] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));

/** Statements that are for others to rely on; a Lemma is for its file and those above it. */
const statement =
  /^[ \t]*(?:#\[[^\]]*\]\s*)?(?:(?:Local|Global|Program)\s+)*(?:Theorem|Corollary|Proposition|Fact|Remark)\s+([\w']+)/gm;

const theorems = files.flatMap((file) =>
  [...withoutComments(readFileSync(file, "utf8")).matchAll(statement)].map(([, name]) => ({
    module: basename(file, ".v"),
    name,
  })),
);

/** A Coq text without its comments, which nest. */
function withoutComments(text) {
  let depth = 0;
  return text.replace(/\(\*|\*\)|[^]/g, (part) => {
    if (part === "(*") depth += 1;
    const kept = depth === 0 || part === "\n" ? part : "";
    if (part === "*)") depth -= 1;
    return kept;
  });
}

const filesBelow = (folder, keep) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && keep.test(entry.name))
    .map((entry) =>
      readFileSync(join(entry.parentPath, entry.name), "utf8")
        .replace(/^\s*\/\/.*$/gm, "")
        .replace(/^\s*\/\*[^]*?\*\//gm, ""),
    );

/** Titles of tests that run: not of skipped ones, and not in comments. */
const titles = () =>
  filesBelow("test", /\.test\.ts$/).flatMap((text) =>
    [
      ...text.matchAll(
        /\b(?:it|test|describe)(?:\.each\((?:[^()]|\([^()]*\))*\))?\s*\(\s*(["'`])((?:(?!\1)[^\\]|\\.)*)\1/g,
      ),
    ].map(([, , title]) => title),
  );

/** What the laws say they test: `name: "..."`, and the names in `theorems: [...]`. */
const lawNames = () =>
  filesBelow("src/laws", /\.ts$/).flatMap((text) => [
    ...[...text.matchAll(/\bname: "(\w+)"/g)].map(([, name]) => name),
    ...[...text.matchAll(/\btheorems: \[([^\]]*)\]/g)].flatMap(([, names]) =>
      [...names.matchAll(/"(\w+)"/g)].map(([, name]) => name),
    ),
  ]);

switch (what) {
  case "names":
    for (const { module, name } of theorems) console.log(`${module}.${name}`);
    break;
  case "assumptions":
    console.log(`From Heirloom Require ${[...new Set(theorems.map((t) => t.module))].join(" ")}.`);
    for (const { module, name } of theorems)
      console.log(`Print Assumptions Heirloom.${module}.${name}.`);
    break;
  case "tests": {
    const words = new Set([...titles().flatMap((title) => title.split(/\W+/)), ...lawNames()]);
    const untested = theorems.filter(({ name }) => !words.has(name));
    for (const { module, name } of untested)
      console.error(`proofs/build: no property test is named ${name} (${module}.v)`);
    const twice = theorems.filter(({ name }, i) => theorems.findIndex((t) => t.name === name) < i);
    for (const { module, name } of twice)
      console.error(`proofs/build: a second theorem is named ${name} (${module}.v)`);
    if (untested.length + twice.length > 0) process.exit(1);
    console.log(`${theorems.length} theorems, each with a property test of its name`);
    break;
  }
  default:
    console.error(`theorems.mjs: unknown command ${what}`);
    process.exit(2);
}
