/**
 * What a step says beside its theorem: geometry, groups, scales, kernels that are zero. The proof does not
 * rest on these, but a certificate is read by people too, and what it tells them is checked like the rest.
 */
import * as E from "fp-ts/lib/Either.js";
import type { Ring } from "../algebra/ring.js";
import type { Layer } from "../model/network.js";
import type { Kernelled, Operator } from "../model/operator.js";
import { inverseDeviation } from "../semantics/channelwise.js";
import { taps } from "../tensor/geometry.js";
import { spatialOf, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Step, StepOf } from "../transform/certificate.js";
import { structureOf } from "../transform/digest.js";
import { isMachine, type Arithmetic } from "./arithmetic.js";
import type { ArrangedStep } from "./arrangement.js";
import { axesOf, tapOf } from "./encode.js";
import { dead$ } from "./extracted.js";
import { listOf } from "./list.js";
import { all, differs, equal, holds, type Verdict } from "./verdict.js";

/** A step with the layers it is about. */
interface Claim<A, S extends Step = Step> {
  readonly ring: Ring<A>;
  readonly arithmetic: Arithmetic<A>;
  readonly step: S;
  readonly from: readonly Layer<A>[];
  readonly layer: Layer<A>;
  readonly input: Shape;
  readonly readers: number;
}

const kernelled = <A>(op: Operator<A>): Kernelled<A> | null =>
  op.kind === "convolution" || op.kind === "projected" ? op : null;

/** A condition on a layer with a kernel; another layer is the checker's to refuse. */
const ofKernel = <A>(op: Operator<A>, check: (op: Kernelled<A>) => Verdict): Verdict => {
  const found = kernelled(op);
  return found === null ? holds : check(found);
};

/** How many of the kernels that are zero a step names. */
const named = 8;

/** The step counts the kernels that are zero at every tap, and names the first of them. */
const zeroKernels = <A>(
  { arithmetic, ring }: Claim<A>,
  kernel: Tensor<A>,
  claim: StepOf<"T3_unit">["unidentifiable"],
): Verdict => {
  const [inputs, outputs] = kernel.shape.slice(-2) as [number, number];
  const live = new Uint8Array(inputs * outputs);
  const isZero = arithmetic.same(ring.zero);
  for (let i = 0; i < kernel.data.length; i++)
    if (live[i % live.length] === 0 && !isZero(kernel.data[i]!)) live[i % live.length] = 1;
  const zero: [number, number][] = [];
  for (const [pair, isLive] of live.entries())
    if (isLive === 0) zero.push([Math.floor(pair / outputs), pair % outputs]);
  return all(
    () => equal("kernels that are zero at every tap", claim.count, zero.length),
    () => equal("zero kernels", claim.first, zero.slice(0, named)),
  );
};

/** The taps of a window that read nothing but padding, in order. */
const deadTaps = ({ geometry }: Kernelled<unknown>, extents: Shape): readonly number[] => {
  const isDead = dead$(axesOf(geometry))(listOf(extents));
  return Array.from({ length: taps(geometry) }, (_, tap) => tap).filter((tap) =>
    isDead(listOf(tapOf(geometry, tap)!)),
  );
};

const collapse = <A>({ step, from, input }: Claim<A, StepOf<"T2_collapse">>): Verdict =>
  ofKernel(from[0]!.op, (op) => {
    const extents = spatialOf(input);
    return all(
      () => equal("geometry", step.geometry, op.geometry),
      () => equal("groups", step.groups, op.groups),
      () => equal("extents of the step", step.extents, extents),
      () => equal("dead taps", step.dead, deadTaps(op, extents)),
    );
  });

/**
 * The factors of a map per channel, in the arithmetic in which the checker computes; null where there are none,
 * which no step can quote.
 */
const scalesOf = <A>({ working }: Arithmetic<A>, op: Operator<A>): readonly A[] | null => {
  if (op.kind === "affine") return Array.from(op.scale.data);
  if (op.kind !== "batchNorm") return null;
  const inverse = inverseDeviation(working)(op.variance, op.epsilon);
  return E.isLeft(inverse)
    ? null
    : Array.from(inverse.right.data, (v, j) =>
        op.gamma === null ? v : working.mul(op.gamma.data[j]!, v),
      );
};

const fold = <A>({ step, from, readers, arithmetic }: Claim<A, StepOf<"T6_bn_fold">>): Verdict => {
  const map = from[1]!.op;
  const scales = scalesOf(arithmetic, map);
  return all(
    () => equal("folded layer", map.kind, step.folded),
    () => equal("readers of the linear layer", [readers, step.readers], [1, 1]),
    () => equal("scale", step.scale, scales?.map(arithmetic.working.show) ?? null),
  );
};

/** What a step says of its layers, beside what its rule checks. */
export const claims = <A>(
  ring: Ring<A>,
  numbers: Arithmetic<A>,
  arranged: ArrangedStep<A>,
): Verdict => {
  const { step, from, layer } = arranged;
  const claim: Claim<A> = { ...arranged, ring, arithmetic: numbers };
  switch (step.theorem) {
    case "keep":
      return equal("operator", structureOf(layer.op), structureOf(from[0]!.op));
    case "T3_unit":
      return ofKernel(from[0]!.op, (op) => zeroKernels(claim, op.kernel, step.unidentifiable));
    case "T4_merge":
      return ofKernel(from[0]!.op, (op) => equal("groups of the step", step.groups, op.groups));
    case "T1_embed":
      return ofKernel(layer.op, (op) => equal("geometry", op.geometry, step.geometry));
    case "T2_collapse":
      return collapse({ ...claim, step });
    case "T6_bn_fold":
      return fold({ ...claim, step });
    case "T6_pad": {
      const pad = from[0]!.op;
      return all(
        () =>
          equal("padding of the step", step.padding, pad.kind === "zeroPad" ? pad.padding : null),
        () =>
          ofKernel(from[1]!.op, (op) => equal("geometry of the step", step.geometry, op.geometry)),
      );
    }
    case "T6_groups":
      return ofKernel(from[0]!.op, (op) => equal("groups of the step", step.groups, op.groups));
    case "T6_push":
      return ofKernel(from[0]!.op, (op) =>
        equal("geometry of the step", step.geometry, op.geometry),
      );
  }
};

/**
 * Over machine numbers, that the kernel, weights and bias of a layer that a conversion touched are finite: an
 * overflow is no rounding, and `0 * infinity` no zero.
 */
export const finiteWeights = <A>(
  ring: Ring<A>,
  weights: readonly (readonly [string, Tensor<A>])[],
): Verdict => {
  if (!isMachine(ring)) return holds;
  for (const [name, { data }] of weights) {
    const numbers = data as unknown as ArrayLike<number>;
    for (let i = 0; i < numbers.length; i++)
      if (!Number.isFinite(numbers[i]))
        return differs(`${name}, element ${i}`, numbers[i], "a finite number");
  }
  return holds;
};
