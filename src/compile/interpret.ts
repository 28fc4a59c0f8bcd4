/**
 * The meaning of a program over any ring: every primitive by its definition, with the kernels of `semantics/`
 * for what a network computes and those of `interpret/` for the adjoints. This is the oracle for every
 * target, and over rationals or a formal field it makes laws about programs exact.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { activate } from "../semantics/activation.js";
import { activationAdjoint } from "../semantics/activationDerivative.js";
import { concatenate, pad } from "../semantics/arrangement.js";
import { constantOf } from "../semantics/capability.js";
import { channelAffine, channelScale, channelShift } from "../semantics/channelwise.js";
import { convolve } from "../semantics/convolution.js";
import { averagePool, maxPool } from "../semantics/pooling.js";
import { upsample } from "../semantics/resampling.js";
import { sameShape, showShape, size } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { slice } from "./interpret/block.js";
import { convFilterGrad, convInputGrad } from "./interpret/convolution.js";
import { crossEntropy, crossEntropyGrad } from "./interpret/crossEntropy.js";
import { elementary, quotient } from "./interpret/elementary.js";
import { gateGrad, gateWeight } from "./interpret/gate.js";
import { matmul } from "./interpret/matrix.js";
import { averagePoolGrad, maxPoolGrad } from "./interpret/pooling.js";
import { broadcast, perChannel, sumOver } from "./interpret/reduction.js";
import { upsampleGrad } from "./interpret/resampling.js";
import { releasedAfter } from "./liveness.js";
import type { Primitive, Program, ProgramNode } from "./program.js";

/** Values by name. */
export type Values<A> = Readonly<Record<string, Tensor<A>>>;

/** The value of one primitive. The arguments have shapes that `primitiveShape` accepts. */
export const applyPrimitive =
  <A>(ring: Ring<A>) =>
  (p: Primitive, args: readonly Tensor<A>[]): Result<Tensor<A>> => {
    const x = args[0]!;
    const y = args[1] ?? x;
    const z = args[2] ?? y;
    const zip = (f: (a: A, b: A) => A): Result<Tensor<A>> =>
      E.right(generated(ring)(x.shape, (i) => f(x.data[i]!, y.data[i]!)));
    const withNumber = (n: number, f: (a: A, b: A) => A): Result<Tensor<A>> =>
      E.map((k: A) => generated(ring)(x.shape, (i) => f(x.data[i]!, k)))(constantOf(ring, n));
    switch (p.op) {
      case "conv":
        return E.right(convolve(ring)(x, y, p.geometry, p.groups));
      case "convInputGrad":
        return E.right(convInputGrad(ring)(x, y, p.geometry, p.groups, p.extents));
      case "convFilterGrad":
        return E.right(convFilterGrad(ring)(x, y, p.geometry, p.groups));
      case "gateWeight":
        return E.right(gateWeight(ring)(x, y));
      case "gateGrad":
        return E.right(gateGrad(ring)(x, y));
      case "channelAffine":
        return E.right(channelAffine(ring)(x, y, z));
      case "channelScale":
        return E.right(channelScale(ring)(x, y));
      case "channelShift":
        return E.right(channelShift(ring)(x, y));
      case "channelSum":
        return E.right(perChannel(ring)(x.shape, (i) => x.data[i]!));
      case "channelDot":
        return E.right(perChannel(ring)(x.shape, (i) => ring.mul(x.data[i]!, y.data[i]!)));
      case "matmul":
        return E.right(matmul(ring)(x, y, p.transposeA, p.transposeB));
      case "add":
        return zip(ring.add);
      case "subtract":
        return zip(ring.sub);
      case "multiply":
        return zip(ring.mul);
      case "divide":
        return quotient(ring)(x, y);
      case "scale":
        return withNumber(p.factor, ring.mul);
      case "offset":
        return withNumber(p.by, ring.add);
      case "scaleBy":
        return E.right(generated(ring)(x.shape, (i) => ring.mul(x.data[i]!, y.data[0]!)));
      case "elementary":
        return elementary(ring)(p.fn, x);
      case "activation":
        return activate(ring)(p.fn, x);
      case "activationGrad":
        return activationAdjoint(ring)(p.fn, x, z);
      case "sum":
        return E.right(sumOver(ring)(x, p.axes));
      case "broadcast":
        return E.right(broadcast(ring)(x, p.axes, p.shape));
      case "reshape":
        return E.right({ shape: p.shape, data: x.data });
      case "pad":
        return E.right(pad(ring)(x, p.padding));
      case "slice":
        return E.right(slice(ring)(x, p.begin, p.shape));
      case "concat":
        return E.right(concatenate(ring)(args));
      case "maxPool":
        return maxPool(ring)(x, p.geometry);
      case "maxPoolGrad":
        return maxPoolGrad(ring)(x, z, p.geometry);
      case "averagePool":
        return averagePool(ring)(x, p.geometry, p.divisor);
      case "averagePoolGrad":
        return averagePoolGrad(ring)(x, p.geometry, p.divisor, p.extents);
      case "upsample":
        return upsample(ring)(x, p.factors, p.interpolation);
      case "upsampleGrad":
        return upsampleGrad(ring)(x, p.factors, p.interpolation);
      case "crossEntropy":
        return crossEntropy(ring)(x, y);
      case "crossEntropyGrad":
        return crossEntropyGrad(ring)(x, y, z);
    }
  };

/** The value fed for an input, or what is wrong with it. */
const fed = <A>(
  node: ProgramNode<A> & { readonly kind: "input" },
  feed: Values<A>,
): Result<Tensor<A>> => {
  const value = feed[node.name];
  if (value === undefined)
    return refuse({
      where: `input ${node.name}`,
      found: "no value",
      expected: `a ${node.role} of shape ${showShape(node.shape)}`,
    });
  return sameShape(value.shape, node.shape) && value.data.length === size(node.shape)
    ? E.right(value)
    : refuse({
        where: `input ${node.name}`,
        found: `shape ${showShape(value.shape)} with ${value.data.length} elements`,
        expected: `shape ${showShape(node.shape)}`,
      });
};

/**
 * Run a program over a ring. `feed` holds every input, parameters and states included; the answer holds
 * every output. Refuses a missing or misshapen input, and what a ring cannot do, with the layer's name.
 */
export const interpret =
  <A>(ring: Ring<A>) =>
  (program: Program<A>, feed: Values<A>): Result<Values<A>> => {
    const released = releasedAfter(program);
    const values: (Tensor<A> | undefined)[] = [];
    const compute = (node: ProgramNode<A>): Result<Tensor<A>> => {
      switch (node.kind) {
        case "input":
          return fed(node, feed);
        case "constant":
          return E.right(node.value);
        case "apply":
          return E.mapLeft(within(`${node.layer ?? "program"}, ${node.primitive.op}`))(
            applyPrimitive(ring)(
              node.primitive,
              node.args.map((arg) => values[arg]!),
            ),
          );
      }
    };
    for (const [id, node] of program.nodes.entries()) {
      const value = compute(node);
      if (E.isLeft(value)) return value;
      values.push(value.right);
      for (const dead of released[id]!) values[dead] = undefined;
    }
    return E.right(Object.fromEntries(program.outputs.map((o) => [o.name, values[o.node]!])));
  };
