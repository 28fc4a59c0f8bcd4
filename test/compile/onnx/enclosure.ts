/**
 * A program with rounding bounds: for each value a centre, computed in binary64, and a radius such that every
 * float32 implementation of the program lies within it (the model of arithmetic is certify/roundoff.ts's).
 *
 * Let arguments be `x~ = x + dx` with `|dx| <= r`. For a multilinear instruction `P`, written as a sum of
 * products, with `P^` the same sum over absolute values (subtractions added, factors made positive)
 *
 *     |fl(P(x~, y~)) - P(x, y)|  <=  |P(x~, y~) - P(x, y)| + |fl(P(x~, y~)) - P(x~, y~)|
 *                                <=  P^(|x| + r, |y| + s) - P^(|x|, |y|) + gamma_n P^(|x| + r, |y| + s)
 *
 * if no term passes more than `n` roundings. Functions enter through Lipschitz constants. A derivative with a
 * jump, or the winner of a maximum, is *decided* where the enclosure leaves one possibility; where it does
 * not, the radius covers both, and the case is counted.
 *
 * Worst cases multiply along the depth of a network: each layer turns a radius `r` into `sum |w| r`. So values
 * on the way may be given as the target computed them (`seen`): each is held against the enclosure that
 * follows from those before it, and goes on as it is, with radius zero. What remains is the rounding of the few
 * instructions in between, whatever the depth, and every comparison is decided by the target's own numbers.
 */
import { float64 } from "../../../src/algebra/float64.js";
import { gamma } from "../../../src/algebra/roundoff.js";
import { applyPrimitive, type Values } from "../../../src/compile/interpret.js";
import type { NodeId, Primitive, Program, ProgramNode } from "../../../src/compile/program.js";
import type { ActivationFunction } from "../../../src/model/activation.js";
import { PADDING, readMap } from "../../../src/semantics/readMap.js";
import { kernelExtents, taps, type Geometry } from "../../../src/tensor/geometry.js";
import { channelsOf, size } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { succeed } from "../../generators/succeed.js";

/** All tensors within `radius` of `centre`, element by element. */
export interface Enclosure {
  readonly centre: Tensor<number>;
  readonly radius: Float64Array;
}

/** A value that should lie in an enclosure. */
export interface Comparison {
  readonly where: string;
  /** The largest difference in parts of what is allowed: at most 1 where all is well. */
  readonly ofBound: number;
  /** Empty where all is well. */
  readonly violation: string;
  /** The radius against the magnitude, both as Euclidean norms: how much the bound says. */
  readonly looseness: number;
}

/** Compare a value with its enclosure. */
export const compare = (where: string, found: Tensor<number>, e: Enclosure): Comparison => {
  let ofBound = 0;
  let violation = "";
  let [norm, bound] = [0, 0];
  for (let i = 0; i < e.radius.length; i++) {
    const [expected, allowed] = [e.centre.data[i]!, e.radius[i]!];
    norm += expected ** 2;
    bound += allowed ** 2;
    const difference = Math.abs(found.data[i]! - expected);
    if (difference === 0) continue;
    ofBound = Math.max(ofBound, difference / allowed);
    // Written so that NaN is a violation.
    if (!(difference <= allowed) && violation === "")
      violation = `${where} at ${i}: ${found.data[i]} instead of ${expected}, allowed ${allowed}`;
  }
  return { where, ofBound, violation, looseness: Math.sqrt(bound / norm) };
};

/** The float32 numbers below 2^-126 may be taken for zero. */
const smallest = 2 ** -126;

/** Each library function on the way is within 4 ulp, and at most 24 act on one number. */
const library = gamma(96);

/** Enough for what binary64 itself loses, and for a rounding or two that a target adds by fusing. */
const slack = 1 + 2 ** -20;
const spare = 8;

const absolute = (t: Tensor<number>): Tensor<number> => ({
  shape: t.shape,
  data: Float64Array.from(t.data, Math.abs),
});

