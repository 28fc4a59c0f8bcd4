/**
 * Laws of projection. With `z_jk = conv(x_k, F_jk)` a projected node is `y_j = sum_k g_jk z_jk + b_j`: a GFFN
 * node of transformed inputs, whatever comes behind it.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { refuse, type Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { gatesOf, withGates } from "../model/gates.js";
import { asClass } from "../model/network.js";
import { asGffn, nodesOf, type GffnForm } from "../model/nodes.js";
import type { Projected } from "../model/operator.js";
import { convolve } from "../semantics/convolution.js";
import { evaluateOperator } from "../semantics/evaluate.js";
import { axis } from "../tensor/geometry.js";
import { channelsOf } from "../tensor/shape.js";
import { filled, generated, type Tensor } from "../tensor/tensor.js";
import { preserves, projecting } from "./conversion.js";
import { equalValues, sameNetwork } from "./equality.js";
import type { AnyNetwork } from "./generators/network.js";
import { drawTensor } from "./generators/ring.js";
import { atEach, has, isConvolution, isDense, isProjected } from "./layers.js";
import { choicesOf, every, law } from "./law.js";

/** One channel of `[n, ...extents, channels]`. */
const channel = <A>(ring: Ring<A>, x: Tensor<A>, k: number): Tensor<A> => {
  const channels = channelsOf(x.shape);
  return generated(ring)([...x.shape.slice(0, -1), 1], (i) => x.data[i * channels + k]!);
};

/** The value of a GFFN node of transformed inputs, by the definition of both. */
const formValue = <A>(
  ring: Ring<A>,
  { node, transformed }: GffnForm<A>,
  x: Tensor<A>,
): Tensor<A> => {
  const z = transformed.map(({ input, geometry, kernel }) =>
    convolve(ring)(
      channel(ring, x, input),
      { shape: [...kernel.shape, 1, 1], data: kernel.data },
      geometry,
      1,
    ),
  );
  return generated(ring)(z[0]!.shape, (i) =>
    node.inputs.reduce(
      (y, { input, weight }) => ring.add(y, ring.mul(weight, z[input]!.data[i]!)),
      node.bias ?? ring.zero,
    ),
  );
};

const gated = {
  needs: "a projected layer",
  applies: has(isProjected),
  networks: { kinds: ["projected"], layers: 2 },
} as const;

export const t3GffnForm = law({
  ...gated,
  name: "T3_gffn_form",
  statement:
    "a projected node is the GFFN node whose weights are its gates, of the inputs conv(x_k, F_jk)",
  holds:
    ({ ring }) =>
    (c) =>
      atEach(ring, isProjected)(c, ({ layer, value }, x) =>
        pipe(
          nodesOf(layer),
          E.chain((nodes) =>
            every(
              nodes.map(
                (node, j) => () =>
                  node.class === "Projected"
                    ? equalValues(ring)(formValue(ring, asGffn(node), x), channel(ring, value, j))
                    : refuse({ where: `node ${j}`, found: node.class, expected: "Projected" }),
              ),
            ),
          ),
        ),
      ),
});

/** Every projected layer with drawn gates. */
const regated = <A>(op: Projected<A>, gates: Tensor<A>): Projected<A> => ({ ...op, gates });

export const t3Factor = law({
  ...gated,
  name: "T3_factor",
  statement:
    "a function is a projected node exactly where it is a GFFN node after the convolutions: any weights of the " +
    "one are gates of the other",
  holds: (over) => (c) => {
    const { ring } = over;
    const uniform = choicesOf(c).bulk();
    return atEach(ring, isProjected)(c, ({ layer, op }, x) => {
      const weights = drawTensor(over, op.gates.shape, uniform);
      const outputs = channelsOf(weights.shape);
      return pipe(
        evaluateOperator(ring)(regated(op, weights), [x]),
        E.chain((y) =>
          pipe(
            nodesOf(layer),
            E.chain((nodes) =>
              every(
                nodes.flatMap((node, j) => {
                  if (node.class !== "Projected") return [];
                  const form = asGffn(node);
                  const inputs = form.node.inputs.map(({ input }) => ({
                    input,
                    weight: weights.data[input * outputs + j]!,
                  }));
                  const other = { ...form, node: { ...form.node, inputs } };
                  return [() => equalValues(ring)(formValue(ring, other, x), channel(ring, y, j))];
                }),
              ),
            ),
          ),
        ),
      );
    });
  },
});

