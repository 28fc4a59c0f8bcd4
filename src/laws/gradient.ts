/**
 * Laws of gradients, at each projected layer where it stands and of whole networks. `G` is a cotangent of a
 * layer's value before the activation, `<., .>` the sum of products over positions and batch.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { dual, type Dual } from "../algebra/dual.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { programBuilder } from "../compile/builder.js";
import { differentiate } from "../compile/derivative.js";
import { applyPrimitive, interpret } from "../compile/interpret.js";
import { lower } from "../compile/lower.js";
import { allParameters } from "../compile/parameters.js";
import type { ActivationFunction } from "../model/activation.js";
import { mapWeights, type Operator, type Projected } from "../model/operator.js";
import { convolve, gatedConvolve } from "../semantics/convolution.js";
import { evaluate } from "../semantics/evaluate.js";
import { size } from "../tensor/shape.js";
import { generated, type Tensor } from "../tensor/tensor.js";
import { mergedOperator } from "../transform/merge.js";
import { inner, moving, tangentsOf } from "./differentiation.js";
import { equalElements } from "./equality.js";
import type { AnyNetwork } from "./generators/network.js";
import { drawTensor } from "./generators/ring.js";
import { atEach, has, isKernelled, isProjected } from "./layers.js";
import { choicesOf, every, law } from "./law.js";

const gated = {
  needs: "a projected layer",
  applies: has(isProjected),
  networks: { kinds: ["projected"], layers: 2 },
} as const;

/** The value of a projected layer, without its bias, where the gates move in a direction. */
const alongGates = <A>(
  ring: Ring<A>,
  { kernel, gates, geometry, groups }: Projected<A>,
  x: Tensor<A>,
  direction: Tensor<A>,
): Tensor<Dual<A>> =>
  gatedConvolve(dual(ring))(
    moving(ring, x),
    moving(ring, kernel),
    moving(ring, gates, direction),
    geometry,
    groups,
  );

/**
 * `sum over (k, j) of d_kj <G_j, conv(x_k, F_kj)>`, each transformed input by itself: the other pairs of the
 * kernel are silenced.
 */
const againstTransformed = <A>(
  ring: Ring<A>,
  { kernel, geometry, groups }: Projected<A>,
  x: Tensor<A>,
  cotangent: Tensor<A>,
  direction: Tensor<A>,
): A => {
  const pairs = size(kernel.shape.slice(-2));
  let sum = ring.zero;
  for (let pair = 0; pair < pairs; pair++) {
    const only = generated(ring)(kernel.shape, (i) =>
      i % pairs === pair ? kernel.data[i]! : ring.zero,
    );
    const transformed = convolve(ring)(x, only, geometry, groups);
    sum = ring.add(sum, ring.mul(direction.data[pair]!, inner(ring, cotangent, transformed)));
  }
  return sum;
};

export const t5Adjoint = law({
  name: "T5_adjoint",
  statement:
    "<G, conv(x, F)> = sum over the taps of dW[t] F[t], where dW is the filter gradient of G",
  needs: "a convolution, gated or not",
  applies: has(isKernelled),
  networks: { kinds: ["convolution", "projected"], layers: 2 },
  holds: (over) => (c) => {
    const { ring } = over;
    const uniform = choicesOf(c).bulk();
    return atEach(ring, isKernelled)(c, ({ op: { kernel, geometry, groups } }, x) => {
      const y = convolve(ring)(x, kernel, geometry, groups);
      const cotangent = drawTensor(over, y.shape, uniform);
      return pipe(
        applyPrimitive(ring)({ op: "convFilterGrad", geometry, groups }, [x, cotangent]),
        E.chain((gradient) =>
          equalElements(ring)("<dW, F>", inner(ring, gradient, kernel), inner(ring, cotangent, y)),
        ),
      );
    });
  },
});

export const t5Gate = law({
  ...gated,
  name: "T5_gate",
  statement:
    "the gradient of a gate is <G_j, conv(x_k, F_jk)>, and it is the sum over the taps of dW_jk[t] F_jk[t]",
  holds: (over) => (c) => {
    const { ring } = over;
    const uniform = choicesOf(c).bulk();
    return atEach(ring, isProjected)(c, ({ op }, x) => {
      const direction = drawTensor(over, op.gates.shape, uniform);
      const moved = tangentsOf(ring, alongGates(ring, op, x, direction));
      const cotangent = drawTensor(over, moved.shape, uniform);
      const derivative = inner(ring, cotangent, moved);
      const { geometry, groups } = op;
      const filterGradient = applyPrimitive(ring)({ op: "convFilterGrad", geometry, groups }, [
        x,
        cotangent,
      ]);
      return every([
        () =>
          equalElements(ring)(
            "the gates' gradient from the transformed inputs",
            againstTransformed(ring, op, x, cotangent, direction),
            derivative,
          ),
        () =>
          E.chain((gradient: typeof cotangent) => {
            const pairs = direction.data.length;
            const scaled = generated(ring)(op.kernel.shape, (i) =>
              ring.mul(direction.data[i % pairs]!, op.kernel.data[i]!),
            );
            return equalElements(ring)(
              "the gates' gradient from the merged kernel's",
              inner(ring, gradient, scaled),
              derivative,
            );
          })(filterGradient),
        () => {
          // The merged kernel moves by d F, so its value moves as the gated one's does.
          const kernel = mergedOperator(dual(ring))({
            ...op,
            kernel: moving(ring, op.kernel),
            gates: moving(ring, op.gates, direction),
            bias: null,
          }).kernel;
          const merged = convolve(dual(ring))(moving(ring, x), kernel, geometry, groups);
          return equalElements(ring)(
            "the derivative of the merged layer",
            inner(ring, cotangent, tangentsOf(ring, merged)),
            derivative,
          );
        },
      ]);
    });
  },
});

