/**
 * One scale per output channel: `W_j = s_j F_j`. With the biases trained beside it, this is the scale-and-bias
 * patch of K-for-1. Of the gates of projection it is the special case `g_jk = s_j`.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { float32 } from "../algebra/float32.js";
import type { Result } from "../algebra/refusal.js";
import type { Ring } from "../algebra/ring.js";
import { filled } from "../tensor/tensor.js";
import { isBias } from "./bitFit.js";
import { adaptByMaking, linearOf } from "./body.js";
import { method, type Adaptation, type AnyNetwork } from "./method.js";

/** The options of per-channel scaling. */
export interface ChannelScaleOptions {
  /** Train biases and the shifts of normalisations too. */
  readonly biases: boolean;
}

/** Scale and bias: the whole patch. */
export const channelScaleDefaults: ChannelScaleOptions = { biases: true };

/** Scale the output channels of every linear layer of the body. */
export const adaptByChannelScale =
  <A>(ring: Ring<A>, { biases }: ChannelScaleOptions = channelScaleDefaults) =>
  (n: AnyNetwork<A>): Result<Adaptation<A>> =>
    adaptByMaking(ring)("channel-scale", n, {
      choose: (layer) => {
        const linear = linearOf(layer);
        return E.right(
          linear === null
            ? null
            : {
                parameters: {
                  channel_scale: { start: filled(ring)([linear.outputs], ring.one), towards: 1 },
                },
                makes: {
                  [linear.weight]: (b, frozen, theta) =>
                    b.apply({ op: "channelScale" }, frozen, theta("channel_scale")),
                },
              },
        );
      },
      also: (_, weight) => biases && isBias(weight),
    });

export const channelScaleMethod = method<ChannelScaleOptions>({
  name: "channel-scale",
  summary: "train one scale per output channel, and the biases",
  source: "Mudrakarta et al., K for the price of 1, arXiv 1810.10703, 2018",
  options: t.exact(t.partial({ biases: t.boolean })),
  defaults: channelScaleDefaults,
  phases: (options) => [
    { name: "channel-scale", rate: 1e-2, prepare: adaptByChannelScale(float32, options) },
  ],
});