const upper = ({ centre, radius }: Enclosure): Tensor<number> => ({
  shape: centre.shape,
  data: radius.map((r, i) => Math.abs(centre.data[i]!) + r),
});

/** The same sum of products over absolute values. */
const unsigned = (p: Primitive): Primitive => {
  switch (p.op) {
    case "subtract":
      return { op: "add" };
    case "scale":
      return { ...p, factor: Math.abs(p.factor) };
    case "offset":
      return { ...p, by: Math.abs(p.by) };
    default:
      return p;
  }
};

/** The most roundings on the way of a term through a multilinear instruction; null for any other. */
const roundings = (p: Primitive, args: readonly Enclosure[]): number | null => {
  const shape = (i: number) => args[i]!.centre.shape;
  switch (p.op) {
    case "conv":
      return size(shape(1).slice(0, -1)) + spare;
    case "convInputGrad":
      return size(kernelExtents(p.geometry)) * (channelsOf(shape(1)) / p.groups) + spare;
    case "convFilterGrad":
      return size(shape(1).slice(0, -1)) + spare;
    case "gateGrad":
      return size(shape(0).slice(0, -2)) + spare;
    case "channelSum":
    case "channelDot":
      return size(shape(0).slice(0, -1)) + spare;
    case "matmul":
      return shape(0)[p.transposeA ? 0 : 1]! + spare;
    case "sum":
      return size(p.axes.map((axis) => shape(0)[axis]!)) + spare;
    case "averagePool":
    case "averagePoolGrad":
      return taps(p.geometry) + spare;
    case "gateWeight":
    case "channelAffine":
    case "channelScale":
    case "channelShift":
    case "add":
    case "subtract":
    case "multiply":
    case "scale":
    case "offset":
    case "scaleBy":
      return 2;
    default:
      return null;
  }
};

const apply = (p: Primitive, args: readonly Tensor<number>[]): Tensor<number> =>
  succeed(applyPrimitive(float64)(p, args));

const multilinear = (p: Primitive, args: readonly Enclosure[], n: number): Enclosure => {
  const centre = apply(
    p,
    args.map((a) => a.centre),
  );
  const q = unsigned(p);
  const below = apply(
    q,
    args.map((a) => absolute(a.centre)),
  );
  const above = args.every(({ radius }) => radius.every((r) => r === 0))
    ? below
    : apply(q, args.map(upper));
  const g = gamma(n);
  const radius = Float64Array.from(above.data, (a, i) => {
    const moved = a - below.data[i]!;
    return (moved + g * a + n * smallest) * slack;
  });
  return { centre, radius };
};

/** What only moves elements moves the radius along. */
const moved = (p: Primitive, args: readonly Enclosure[]): Enclosure => ({
  centre: apply(
    p,
    args.map((a) => a.centre),
  ),
  radius: Float64Array.from(
    apply(
      p,
      args.map(({ centre, radius }) => ({ shape: centre.shape, data: radius })),
    ).data,
  ),
});

/** Lipschitz constants of a smooth activation and of its derivative, and the derivative's in the value. */
const lipschitz = (fn: ActivationFunction): readonly [number, number, number] => {
  switch (fn.name) {
    case "swish":
      return [1.1, 0.5, 1];
    case "tanh":
      return [1, 0.77, 2];
    case "elu":
      return [Math.max(1, fn.alpha), fn.alpha, 1];
    default:
      throw new Error(`no Lipschitz constants for ${fn.name}`);
  }
};

const activation = (fn: ActivationFunction, x: Enclosure): Enclosure => {
  const centre = apply({ op: "activation", fn }, [x.centre]);
  if (fn.name === "relu")
    return {
      centre,
      radius: x.radius.map((r, i) =>
        x.centre.data[i]! > 0 ? r : Math.max(0, x.centre.data[i]! + r),
      ),
    };
  const [slope] = lipschitz(fn);
  return {
    centre,
    radius: x.radius.map(
      (r, i) => (slope * r + library * (1 + Math.abs(x.centre.data[i]!) + r)) * slack,
    ),
  };
};

