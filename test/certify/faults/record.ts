/** Faults in certificates, about networks that stay as they are. */
import { charters } from "../../../src/certify/charter.js";
import type { Tape } from "../../../src/laws/generators/tape.js";
import type { Layer } from "../../../src/model/network.js";
import type { Geometry } from "../../../src/tensor/geometry.js";
import type { Certificate, Step, StepOf } from "../../../src/transform/certificate.js";
import { isKernelled, type Plot } from "./plot.js";

/** A kind of fault in what is said about the networks, which stay as they are. */
export interface RecordFault {
  readonly name: string;
  readonly forge: <A>(plot: Plot<A>) => Certificate | null;
}

/** A change of one step, in a random one that has something to change. */
const ofStep = (
  name: string,
  change: <A>(step: Step, plot: Plot<A>, target: Layer<A>) => object | null,
): RecordFault => ({
  name,
  forge: (plot) => {
    const { certificate, target } = plot.honest;
    const places = certificate.steps.flatMap((step, i) => {
      const forged = change(step, plot, target.layers[i]!);
      return forged === null ? [] : [[i, { ...step, ...forged } as Step] as const];
    });
    if (places.length === 0) return null;
    const [at, forged] = plot.t.pick(places);
    return { ...certificate, steps: certificate.steps.map((s, i) => (i === at ? forged : s)) };
  },
});

/** A change of what a step by one of these theorems says of itself. */
const ofTheorem = <T extends Step["theorem"]>(
  name: string,
  theorem: T,
  change: (step: StepOf<T>, t: Tape) => object | null,
): RecordFault =>
  ofStep(name, (step, { t }) => (step.theorem === theorem ? change(step as StepOf<T>, t) : null));

const ofRecord = (
  name: string,
  change: (c: Certificate, t: Tape) => Readonly<Record<string, unknown>> | null,
): RecordFault => ({
  name,
  forge: ({ honest: { certificate }, t }) => {
    const forged = change(certificate, t);
    return forged === null ? null : ({ ...certificate, ...forged } as Certificate);
  },
});

const upOne = (numbers: readonly number[], t: Tape): readonly number[] => {
  const at = t.below(numbers.length);
  return numbers.map((n, i) => (i === at ? n + 1 : n));
};
const widened = (geometry: Geometry, t: Tape): Geometry => {
  const at = t.below(geometry.length);
  return geometry.map((a, i) => (i === at ? { ...a, low: a.low + 1 } : a));
};

/** A step of every theorem at once: what each of them may say of this layer. */
const anyStep = <A>(step: Step, target: Layer<A>): object => ({
  unidentifiable: { count: 0, first: [] },
  groups: isKernelled(target.op) ? target.op.groups : 1,
  geometry: isKernelled(target.op) ? target.op.geometry : [],
  extents: target.shape.slice(0, -1),
  dead: [],
  folded: "affine",
  readers: 1,
  scale: [],
  padding: [],
  offset: target.shape.slice(0, -1).map(() => 0),
  factor: target.shape.slice(0, -1).map(() => 1),
  ...step,
});
const theorems = [
  "keep",
  "T3_unit",
  "T4_merge",
  "T1_embed",
  "T2_collapse",
  "T6_bn_fold",
  "T6_pad",
  "T6_groups",
  "T6_push",
] as const satisfies readonly Step["theorem"][];

/** Whether a layer that was kept may also be called an instance of the theorem: no groups, no new taps. */
const isTrueToo = (step: Step, theorem: Step["theorem"]): boolean =>
  step.theorem === "keep" && (theorem === "T6_groups" || theorem === "T6_push");

const hexadecimal = (digest: string, t: Tape): string => {
  const at = t.below(digest.length);
  return [...digest].map((c, i) => (i === at ? (c === "0" ? "1" : "0") : c)).join("");
};

