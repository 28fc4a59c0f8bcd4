/**
 * All proofs as one file, for a check without an installed Coq:
 *
 *     node proofs/bundle.mjs > all.v
 *     npx jscoq@0.17.1 run -l all.v
 *
 * Each file becomes a module; what it requires of Coq's library is required once, at the top. The last lines
 * print what every theorem rests on: each must be "Closed under the global context". (jsCoq ends with exit
 * code 0 even after an axiom, so look for "Axioms:".)
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const here = (name) => new URL(name, import.meta.url);
const files = readFileSync(here("_CoqProject"), "utf8").match(/^\w+\.v$/gm);
const library = new Set();
const theorems = [];
const modules = files.map((file) => {
  const name = basename(file, ".v");
  const text = readFileSync(here(file), "utf8")
    .replace(/^From Coq Require (?:Import |Export )?(.*?)\.$/gm, (_, names) => {
      for (const one of names.split(/\s+/)) library.add(one);
      return `Import ${names}.`;
    })
    .replace(
      /^From Heirloom Require (Import|Export) (.*?)\.$/gm,
      (_, how, names) => `${how} ${names}.`,
    );
  for (const [, theorem] of text.matchAll(/^(?:Theorem|Corollary) (\w+)/gm))
    theorems.push(`${name}.${theorem}`);
  return `Module ${name}.\n${text}\nEnd ${name}.\n`;
});
console.log(
  [
    `From Coq Require ${[...library].join(" ")}.`,
    ...modules,
    ...theorems.map((theorem) => `Print Assumptions ${theorem}.`),
  ].join("\n"),
);
