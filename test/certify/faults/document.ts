/** Faults in a stored document: in its weights' bytes or in the text beside them. Nothing is forged to go with them. */
import type { Tape } from "../../../src/laws/generators/tape.js";
import type { Axis } from "../../../src/tensor/geometry.js";
import type { Certificate } from "../../../src/transform/certificate.js";

/** What `network.json` holds, as far as faults are planted in it. */
export interface Text {
  readonly class: string;
  readonly layers: readonly {
    readonly name: string;
    readonly inputs: readonly string[];
    readonly operator: Readonly<Record<string, unknown>>;
    readonly weights: readonly string[];
  }[];
  readonly certificate: Certificate;
}

/** A document's two files. */
export interface Files {
  readonly text: Text;
  readonly weights: Uint8Array;
}

/** A kind of fault in a document; null where the document has no place for it. */
export interface DocumentFault {
  readonly name: string;
  readonly edit: (files: Files, t: Tape) => Files | null;
}

/** Where the elements start: behind the header and its length. */
const dataStart = (weights: Uint8Array): number =>
  8 + Number(new DataView(weights.buffer, weights.byteOffset).getBigUint64(0, true));

/** A change of one element's four bytes, as a number of 32 bits. */
const ofElement = (name: string, change: (bits: number, t: Tape) => number): DocumentFault => ({
  name,
  edit: ({ text, weights }, t) => {
    const bytes = Uint8Array.from(weights);
    const view = new DataView(bytes.buffer);
    const start = dataStart(bytes);
    const at = start + 4 * t.below((bytes.length - start) / 4);
    view.setUint32(at, change(view.getUint32(at, true), t) >>> 0, true);
    return { text, weights: bytes };
  },
});

const ofText = (name: string, change: (text: Text, t: Tape) => object | null): DocumentFault => ({
  name,
  edit: ({ text, weights }, t) => {
    const forged = change(text, t);
    return forged === null ? null : { text: { ...text, ...forged }, weights };
  },
});

/** A change of one layer's text. */
const ofLayer = (
  name: string,
  change: (layer: Text["layers"][number], t: Tape, at: number, text: Text) => object | null,
): DocumentFault =>
  ofText(name, (text, t) => {
    const places = text.layers.flatMap((layer, at) => {
      const forged = change(layer, t, at, text);
      return forged === null ? [] : [[at, { ...layer, ...forged }] as const];
    });
    if (places.length === 0) return null;
    const [at, forged] = t.pick(places);
    return { layers: text.layers.map((layer, i) => (i === at ? forged : layer)) };
  });

/** The header with two entries of one length naming each other's data. */
const exchanged = (header: string, t: Tape): string | null => {
  type Entry = { readonly shape: readonly number[]; readonly data_offsets: readonly number[] };
  const entries = Object.entries(JSON.parse(header) as Record<string, Entry>);
  const pairs = entries.flatMap(([a, x]) =>
    entries
      .filter(([b, y]) => a < b && String(x.shape) === String(y.shape))
      .map(([b, y]) => [a, x, b, y] as const),
  );
  if (pairs.length === 0) return null;
  const [a, x, b, y] = t.pick(pairs);
  const forged = { ...Object.fromEntries(entries), [a]: { ...x, data_offsets: y.data_offsets } };
  return JSON.stringify({ ...forged, [b]: { ...y, data_offsets: x.data_offsets } });
};

/** Faults in documents. */
export const documentFaults: readonly DocumentFault[] = [
  ofElement("file: a bit of a weight", (bits, t) => bits ^ (1 << t.below(31))),
  ofElement("file: the last bit of a weight", (bits) => bits ^ 1),
  ofElement("file: the sign of a weight", (bits) => bits ^ (1 << 31)),
  ofElement("file: a weight that is no number", () => 0x7fc00000),
  {
    name: "file: weights cut short",
    edit: ({ text, weights }) => ({ text, weights: weights.slice(0, -4) }),
  },
  {
    name: "file: two weights exchanged",
    edit: ({ text, weights }, t) => {
      const start = dataStart(weights);
      const header = exchanged(new TextDecoder().decode(weights.subarray(8, start)), t);
      if (header === null) return null;
      const bytes = Uint8Array.from(weights);
      bytes.set(new TextEncoder().encode(header.padEnd(start - 8)), 8);
      return { text, weights: bytes };
    },
  },
  ofLayer("file: a wire", ({ inputs }, t, at, { layers }) => {
    const others = layers.slice(0, at).filter(({ name }) => name !== inputs[0]);
    return others.length === 0 ? null : { inputs: [t.pick(others).name, ...inputs.slice(1)] };
  }),
  ofLayer("file: a stride", ({ operator }) =>
    "geometry" in operator
      ? {
          operator: {
            ...operator,
            geometry: (operator["geometry"] as readonly Axis[]).map((a) => ({
              ...a,
              stride: a.stride + 1,
            })),
          },
        }
      : null,
  ),
  ofLayer("file: an activation", ({ operator }) =>
    operator["kind"] === "activation" ? { operator: { ...operator, fn: { name: "tanh" } } } : null,
  ),
  ofLayer("file: a bias that is not asked for", ({ weights }) =>
    weights.includes("bias") ? { weights: weights.filter((w) => w !== "bias") } : null,
  ),
  ofText("file: a layer missing", ({ layers }, t) => {
    const at = 1 + t.below(layers.length - 1);
    return { layers: layers.filter((_, i) => i !== at) };
  }),
  ofText("file: the class", (text) => ({ class: text.class === "GFFN" ? "GCNN" : "GFFN" })),
  ofText("file: a digest in the certificate", ({ certificate }, t) => {
    const which = t.pick(["source", "target"] as const);
    return { certificate: { ...certificate, [which]: certificate[which].replace(/./, "x") } };
  }),
  ofText("file: a theorem in the certificate", ({ certificate }, t) => {
    const at = t.below(certificate.steps.length);
    const steps = certificate.steps.map((s, i) =>
      i === at ? { ...s, theorem: s.theorem === "keep" ? "T4_merge" : "keep", groups: 1 } : s,
    );
    return { certificate: { ...certificate, steps } };
  }),
  ofText("file: a step missing from the certificate", ({ certificate }, t) => {
    const at = t.below(certificate.steps.length);
    return {
      certificate: { ...certificate, steps: certificate.steps.filter((_, i) => i !== at) },
    };
  }),
];