export const t5Chain = law({
  ...gated,
  name: "T5_chain",
  statement:
    "for a loss L with gradient G at the layer's value, dL along the gates is sum of d_kj <G_j, conv(x_k, F_jk)>",
  holds: (over) => (c) => {
    const { ring } = over;
    const D = dual(ring);
    const uniform = choicesOf(c).bulk();
    return atEach(ring, isProjected)(c, ({ op }, x) => {
      const direction = drawTensor(over, op.gates.shape, uniform);
      const y = alongGates(ring, op, x, direction);
      const [linear, square] = [0, 1].map(() => drawTensor(over, y.shape, uniform)) as [
        Tensor<typeof ring.zero>,
        Tensor<typeof ring.zero>,
      ];
      // L(y) = <linear, y> + <square, y * y>, whose gradient is linear + 2 square y.
      const squares = generated(D)(y.shape, (i) => D.mul(y.data[i]!, y.data[i]!));
      const loss = D.add(
        inner(D, moving(ring, linear), y),
        inner(D, moving(ring, square), squares),
      );
      const gradient = generated(ring)(y.shape, (i) => {
        const half = ring.mul(square.data[i]!, y.data[i]!.value);
        return ring.add(linear.data[i]!, ring.add(half, half));
      });
      return equalElements(ring)(
        "the loss along the gates",
        againstTransformed(ring, op, x, gradient, direction),
        loss.tangent,
      );
    });
  },
});

/**
 * Over a formal field `relu(2 x) = 2 relu(x)` fails and no constant relates erf to exp, so what compares
 * differently in value and derivative, and what has both functions, is judged elsewhere.
 */
const hasExactDerivative = (fn: ActivationFunction): boolean =>
  fn.name !== "hardSwish" && !(fn.name === "gelu" && !fn.approximate);

const isDifferentiable = <A>(op: Operator<A>): boolean =>
  (op.kind !== "activation" || hasExactDerivative(op.fn)) &&
  (op.kind !== "batchNorm" || op.statistics === "frozen");

/** The gradients of `<cotangent, n(batch)>` in all weights and the input, by the compiled program. */
const reverse = <A>(
  ring: Ring<A>,
  n: AnyNetwork<A>,
  batch: Tensor<A>,
  cotangent: Tensor<A>,
): Result<ReadonlyMap<string, Tensor<A>>> => {
  const parameters = allParameters(n);
  const b = programBuilder(ring);
  const { output } = lower(b, n, {
    batch: batch.shape[0]!,
    trainable: new Set(parameters.map(({ name }) => name)),
    training: false,
    statistics: "constant",
  });
  const inputs = b.nodes.flatMap((node, id) =>
    node.kind === "input" ? [[id, node.name] as const] : [],
  );
  const seed = b.input("seed", "batch", b.shape(output));
  const gradients = differentiate(
    b,
    output,
    inputs.map(([id]) => id),
    { seed },
  );
  const found = inputs.flatMap(([id, name]) => {
    const gradient = gradients.get(id);
    return gradient === undefined ? [] : [[name, gradient] as const];
  });
  for (const [name, gradient] of found) b.output(`d ${name}`, gradient);
  const feed = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  return pipe(
    b.finish(),
    E.chain((program) => interpret(ring)(program, { ...feed, input: batch, seed: cotangent })),
    E.map((values) => new Map(found.map(([name]) => [name, values[`d ${name}`]!]))),
  );
};

export const reverseMode = law({
  name: "reverse_mode",
  theorems: [],
  statement:
    "the gradient program of a whole network is its derivative over dual numbers, in all weights and the input",
  needs:
    "a network without hardSwish, exact gelu and statistics of the batch; over polynomials, without layer norms",
  applies: (n) => n.layers.every(({ op }) => isDifferentiable(op)),
  holds: (over) => (c) => {
    const { ring } = over;
    const { network, batch } = c;
    const uniform = choicesOf(c).bulk();
    const directions = new Map(
      allParameters(network).map(({ name, value }) => [
        name,
        drawTensor(over, value.shape, uniform),
      ]),
    );
    directions.set("input", drawTensor(over, batch.shape, uniform));
    const moved: AnyNetwork<Dual<typeof ring.zero>> = {
      ...network,
      layers: network.layers.map((layer) => ({
        ...layer,
        op: mapWeights(layer.op, (w, name) =>
          moving(ring, w, directions.get(`${layer.name}/${name}`)),
        ),
      })),
    };
    return pipe(
      evaluate(dual(ring))(moved, moving(ring, batch, directions.get("input"))),
      E.chain((y) => {
        const cotangent = drawTensor(over, y.shape, uniform);
        return pipe(
          reverse(ring, network, batch, cotangent),
          E.chain((gradients) =>
            equalElements(ring)(
              "the gradients along the directions",
              [...gradients].reduce(
                (sum, [name, gradient]) =>
                  ring.add(sum, inner(ring, gradient, directions.get(name)!)),
                ring.zero,
              ),
              inner(ring, cotangent, tangentsOf(ring, y)),
            ),
          ),
        );
      }),
    );
  },
});