export const t3Identity = law({
  name: "T3_identity",
  statement:
    "a projected layer whose kernels are one tap of one is the GFFN layer whose weights are its gates",
  needs: "a dense layer",
  applies: has(isDense),
  networks: { kinds: ["dense", "dense", "activation"], layers: 3 },
  holds:
    ({ ring }) =>
    (c) =>
      atEach(ring, isDense)(c, ({ op: { weights, bias }, value }, x) => {
        const geometry = x.shape.slice(1, -1).map(() => axis({ kernel: 1 }));
        const kernel = filled(ring)([...geometry.map(() => 1), ...weights.shape], ring.one);
        const op = {
          kind: "projected",
          geometry,
          groups: 1,
          kernel,
          gates: weights,
          bias,
        } as const;
        return pipe(
          evaluateOperator(ring)(op, [x]),
          E.chain((y) => equalValues(ring)(y, value)),
        );
      }),
});

export const t3Unit = law({
  name: "T3_unit",
  statement: "a projected layer with gates of one is the pretrained convolution",
  needs: "a convolution",
  applies: has(isConvolution),
  networks: { kinds: ["convolution"], layers: 2 },
  holds:
    ({ ring }) =>
    (c) =>
      atEach(ring, isConvolution)(c, ({ op, value }, x) => {
        const gates = filled(ring)(op.kernel.shape.slice(-2), ring.one);
        return pipe(
          evaluateOperator(ring)({ ...op, kind: "projected", gates }, [x]),
          E.chain((y) => equalValues(ring)(y, value)),
        );
      }),
});

export const networkProjection = law({
  name: "network_projection",
  statement:
    "project, with its gates of one, preserves the meaning of every network and leaves no convolution",
  needs: "a convolution, and no gates",
  applies: (n) => has(isConvolution)(n) && !has(isProjected)(n),
  networks: {
    kinds: ["convolution", "convolution", "dense", "activation", "add", "concat", "multiply"],
  },
  holds:
    ({ ring }) =>
    ({ network, batch }) =>
      every([
        () => preserves(ring)(projecting(ring))(network, batch),
        () =>
          E.chain(({ network: p }: { readonly network: AnyNetwork<typeof ring.zero> }) =>
            p.layers.some(({ op }) => op.kind === "convolution")
              ? refuse({ where: "project", found: "a convolution", expected: "gates everywhere" })
              : E.right(null),
          )(projecting(ring)(network)),
      ]),
});

/** Other gates of the same shapes. */
const drawnGates =
  <A>(draw: (shape: readonly number[]) => Tensor<A>) =>
  (gates: ReadonlyMap<string, Tensor<A>>): ReadonlyMap<string, Tensor<A>> =>
    new Map([...gates].map(([name, { shape }]) => [name, draw(shape)]));

export const gatesLens = law({
  name: "gates_lens",
  theorems: [],
  statement:
    "gatesOf and withGates are a lens: putting back what was got changes nothing, what was put is got, and " +
    "putting twice is putting the second",
  needs: "a projected layer",
  applies: has(isProjected),
  networks: { kinds: ["projected", "projected", "convolution", "activation", "add"] },
  holds: (over) => (c) => {
    const { ring } = over;
    const uniform = choicesOf(c).bulk();
    const other = drawnGates((shape) => drawTensor(over, shape, uniform));
    const sameGates = (
      found: ReadonlyMap<string, Tensor<typeof ring.zero>>,
      expected: ReadonlyMap<string, Tensor<typeof ring.zero>>,
    ): Result<null> =>
      every(
        [...expected].map(
          ([name, g]) =>
            () =>
              equalValues(ring)(found.get(name)!, g),
        ),
      );
    return pipe(
      asClass("Projected")(c.network),
      E.chain((n) => {
        const own = gatesOf(n);
        const [first, second] = [other(own), other(own)];
        const got = withGates(own)(n);
        const once = withGates(first)(n);
        const direct = withGates(second)(n);
        const twice = E.chain(withGates(second))(once);
        return every([
          () => E.chain((m: typeof n) => sameNetwork(ring)(m, n))(got),
          () => E.chain((m: typeof n) => sameGates(gatesOf(m), first))(once),
          () =>
            E.chain((m: typeof n) => E.chain((d: typeof n) => sameNetwork(ring)(m, d))(direct))(
              twice,
            ),
        ]);
      }),
    );
  },
});
