/**
 * The blocked lowering: what the blocked dialect does for a primitive, or `null` where plain operators do it.
 * Values outside it are converted on the way.
 */
import type { PrimitiveName } from "../../program.js";
import type { Edge } from "../graph.js";
import { fillsLanes, isBlockable } from "../blockable.js";
import { blocks } from "../layout.js";
import type { Lowering } from "../lowering.js";
import { concat, reshape } from "../operators.js";
import { plainRules } from "../plain/rules.js";
import type { Application, PrimitiveNamed } from "../rule.js";
import { storedValue, type Value } from "../value.js";
import { channelDot, channelMap, channelSum } from "./channel.js";
import { channelVector, convolution, fourExtents } from "./convolution.js";
import { filterGradient } from "./filterGradient.js";
import { gateGrad, gateWeight } from "./gate.js";
import { inputGradient } from "./inputGradient.js";
import { maxPoolGradient } from "./maxPoolGradient.js";
import { bare } from "./operator.js";
import { averagePool, globalAverageGrad, isGlobal, isPoolable, maxPool } from "./pooling.js";

/** A rule that may leave a case to the plain one. */
type PartialRule<N extends PrimitiveName> = (
  c: Lowering,
  a: Application<PrimitiveNamed<N>>,
) => Value | null;

const isBlocked = ({ home, shape }: Value): boolean =>
  home?.kind === "blocks" && shape.length === 4;

const wishes = (a: Application): boolean => a.wish.kind === "blocks" && a.shape.length === 4;

const image = (c: Lowering, a: Application, edge: Edge): Value =>
  storedValue(c, a.shape, blocks, edge);

/** The rules of the blocked dialect. */
export const blockedRules: { readonly [N in PrimitiveName]?: PartialRule<N> } = {
  conv: (c, a) =>
    isBlockable(a.primitive, a.args[1]!.shape)
      ? image(c, a, convolution(c, a.args[0]!, a.args[1]!, a.primitive))
      : null,
  convInputGrad: (c, a) =>
    isBlockable(a.primitive, a.args[1]!.shape)
      ? inputGradient(c, a.args[0]!, a.args[1]!, a.primitive, a.shape, null)
      : null,
  convFilterGrad: (c, a) => {
    const { geometry, groups } = a.primitive;
    const isWide = groups > 1 || geometry.every((axis) => axis.kernel === 1);
    return isBlockable(a.primitive, a.shape) && (isWide || fillsLanes(a.args[0]!.shape[0]!, c.b))
      ? filterGradient(c, a.args[0]!, a.args[1]!, a.primitive, a.shape)
      : null;
  },
  gateWeight: (c, a) => gateWeight(c, a.args[0]!, a.args[1]!, plainRules.gateWeight(c, a)),
  gateGrad: (c, a) => gateGrad(c, a.args[0]!, a.args[1]!, a.shape),
  channelAffine: (c, a) =>
    wishes(a)
      ? image(
          c,
          a,
          channelMap(c, a.args[0]!, a.args[1]!, { ...bare, bias: channelVector(c, a.args[2]!) }),
        )
      : null,
  channelScale: (c, a) =>
    wishes(a) ? image(c, a, channelMap(c, a.args[0]!, a.args[1]!, bare)) : null,
  channelShift: (c, a) =>
    wishes(a)
      ? image(
          c,
          a,
          channelMap(c, a.args[0]!, null, { ...bare, bias: channelVector(c, a.args[1]!) }),
        )
      : null,
  channelSum: (c, a) => (isBlocked(a.args[0]!) ? channelSum(c, a.args[0]!) : null),
  channelDot: (c, a) =>
    isBlocked(a.args[0]!) && isBlocked(a.args[1]!) ? channelDot(c, a.args[0]!, a.args[1]!) : null,
  maxPool: (c, a) =>
    wishes(a) && isPoolable(a.primitive.geometry)
      ? image(c, a, maxPool(c, a.args[0]!, a.primitive.geometry, a.shape))
      : null,
  maxPoolGrad: (c, a) =>
    wishes(a) && isPoolable(a.primitive.geometry)
      ? maxPoolGradient(c, a.args[0]!, a.args[1]!, a.args[2]!, a.primitive.geometry)
      : null,
  averagePool: (c, a) => {
    const { geometry, divisor } = a.primitive;
    return wishes(a) && isPoolable(geometry)
      ? image(c, a, averagePool(c, a.args[0]!, geometry, divisor, a.shape))
      : null;
  },
  averagePoolGrad: (c, a) =>
    wishes(a) && isGlobal(a.primitive.geometry, a.primitive.extents)
      ? image(c, a, globalAverageGrad(c, a.args[0]!, a.shape))
      : null,
  concat: (c, a) => {
    if (!wishes(a) || a.args.some(({ shape }) => shape.at(-1)! % c.b !== 0)) return null;
    const [n, h, w, channels] = fourExtents(a.shape);
    const parts = a.args.map((x) =>
      reshape(c.g, x.in(blocks), [n, x.shape[3]! / c.b, h * w * c.b]),
    );
    return image(c, a, reshape(c.g, concat(c.g, parts, 1), [n, channels, h, w]));
  },
};
