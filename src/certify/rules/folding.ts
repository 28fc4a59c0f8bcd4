/** The rules of maps per channel folded into kernels, and of padding absorbed by geometries. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../../algebra/refusal.js";
import type { Functions, Ring } from "../../algebra/ring.js";
import type { Affine, BatchNorm, Dense, Kernelled } from "../../model/operator.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { StepOf } from "../../transform/certificate.js";
import {
  all,
  differs,
  elements,
  equal,
  finite,
  holds,
  kindOf,
  sameFrame,
  sameWeight,
  working,
  type Claim,
  type Verdict,
} from "../verdict.js";
import { keep } from "./projection.js";

/** The scale and shift of a map per channel, before rounding. */
const channelMap = <A>(
  ring: Ring<A>,
  op: BatchNorm<A> | Affine<A>,
): Result<{ readonly scale: readonly A[]; readonly shift: readonly A[] }> => {
  if (op.kind === "affine")
    return E.right({ scale: Array.from(op.scale.data), shift: Array.from(op.shift.data) });
  const { sqrt, divide } = ring.functions as Required<Functions<A>>;
  const epsilon = ring.fromNumber(op.epsilon);
  if (sqrt === undefined || divide === undefined || E.isLeft(epsilon))
    return refuse({ where: "ring", found: ring.name, expected: "a ring with sqrt and divide" });
  const scale: A[] = [];
  const shift: A[] = [];
  for (let j = 0; j < op.variance.data.length; j++) {
    const root = sqrt(ring.add(op.variance.data[j]!, epsilon.right));
    if (E.isLeft(root)) return root;
    const inverse = divide(ring.one, root.right);
    if (E.isLeft(inverse)) return inverse;
    const s = op.gamma === null ? inverse.right : ring.mul(op.gamma.data[j]!, inverse.right);
    const beta = op.beta === null ? ring.zero : op.beta.data[j]!;
    scale.push(s);
    shift.push(ring.sub(beta, ring.mul(op.mean.data[j]!, s)));
  }
  return E.right({ scale, shift });
};

/** T6_bn_fold: `s F` and `s b + t` with `s, t` those of the map, whose statistics are frozen. */
export const fold = <A>({
  ring,
  step,
  from,
  target,
  readers,
}: Claim<A, StepOf<"T6_bn_fold">>): Verdict => {
  const [linear, map] = from;
  const wide = working(ring);
  return all(
    () => kindOf("linear layer", linear!, ["convolution", "projected", "dense"]),
    () => kindOf("folded layer", map!, [step.folded]),
    () => kindOf("target", target, [linear!.op.kind]),
    () => equal("readers of the linear layer", [readers, step.readers], [1, 1]),
    () =>
      map!.op.kind === "batchNorm" && map!.op.statistics !== "frozen"
        ? differs("statistics", map!.op.statistics, "frozen")
        : holds,
    () =>
      E.chain(
        ({ scale, shift }: { readonly scale: readonly A[]; readonly shift: readonly A[] }) => {
          const before = linear!.op as Kernelled<A> | Dense<A>;
          const after = target.op as Kernelled<A> | Dense<A>;
          const [old, now] = [mainWeight(before), mainWeight(after)];
          const outputs = scale.length;
          return all(
            () => equal("scale", step.scale, scale.map(wide.show)),
            () =>
              before.kind === "dense" || after.kind === "dense" ? holds : sameFrame(after, before),
            () =>
              before.kind === "projected" && after.kind === "projected"
                ? sameWeight(ring, "gates", after.gates, before.gates)
                : holds,
            () =>
              elements(ring, "kernel", now, old.shape, (i) =>
                wide.mul(old.data[i]!, scale[i % outputs]!),
              ),
            () => finite(ring, "kernel", now),
            () =>
              after.bias === null
                ? differs("bias", "none", "the folded shift")
                : elements(ring, "bias", after.bias, [outputs], (j) =>
                    before.bias === null
                      ? shift[j]!
                      : wide.add(wide.mul(scale[j]!, before.bias.data[j]!), shift[j]!),
                  ),
            () => (after.bias === null ? holds : finite(ring, "bias", after.bias)),
          );
        },
      )(channelMap(wide, map!.op as BatchNorm<A> | Affine<A>)),
  );
};

const mainWeight = <A>(op: Kernelled<A> | Dense<A>): Tensor<A> =>
  op.kind === "dense" ? op.weights : op.kernel;

/** T6_pad: the same convolution with the padding added to its own. */
export const padding = <A>({ ring, step, from, target }: Claim<A, StepOf<"T6_pad">>): Verdict => {
  const [pad, reader] = from;
  return all(
    () => kindOf("padding", pad!, ["zeroPad"]),
    () => kindOf("source", reader!, ["convolution", "projected"]),
    () => {
      const zeros = pad!.op.kind === "zeroPad" ? pad!.op.padding : [];
      const source = reader!.op as Kernelled<A>;
      const geometry = source.geometry.map((a, i) => ({
        ...a,
        low: a.low + zeros[i]![0],
        high: a.high + zeros[i]![1],
      }));
      const expected = { ...reader!, op: { ...source, geometry } };
      return all(
        () => equal("padding of the step", step.padding, zeros),
        () => equal("geometry of the step", step.geometry, source.geometry),
        () => finite(ring, "kernel", source.kernel),
        () =>
          keep<A>({
            ring,
            target,
            from: [expected],
            step: { theorem: "keep", layer: step.layer, from: [] },
            input: [],
            readers: 0,
          }),
      );
    },
  );
};