/** Faults in a certificate. */
export const recordFaults: readonly RecordFault[] = [
  ofStep("wrong theorem in a step", (step, { t, honest }, target) => {
    const others = theorems.filter(
      (theorem) =>
        theorem !== step.theorem &&
        !(theorem === charters[honest.certificate.conversion].uses && isTrueToo(step, theorem)),
    );
    const theorem = t.pick(others);
    const centre = theorem === "T2_collapse" ? null : target.shape.slice(0, -1).map(() => 0);
    return { ...anyStep(step, target), theorem, centre };
  }),
  ofStep("invented theorem in a step", () => ({ theorem: "T9_magic" })),
  ofRecord("step missing", ({ steps }, t) => {
    const at = t.below(steps.length);
    return { steps: steps.filter((_, i) => i !== at) };
  }),
  ofRecord("step twice", ({ steps }, t) => {
    const at = t.below(steps.length);
    return { steps: steps.flatMap((s, i) => (i === at ? [s, s] : [s])) };
  }),
  ofRecord("steps exchanged", ({ steps }, t) => {
    const at = t.below(steps.length - 1);
    const forged = [...steps];
    forged.splice(at, 2, steps[at + 1]!, steps[at]!);
    return { steps: forged };
  }),
  ofStep("step of another layer", (step, { honest, t }) => ({
    layer: t.pick(honest.target.layers.filter(({ name }) => name !== step.layer)).name,
  })),
  ofStep("`from` another layer", (step, { honest, t }) => ({
    from: [
      t.pick(honest.source.layers.filter(({ name }) => name !== step.from[0])).name,
      ...step.from.slice(1),
    ],
  })),
  ofStep("`from` a layer that there is not", () => ({ from: ["nowhere"] })),
  ofStep("`from` nothing", () => ({ from: [] })),
  ofStep("`from` one layer more", ({ from }) => ({ from: [...from, from[0]!] })),
  ofStep("`from` backwards", ({ from }) =>
    from.length < 2 ? null : { from: [...from].reverse() },
  ),
  ofTheorem("zero kernels miscounted", "T3_unit", ({ unidentifiable: u }) => ({
    unidentifiable: { ...u, count: u.count + 1 },
  })),
  ofTheorem("zero kernel that is none", "T3_unit", ({ unidentifiable: u }) => ({
    unidentifiable: { ...u, first: [[0, 0]] },
  })),
  ofStep("groups of a step", (step) => ("groups" in step ? { groups: step.groups + 1 } : null)),
  ofStep("geometry of a step", (step, { t }) =>
    "geometry" in step ? { geometry: widened(step.geometry, t) } : null,
  ),
  ofTheorem("centre of an embedding", "T1_embed", ({ centre }, t) => ({
    centre: upOne(centre, t),
  })),
  ofTheorem("centre of a collapse", "T2_collapse", ({ centre }) =>
    centre === null ? null : { centre: centre + 1 },
  ),
  ofTheorem("centre of a collapse: none", "T2_collapse", ({ centre }) =>
    centre === null ? null : { centre: null },
  ),
  ofTheorem("extents of a collapse", "T2_collapse", ({ extents }, t) => ({
    extents: upOne(extents, t),
  })),
  ofTheorem("dead tap that acts", "T2_collapse", ({ dead, centre }) => ({
    dead: [...dead, centre],
  })),
  ofTheorem("scale of a fold", "T6_bn_fold", ({ scale }, t) => {
    const at = t.below(scale.length);
    return { scale: scale.map((s, i) => (i === at ? `${s}1` : s)) };
  }),
  ofTheorem("readers of a folded layer", "T6_bn_fold", () => ({ readers: 2 })),
  ofTheorem("kind of a folded map", "T6_bn_fold", ({ folded }) => ({
    folded: folded === "affine" ? "batchNorm" : "affine",
  })),
  ofTheorem("padding of a step", "T6_pad", ({ padding }) => ({
    padding: padding.map(([low, high]) => [low + 1, high]),
  })),
  ofTheorem("offset of a push", "T6_push", ({ offset }, t) => ({ offset: upOne(offset, t) })),
  ofTheorem("factor of a push", "T6_push", ({ factor, geometry }, t) => {
    const axes = geometry.flatMap((a, i) => (a.kernel > 1 ? [i] : []));
    if (axes.length === 0) return null;
    const at = t.pick(axes);
    return { factor: factor.map((n, i) => (i === at ? n + 1 : n)) };
  }),
  ofRecord("conversion", ({ conversion }, t) => ({
    conversion: t.pick(Object.keys(charters).filter((name) => name !== conversion)),
  })),
  ofRecord("invented conversion", () => ({ conversion: "magic" })),
  ofRecord("theorem of the network", ({ theorem }, t) => ({
    theorem: t.pick(
      ["network_projection", "network_merge", "network_embed", "rewrite_sound"].filter(
        (name) => name !== theorem,
      ),
    ),
  })),
  ofRecord("ring", () => ({ ring: "reals" })),
  ofRecord("rounding", ({ rounding }) => ({
    rounding: rounding === "exact" ? "once per weight" : "exact",
  })),
  ofRecord("digest of the source", ({ source }, t) => ({ source: hexadecimal(source, t) })),
  ofRecord("digest of the target", ({ target }, t) => ({ target: hexadecimal(target, t) })),
  ofRecord("field missing", (c, t) => ({ [t.pick(Object.keys(c))]: undefined })),
];
