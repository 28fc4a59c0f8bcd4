/* global document, getComputedStyle, NodeFilter, SVGElement */
/**
 * What a page shows, examined from inside: the test of the report sends this text to the browser. It is JavaScript
 * because the names of a browser are none of the library's.
 */
globalThis.inPage = (() => {
  const colourOf = (text) => {
    const [red, green, blue, alpha] = (text.match(/[\d.]+/g) ?? ["0", "0", "0", "0"]).map(Number);
    return [red, green, blue, alpha ?? 1];
  };

  const over = (front, back) => [
    ...[0, 1, 2].map((i) => front[i] * front[3] + back[i] * (1 - front[3])),
    1,
  ];

  /** The colour of the ground on which an element stands. */
  const ground = (element) => {
    if (element === null) return [255, 255, 255, 1];
    const own = colourOf(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
  };

  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((c) =>
      c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  const opacityOf = (element) =>
    element === null
      ? 1
      : Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement);

  /** The contrast of a colour on an element with its ground, as WCAG 2.1 defines it. */
  const contrast = (element, colour) => {
    const back = ground(element);
    const [red, green, blue, alpha] = colourOf(colour);
    const front = over([red, green, blue, alpha * opacityOf(element)], back);
    const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };

  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (node.textContent.trim() !== "" && node.parentElement.checkVisibility()) found.push(node);
    return found;
  };

  const outlined = (element) =>
    element !== null &&
    getComputedStyle(element).outlineStyle !== "none" &&
    parseFloat(getComputedStyle(element).outlineWidth) >= 1;

  const visible = (selector) =>
    [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());

  return {
    visible,

    /** How many texts are shown. */
    texts: () => texts().length,

    /** The texts whose contrast is below a ratio. */
    faintTexts: (least) =>
      texts().flatMap((node) => {
        const element = node.parentElement;
        const style = getComputedStyle(element);
        const ratio = contrast(element, element instanceof SVGElement ? style.fill : style.color);
        return ratio < least ? [`${node.textContent.trim()}: ${ratio.toFixed(2)}`] : [];
      }),

    /** The contrast of each colour of marks with the ground. */
    markContrasts: () => {
      const marks = new Map(visible(".mark").map((mark) => [getComputedStyle(mark).color, mark]));
      return [...marks].map(([colour, mark]) => contrast(mark, colour));
    },

    /** What stands out over the right edge of the window and is in no region that scrolls. */
    overflowing: () =>
      visible("body *")
        .filter(
          (element) =>
            element.closest(".scroll, pre") === null &&
            element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5,
        )
        .map((element) => `${element.localName}.${element.getAttribute("class") ?? ""}`),

    width: () => document.documentElement.scrollWidth,

    ground: () => getComputedStyle(document.body).backgroundColor,

    /** The pictures that do not decode, of how many. */
    brokenImages: async () => {
      const broken = [];
      for (const image of document.images)
        try {
          await image.decode();
          if (image.naturalWidth === 0) broken.push(image.alt);
        } catch {
          broken.push(image.alt);
        }
      return { broken, of: document.images.length };
    },

    /** What the keyboard should reach; of a group of radio buttons the chosen one, the arrows reach the others. */
    workable: () =>
      visible("a[href], select, summary, [tabindex='0'], input[type=radio]:checked").length,

    /** What has the focus, and whether one sees that it has. */
    focused: () => {
      const element = document.activeElement;
      const isRadio = element.matches("input[type=radio]");
      return {
        place: [...document.querySelectorAll("*")].indexOf(element),
        name: `${element.localName} ${element.getAttribute("aria-label") ?? element.textContent}`,
        isSeen: outlined(isRadio ? element.nextElementSibling : element),
      };
    },

    /** Scenes and whether they are shown. */
    scenes: () => ({
      all: document.querySelectorAll(".scene").length,
      shown: visible(".scene").length,
    }),

    /** The choices for which something is shown. */
    choices: () => {
      const of = (name) => [
        ...new Set(visible(`.scene[data-${name}]`).map((s) => s.getAttribute(`data-${name}`))),
      ];
      const lit = [...document.querySelectorAll(".lit")].map((e) => e.getAttribute("data-m"));
      return {
        ...{ model: of("model"), set: of("set"), budget: of("budget"), method: of("method") },
        lit: [...new Set(lit)],
      };
    },
  };
})();
