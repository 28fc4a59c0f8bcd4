/**
 * The choice of what to look at: plain radio buttons and a list, which every browser makes reachable by the keyboard.
 * Without the script everything is shown and the choice is not.
 */
import { createHash } from "node:crypto";
import type { ComparisonReport } from "../comparison/report.js";
import { showBudget } from "../comparison/words.js";
import { tag, type Content } from "../html.js";
import { element, type Markup } from "../svg.js";

/**
 * It hides the scenes of other choices, lights up the chosen method and draws it above the others. No character in it has to be escaped, so
 * that it is the same text in HTML and in XML.
 */
const program = `
"use strict";
(() => {
  const form = document.getElementById("choice");
  const names = ["model", "set", "budget", "method"];
  const chosen = (name) => {
    const control = form.elements.namedItem(name);
    return control === null ? null : control.value;
  };
  const fits = (scene) =>
    names.every((name) => {
      const of = scene.getAttribute("data-" + name);
      return of === null ? true : of === chosen(name);
    });
  const show = () => {
    for (const scene of document.querySelectorAll(".scene")) scene.hidden = !fits(scene);
    for (const none of document.querySelectorAll(".none")) {
      const scenes = [...none.parentElement.querySelectorAll(".scene")];
      none.hidden = scenes.length === 0 ? true : scenes.some((scene) => !scene.hidden);
    }
    for (const part of [...document.querySelectorAll("[data-m]")]) {
      const isLit = part.getAttribute("data-m") === chosen("method");
      part.classList.toggle("lit", isLit);
      if (isLit) if (part.localName === "g") part.parentNode.append(part);
    }
  };
  form.addEventListener("change", show);
  form.hidden = false;
  document.documentElement.classList.add("chosen");
  show();
})();
`;

/** The script, to stand at the end of the page. */
export const script: Markup = tag("script", {}, { markup: program });

/** What a page may load: pictures that it holds, its style, and this one script. Nothing from any network. */
export const contentPolicy: Markup = element("meta", {
  "http-equiv": "Content-Security-Policy",
  content:
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; " +
    `script-src 'sha256-${createHash("sha256").update(program).digest("base64")}'; ` +
    "base-uri 'none'; form-action 'none'",
});

/** Buttons for a few alternatives; a single one is no choice. */
const radios = (legend: string, name: string, words: readonly string[], chosen: number): Markup =>
  words.length === 1
    ? element("input", { type: "hidden", name, value: "0" })
    : tag(
        "fieldset",
        {},
        tag("legend", {}, legend),
        ...words.map((word, i) =>
          tag(
            "label",
            {},
            element("input", {
              type: "radio",
              name,
              value: `${i}`,
              autocomplete: "off",
              ...(i === chosen ? { checked: "" } : {}),
            }),
            tag("span", {}, word),
          ),
        ),
      );

const list = (legend: string, name: string, words: readonly string[], chosen: number): Content =>
  tag(
    "label",
    { class: "list" },
    tag("span", {}, legend),
    tag(
      "select",
      { name, autocomplete: "off" },
      ...words.map((word, i) =>
        tag("option", { value: `${i}`, ...(i === chosen ? { selected: "" } : {}) }, word),
      ),
    ),
  );

/** The choices of a report, hidden until the script is there to act on them. */
export const choice = ({ extent, reference }: ComparisonReport): Markup =>
  tag(
    "form",
    { id: "choice", hidden: "", "aria-label": "What to look at" },
    radios("Model", "model", extent.models, 0),
    radios("Data", "set", extent.data, 0),
    radios("Labels", "budget", extent.budgets.map(showBudget), 0),
    list("Method", "method", extent.methods, extent.methods.indexOf(reference)),
  );