/** A result, and how many jumps the enclosures leave open. */
interface Counted extends Enclosure {
  readonly undecided: number;
}

/** `dy` where `y > 0`, zero where `y = 0`. */
const reluGrad = (y: Enclosure, dy: Enclosure): Counted => {
  let undecided = 0;
  const data = new Float64Array(y.radius.length);
  const radius = new Float64Array(y.radius.length);
  for (let i = 0; i < data.length; i++) {
    const [value, r, d, s] = [y.centre.data[i]!, y.radius[i]!, dy.centre.data[i]!, dy.radius[i]!];
    data[i] = value > 0 ? d : 0;
    if (value - r > 0) radius[i] = s;
    else if (value !== 0 || r !== 0) {
      undecided++;
      radius[i] = Math.abs(d) + s;
    }
  }
  return { centre: { shape: y.centre.shape, data }, radius, undecided };
};

const smoothGrad = (fn: ActivationFunction, args: readonly Enclosure[]): Enclosure => {
  const [x, y, dy] = [args[0]!, args[1]!, args[2]!];
  const [, slope, inValue] = lipschitz(fn);
  const ones = { shape: x.centre.shape, data: new Float64Array(x.radius.length).fill(1) };
  const derivative = apply({ op: "activationGrad", fn }, [x.centre, y.centre, ones]);
  const radius = x.radius.map((r, i) => {
    const magnitude = 1 + Math.abs(x.centre.data[i]!) + r;
    return (
      (slope * r + inValue * (y.radius[i]! + library * magnitude) + library * magnitude) * slack
    );
  });
  return multilinear({ op: "multiply" }, [{ centre: derivative, radius }, dy], 2);
};

/** The largest of each window; it moves by no more than any candidate. */
const maxPool = (p: Primitive & { readonly op: "maxPool" }, x: Enclosure): Enclosure => ({
  centre: apply(p, [x.centre]),
  radius: Float64Array.from(apply(p, [{ shape: x.centre.shape, data: x.radius }]).data),
});

/** Each `dy` goes to the first of the largest of its window. */
const maxPoolGrad = (geometry: Geometry, x: Enclosure, dy: Enclosure): Counted => {
  const { shape } = x.centre;
  const map = readMap(geometry, shape.slice(1, -1));
  const [area, channels] = [size(shape.slice(1, -1)), channelsOf(shape)];
  const centre = apply({ op: "maxPoolGrad", geometry }, [x.centre, x.centre, dy.centre]);
  const radius = new Float64Array(x.radius.length);
  const magnitudes = new Float64Array(x.radius.length);
  let undecided = 0;
  const value = (at: number): number => x.centre.data[at]!;
  for (let i = 0; i < dy.radius.length; i++) {
    const c = i % channels;
    const position = Math.floor(i / channels) % map.positions;
    const n = Math.floor(i / channels / map.positions);
    const reads = Array.from(map.reads.subarray(position * map.taps, (position + 1) * map.taps))
      .filter((read) => read !== PADDING)
      .map((read) => (n * area + read) * channels + c);
    const winner = reads.reduce((best, at) => (value(at) > value(best) ? at : best));
    const rivals = reads.filter(
      (at) =>
        at !== winner &&
        value(at) + x.radius[at]! >= value(winner) - x.radius[winner]! &&
        x.radius[at]! + x.radius[winner]! > 0,
    );
    const [d, s] = [Math.abs(dy.centre.data[i]!), dy.radius[i]!];
    magnitudes[winner]! += d + s;
    radius[winner]! += s;
    if (rivals.length === 0) continue;
    undecided++;
    for (const at of [winner, ...rivals]) {
      radius[at]! += d + s;
      magnitudes[at]! += d + s;
    }
  }
  const g = gamma(map.taps + spare);
  return {
    centre,
    radius: radius.map((r, i) => (r + g * magnitudes[i]!) * slack),
    undecided,
  };
};

