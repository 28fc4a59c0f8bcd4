/**
 * The pictures that a page shows. A comparison leaves many more than a page can hold: of the gates one run of each
 * method, model and data set is kept, at the largest label budget that has any; of the misclassified images all are
 * gathered by condition, each once, whichever methods it misled. Networks on random filters add nothing: their mistakes
 * would crowd out those of the methods.
 */
import { conditionKey, type Condition, type Group } from "../../compare/aggregate.js";
import type { GateMap, RunPictures } from "../../compare/pictures.js";

/** What a method took an image for. */
export interface Misreading {
  readonly method: string;
  readonly prediction: number;
  readonly probability: number;
}

/** An image that at least one method took for something else. */
export interface MisreadImage {
  /** As PNG, in base64. */
  readonly png: string;
  readonly label: number;
  readonly readings: readonly Misreading[];
}

/** The gates of one run. */
export interface GateGallery {
  readonly group: Group;
  readonly seed: number;
  readonly layers: readonly GateMap[];
}

/** The pictures, by what they show. */
export interface Gallery {
  readonly gates: readonly GateGallery[];
  /** By the key of the condition. */
  readonly images: ReadonlyMap<string, readonly MisreadImage[]>;
}

/** The pictures of one group's run. */
export interface GroupPictures {
  readonly group: Group;
  readonly seed: number;
  readonly pictures: RunPictures;
}

const galleryKey = ({ model, data, method }: Group): string =>
  JSON.stringify([model, data, method]);

/** A budget's size; all there are is the largest. */
const size = ({ perClass }: Condition): number => perClass ?? Infinity;

/** The gates to show: of each method, model and data set those at the largest budget. */
const withGates = (
  gates: readonly GateGallery[],
  { group, seed, pictures }: GroupPictures,
): readonly GateGallery[] => {
  if (pictures.gates.length === 0) return gates;
  const key = galleryKey(group);
  const rival = gates.find((gallery) => galleryKey(gallery.group) === key);
  if (rival !== undefined && size(rival.group) >= size(group)) return gates;
  return [...gates.filter((gallery) => gallery !== rival), { group, seed, layers: pictures.gates }];
};

const withImages = (
  known: readonly MisreadImage[],
  { group: { method }, pictures }: GroupPictures,
): readonly MisreadImage[] => {
  const images = new Map(known.map((image) => [`${image.label} ${image.png}`, image]));
  for (const { png, label, prediction, probability } of pictures.mistakes) {
    const reading = { method, prediction, probability };
    const before = images.get(`${label} ${png}`);
    images.set(`${label} ${png}`, {
      ...{ png, label },
      readings: [...(before?.readings ?? []), reading],
    });
  }
  return [...images.values()];
};

/** The empty gallery. */
export const emptyGallery: Gallery = { gates: [], images: new Map() };

/** The gallery with the pictures of one more group, so that no more than what it shows is held at any time. */
export const withPictures = (gallery: Gallery, added: GroupPictures): Gallery => {
  const key = conditionKey(added.group);
  if (added.group.filters === "random") return gallery;
  return {
    gates: withGates(gallery.gates, added),
    images: new Map(gallery.images).set(key, withImages(gallery.images.get(key) ?? [], added)),
  };
};
