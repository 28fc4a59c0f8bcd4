/** The rules of dense layers that become convolutions and of convolutions that are dense layers. */
import type { Convolution, Dense } from "../../model/operator.js";
import { taps, type Axis, type Geometry } from "../../tensor/geometry.js";
import { spatialOf } from "../../tensor/shape.js";
import type { StepOf } from "../../transform/certificate.js";
import {
  all,
  differs,
  elements,
  equal,
  holds,
  kindOf,
  same,
  sameWeight,
  type Claim,
  type Verdict,
} from "../verdict.js";

/** T1_embed: stride 1, `low = c * dilation`, the extents kept, and the weights at the centre alone. */
export const embedding = <A>({
  ring,
  step,
  from,
  target,
  input,
}: Claim<A, StepOf<"T1_embed">>): Verdict =>
  all(
    () => kindOf("source", from[0]!, ["dense"]),
    () => kindOf("target", target, ["convolution"]),
    () => {
      const source = from[0]!.op as Dense<A>;
      const op = target.op as Convolution<A>;
      const plane = source.weights.data.length;
      const centre = step.centre.reduce((at, c, i) => at * (op.geometry[i]?.kernel ?? 0) + c, 0);
      return all(
        () => equal("geometry", op.geometry, step.geometry),
        () => equal("groups", op.groups, 1),
        () => equal("axes with a centre", step.centre.length, op.geometry.length),
        () => all(...op.geometry.map((a, i) => () => isCentre(a, step.centre[i]!, i))),
        () => equal("extents", spatialOf(target.shape), spatialOf(input)),
        () => sameWeight(ring, "bias", op.bias, source.bias),
        () =>
          elements(
            ring,
            "kernel",
            op.kernel,
            [...op.geometry.map((a) => a.kernel), ...source.weights.shape],
            (i) => (Math.floor(i / plane) === centre ? source.weights.data[i % plane]! : ring.zero),
          ),
      );
    },
  );

const isCentre = (a: Axis, c: number, i: number): Verdict =>
  a.stride === 1 && a.low === c * a.dilation && Number.isInteger(c) && c >= 0 && c < a.kernel
    ? holds
    : differs(
        `axis ${i}`,
        `stride ${a.stride}, padding before ${a.low}, dilation ${a.dilation}, centre ${c}`,
        "stride 1 and padding before = centre * dilation with the centre a tap",
      );

/** The positions an axis reads through one tap. */
const readsThrough = (a: Axis, tap: number, n: number): readonly number[] =>
  Array.from({ length: n }, (_, o) => o * a.stride + tap * a.dilation - a.low);

/** The tap of each axis, from the row-major number of a tap. */
const tapIndices = (geometry: Geometry, tap: number): readonly number[] => {
  let rest = tap;
  return geometry
    .map((a) => a.kernel)
    .reverse()
    .map((kernel) => {
      const index = rest % kernel;
      rest = Math.floor(rest / kernel);
      return index;
    })
    .reverse();
};

/** T2_collapse with T6_groups: one tap acts and reads the output's own position. */
export const collapse = <A>({
  ring,
  step,
  from,
  target,
  input,
}: Claim<A, StepOf<"T2_collapse">>): Verdict =>
  all(
    () => kindOf("source", from[0]!, ["convolution"]),
    () => kindOf("target", target, ["dense"]),
    () => {
      const source = from[0]!.op as Convolution<A>;
      const op = target.op as Dense<A>;
      const extents = spatialOf(input);
      const { geometry, groups, kernel } = source;
      const [perGroup, outputs] = kernel.shape.slice(-2) as [number, number];
      const plane = perGroup * outputs;
      const isTap = (tap: number): boolean =>
        Number.isInteger(tap) && tap >= 0 && tap < taps(geometry);
      const isOwn = (tap: number): boolean =>
        tapIndices(geometry, tap).every((t, i) =>
          readsThrough(geometry[i]!, t, extents[i]!).every((p, o) => p === o),
        );
      const isDead = (tap: number): boolean =>
        tapIndices(geometry, tap).some((t, i) =>
          readsThrough(geometry[i]!, t, extents[i]!).every((p) => p < 0 || p >= extents[i]!),
        );
      const dead = new Set(step.dead);
      const isSame = same(ring);
      return all(
        () => equal("geometry", step.geometry, geometry),
        () => equal("groups", step.groups, groups),
        () => equal("extents of the step", step.extents, extents),
        () => equal("extents", spatialOf(from[0]!.shape), extents),
        () =>
          step.centre === null || (isTap(step.centre) && isOwn(step.centre))
            ? holds
            : differs("centre", `tap ${step.centre}`, "the tap that reads each output's position"),
        () => {
          const wrong = step.dead.find((tap) => !isTap(tap) || !isDead(tap));
          return wrong === undefined
            ? holds
            : differs("dead taps", `tap ${wrong}`, "a tap that reads nothing but padding");
        },
        () => {
          for (let i = 0; i < kernel.data.length; i++) {
            const tap = Math.floor(i / plane);
            if (tap !== step.centre && !dead.has(tap) && !isSame(kernel.data[i]!, ring.zero))
              return differs(`kernel, element ${i}`, ring.show(kernel.data[i]!), "zero");
          }
          return holds;
        },
        () => sameWeight(ring, "bias", op.bias, source.bias),
        () =>
          elements(ring, "weights", op.weights, [perGroup * groups, outputs], (i) => {
            const [k, j] = [Math.floor(i / outputs), i % outputs];
            const isInGroup = Math.floor(k / perGroup) === Math.floor((j * groups) / outputs);
            return step.centre === null || !isInGroup
              ? ring.zero
              : kernel.data[step.centre * plane + (k % perGroup) * outputs + j]!;
          }),
      );
    },
  );