const divide = (x: Enclosure, y: Enclosure): Enclosure => {
  const centre = apply({ op: "divide" }, [x.centre, y.centre]);
  return {
    centre,
    radius: x.radius.map((r, i) => {
      const divisor = Math.abs(y.centre.data[i]!) - y.radius[i]!;
      if (!(divisor > 0)) return Infinity;
      const quotient = Math.abs(centre.data[i]!);
      const shift = (r + quotient * y.radius[i]!) / divisor;
      return (shift + gamma(4) * (quotient + shift) + smallest) * slack;
    }),
  };
};

const root = (x: Enclosure): Enclosure => {
  const centre = apply({ op: "elementary", fn: "sqrt" }, [x.centre]);
  return {
    centre,
    radius: x.radius.map((r, i) => {
      const whole = centre.data[i]! + Math.sqrt(Math.max(0, x.centre.data[i]! - r));
      // A square that is taken for zero has a root of at most 2^-63.
      const shift = r === 0 ? 0 : Math.min(Math.sqrt(r), r / whole);
      return (shift + gamma(4) * (centre.data[i]! + shift) + 2 ** -63) * slack;
    }),
  };
};

/** Rows of logits with what is needed to bound their losses. */
const rowsOf = (logits: Enclosure) => {
  const classes = channelsOf(logits.centre.shape);
  return Array.from({ length: logits.radius.length / classes }, (_, n) => {
    const at = Array.from({ length: classes }, (_, c) => n * classes + c);
    const largest = Math.max(...at.map((i) => logits.centre.data[i]!));
    const radius = Math.max(...at.map((i) => logits.radius[i]!));
    return { at, largest, radius };
  });
};

/**
 * `-sum_c t_c log p_c`. Logits off by at most `r` change each logarithm by at most `2 r`; a logarithm is a
 * difference, rounded, less a logarithm of a sum between 1 and the number of classes.
 */
const crossEntropy = (logits: Enclosure, targets: Enclosure): Enclosure => ({
  centre: apply({ op: "crossEntropy" }, [logits.centre, targets.centre]),
  radius: Float64Array.from(rowsOf(logits), ({ at, largest, radius }) =>
    at.reduce((sum, i) => {
      const size =
        Math.abs(logits.centre.data[i]! - largest) + 1 + Math.log(at.length) + 2 * radius;
      const each = 2 * radius + (gamma(at.length) + library) * size;
      return sum + Math.abs(targets.centre.data[i]!) * each * slack;
    }, smallest),
  ),
});

/** A probability moves by a factor of at most `exp(2 r)`, and the rounded exponent by its own rounding. */
const crossEntropyGrad = (logits: Enclosure, targets: Enclosure, dy: Enclosure): Enclosure => {
  const probabilities = apply({ op: "activation", fn: { name: "softmax" } }, [logits.centre]);
  const slope = new Float64Array(logits.radius.length);
  const radius = new Float64Array(logits.radius.length);
  for (const { at, largest, radius: r } of rowsOf(logits)) {
    const mass = at.reduce((sum, i) => sum + targets.centre.data[i]!, 0);
    for (const i of at) {
      const probability = probabilities.data[i]! * mass;
      slope[i] = probability - targets.centre.data[i]!;
      const span = 1 + Math.abs(logits.centre.data[i]! - largest) + 2 * r;
      const error = probability * (Math.expm1(2 * r) + (gamma(2 * at.length) + library * span));
      const rounding = gamma(2) * (probability + error + targets.centre.data[i]!);
      radius[i] = (error + rounding + smallest) * slack;
    }
  }
  const { shape } = logits.centre;
  const repeated = moved({ op: "broadcast", axes: [1], shape }, [dy]);
  return multilinear({ op: "multiply" }, [{ centre: { shape, data: slope }, radius }, repeated], 2);
};

