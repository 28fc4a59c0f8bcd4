/** The rules of layers that stay, that get gates of one, and that are merged. */
import type { Ring } from "../../algebra/ring.js";
import { weightsOf, type Convolution, type Projected } from "../../model/operator.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { StepOf } from "../../transform/certificate.js";
import { structureOf } from "../../transform/digest.js";
import {
  all,
  differs,
  elements,
  equal,
  finite,
  holds,
  kindOf,
  same,
  sameFrame,
  sameWeight,
  working,
  type Claim,
  type Verdict,
} from "../verdict.js";

/** keep: the operator and its weights are the source's. */
export const keep = <A>({ ring, from, target }: Claim<A>): Verdict => {
  const source = from[0]!;
  const others = new Map(weightsOf(source.op));
  return all(
    () => equal("operator", structureOf(target.op), structureOf(source.op)),
    ...weightsOf(target.op).map(
      ([name, weight]) =>
        () =>
          sameWeight(ring, name, weight, others.get(name) ?? null),
    ),
  );
};

/** T3_unit: kernel, bias, geometry and groups are the convolution's, and every gate is one. */
export const unit = <A>({ ring, step, from, target }: Claim<A, StepOf<"T3_unit">>): Verdict =>
  all(
    () => kindOf("source", from[0]!, ["convolution"]),
    () => kindOf("target", target, ["projected"]),
    () => {
      const source = from[0]!.op as Convolution<A>;
      const op = target.op as Projected<A>;
      return all(
        () => sameFrame(op, source),
        () => sameWeight(ring, "kernel", op.kernel, source.kernel),
        () => sameWeight(ring, "bias", op.bias, source.bias),
        () => elements(ring, "gates", op.gates, source.kernel.shape.slice(-2), () => ring.one),
        () => unidentifiable(ring, source.kernel, step),
      );
    },
  );

const unidentifiable = <A>(
  ring: Ring<A>,
  kernel: Tensor<A>,
  { unidentifiable: claim }: StepOf<"T3_unit">,
): Verdict => {
  const [inputs, outputs] = kernel.shape.slice(-2) as [number, number];
  const live = new Uint8Array(inputs * outputs);
  const isSame = same(ring);
  for (let i = 0; i < kernel.data.length; i++)
    if (live[i % live.length] === 0 && !isSame(kernel.data[i]!, ring.zero))
      live[i % live.length] = 1;
  const count = live.reduce((n, one) => n - one, live.length);
  return all(
    () => equal("kernels that are zero at every tap", claim.count, count),
    () => {
      const wrong = claim.first.find(
        ([k, j]) => k < 0 || j < 0 || j >= outputs || live[k * outputs + j] !== 0,
      );
      return wrong === undefined
        ? holds
        : differs("zero kernel", wrong.join(" to "), "a zero kernel");
    },
  );
};

/** T4_merge: one side is projected, the other the convolution whose kernel is gate times kernel. */
export const merging = <A>({ ring, step, from, target }: Claim<A, StepOf<"T4_merge">>): Verdict => {
  const source = from[0]!;
  const [gated, plain] = source.op.kind === "projected" ? [source, target] : [target, source];
  return all(
    () => kindOf("gated side", gated, ["projected"]),
    () => kindOf("merged side", plain, ["convolution"]),
    () => {
      const p = gated.op as Projected<A>;
      const c = plain.op as Convolution<A>;
      const { mul } = working(ring);
      const pairs = p.gates.data.length;
      return all(
        () => sameFrame(c, p),
        () => equal("groups of the step", step.groups, p.groups),
        () => sameWeight(ring, "bias", c.bias, p.bias),
        () =>
          elements(ring, "kernel", c.kernel, p.kernel.shape, (i) =>
            mul(p.gates.data[i % pairs]!, p.kernel.data[i]!),
          ),
        () => finite(ring, "kernel", c.kernel),
      );
    },
  );
};