const step = (p: Primitive, args: readonly Enclosure[]): Enclosure | Counted => {
  const n = roundings(p, args);
  if (n !== null) return multilinear(p, args, n);
  const [x, y, z] = [args[0]!, args[1]!, args[2]!];
  switch (p.op) {
    case "broadcast":
    case "reshape":
    case "pad":
    case "slice":
    case "concat":
      return moved(p, args);
    case "activation":
      return activation(p.fn, x);
    case "activationGrad":
      return p.fn.name === "relu" ? reluGrad(y, z) : smoothGrad(p.fn, args);
    case "maxPool":
      return maxPool(p, x);
    case "maxPoolGrad":
      return maxPoolGrad(p.geometry, x, z);
    case "divide":
      return divide(x, y);
    case "elementary":
      if (p.fn === "sqrt") return root(x);
      break;
    case "crossEntropy":
      return crossEntropy(x, y);
    case "crossEntropyGrad":
      return crossEntropyGrad(x, y, z);
    default:
  }
  throw new Error(`no rounding bound for ${p.op}`);
};

/** What follows from a feed. */
export interface Enclosed {
  readonly outputs: Readonly<Record<string, Enclosure>>;
  /** Every value that was seen, against the enclosure that follows from those seen before. */
  readonly comparisons: readonly Comparison[];
  /** Jumps of derivatives and winners of maxima that the enclosures leave open. */
  readonly undecided: number;
}

/** Run a program with rounding bounds. `feed` holds every input, exact; `seen` what a target computed. */
export const enclose = (
  program: Program,
  feed: Values<number>,
  seen: ReadonlyMap<NodeId, Tensor<number>> = new Map(),
): Enclosed => {
  const exactly = (centre: Tensor<number>): Enclosure => ({
    centre,
    radius: new Float64Array(centre.data.length),
  });
  const values: Enclosure[] = [];
  const comparisons: Comparison[] = [];
  let undecided = 0;
  const compute = (node: ProgramNode): Enclosure => {
    if (node.kind === "input") return exactly(feed[node.name]!);
    if (node.kind === "constant") return exactly(node.value);
    const e = step(
      node.primitive,
      node.args.map((arg) => values[arg]!),
    );
    if ("undecided" in e) undecided += e.undecided;
    return e;
  };
  for (const [id, node] of program.nodes.entries()) {
    const e = compute(node);
    const found = seen.get(id);
    if (found !== undefined && node.kind === "apply")
      comparisons.push(compare(`${node.layer ?? "loss"}, ${node.primitive.op} (${id})`, found, e));
    values.push(found === undefined ? e : exactly(found));
  }
  return {
    outputs: Object.fromEntries(program.outputs.map((o) => [o.name, values[o.node]!])),
    comparisons,
    undecided,
  };
};

/**
 * The values to be seen: around every activation and pooling, and the logits. A relu may be computed together
 * with what comes before it, so its argument is not asked for.
 */
const cuts = (program: Program): readonly NodeId[] => {
  const found = new Set<NodeId>();
  for (const [id, node] of program.nodes.entries()) {
    if (node.kind !== "apply") continue;
    const p = node.primitive;
    if (p.op === "activation" && p.fn.name !== "relu") found.add(node.args[0]!);
    if (p.op === "crossEntropy") found.add(node.args[0]!);
    if (["activation", "activationGrad", "maxPool", "maxPoolGrad", "averagePool"].includes(p.op))
      found.add(id);
  }
  return [...found];
};

const seenName = (id: NodeId): string => `seen ${id}`;

/** The same program that also returns the values to be seen. */
export const seeing = (program: Program): Program => ({
  ...program,
  outputs: [...program.outputs, ...cuts(program).map((node) => ({ name: seenName(node), node }))],
});

/** Those values, from what a step of {@link seeing} returned. */
export const seenIn = (
  program: Program,
  outputs: Values<number>,
): ReadonlyMap<NodeId, Tensor<number>> =>
  new Map(cuts(program).map((id) => [id, outputs[seenName(id)]!]));
