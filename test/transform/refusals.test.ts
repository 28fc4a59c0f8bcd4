/** Why the conversions refuse, word for word. */
import { describe, expect, it } from "vitest";
import { rational, type Rational } from "../../src/algebra/rational.js";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import { asClass, network } from "../../src/model/network.js";
import type { Operator } from "../../src/model/operator.js";
import { axis, type Geometry } from "../../src/tensor/geometry.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { rebuild } from "../../src/transform/rebuild.js";
import { recognise } from "../../src/transform/recognise.js";
import { unmerge } from "../../src/transform/unmerge.js";
import { refused, succeed } from "../generators/succeed.js";
import type { AnyNetwork } from "../../src/laws/generators/network.js";
import {
  chain,
  convolution,
  dense,
  embedding,
  numbers,
  pad,
  pointwise,
  projected,
  projecting,
  relu,
} from "./worked.js";

const spatial = convolution(numbers([3, 3, 2, 2], (i) => i));

const unmerging = (n: AnyNetwork<Rational>, p: AnyNetwork<Rational>) =>
  unmerge(rational)(n, succeed(asClass("Projected")(p)));

describe("a refusal", () => {
  const gffn = chain([4, 4, 2], dense);
  const into = (...geometry: Geometry) => embedding(gffn, { geometry: () => geometry });
  const withGates = chain([3, 3, 2], projected, pointwise);
  const merged = () => succeed(merge(rational)(withGates)).network;
  const elsewhere = (input: readonly number[], ...ops: readonly Operator<Rational>[]) =>
    rebuild(rational)(chain([4, 4, 2], pointwise), {
      conversion: "merge",
      theorem: "network_merge",
      class: "GCNN",
      layers: chain(input, ...ops).layers,
      steps: [],
      notes: [],
    });

  it.each<readonly [string, () => Result<unknown>, string]>([
    [
      "project: gates that are there already",
      () => project(rational)(withGates as never),
      "layer l0: found gates, expected a network without projected layers; merge it first",
    ],
    [
      "project: nothing to gate",
      () => projecting(chain([3, 3, 2], spatial, pointwise), { choose: () => "train" }),
      "project: found 2 convolutions, none of them gated, expected at least one convolution to " +
        "gate; embed a GFFN network first, or choose `gate` for the pointwise convolutions",
    ],
    [
      "recognise: gates",
      () => recognise(rational)(withGates),
      "layer l0: found gates, expected convolutions; merge it first",
    ],
    [
      "recognise: other extents",
      () =>
        recognise(rational)(
          chain(
            [3, 3, 2],
            convolution(
              numbers([3, 2, 2, 2], () => 0),
              [axis({ kernel: 3, low: 1, high: 1 }), axis({ kernel: 2 })],
            ),
          ),
        ),
      "layer l0: window: found 3x2 outputs from 3x3 positions, expected as many outputs as " +
        "inputs; a GFFN layer keeps the spatial extents",
    ],
    [
      "recognise: a tap that reads its own position at the first output alone",
      () =>
        recognise(rational)(
          chain(
            [2, 1],
            convolution(
              numbers([1, 1, 1], () => 5),
              [axis({ kernel: 1, stride: 2, high: 1 })],
            ),
          ),
        ),
      "layer l0: kernel tap [0], input 0 to output 0: found 5, expected zero off the centre tap; " +
        "this tap reads padding at some outputs, so that no one weight stands for it at all of them",
    ],
    [
      "embed: no centre tap",
      () => into(axis({ kernel: 1 }), axis({ kernel: 3, dilation: 2, low: 1, high: 3 })),
      "layer l0: axis 1: found kernel 3, stride 1, dilation 2, padding 1 + 3, expected a centre " +
        "tap: stride 1 and padding before of c * dilation for a tap c; a GFFN layer embeds into " +
        "no strided or unpadded convolution (T1_embed)",
    ],
    [
      "embed: other extents",
      () => into(axis({ kernel: 3, low: 1 }), axis({ kernel: 1 })),
      "layer l0: window: found 3x4 outputs with kernel 3, stride 1, dilation 1, padding 1 + 0; " +
        "kernel 1, stride 1, dilation 1, padding 0 + 0, expected as many outputs as inputs, 4x4; " +
        "pad so that the extents are kept",
    ],
    [
      "embed: a window that does not fit",
      () => into(axis({ kernel: 1 }), axis({ kernel: 7 })),
      "layer l0: axis 1: found a window of 7 positions over 4 positions padded by 0 + 0, expected " +
        "a window no longer than the padded input; use a larger input, a smaller kernel or more " +
        "padding",
    ],
    [
      "unmerge: another number of layers",
      () => unmerging(chain([3, 3, 2], pointwise), withGates),
      "unmerge: found a merged network of 2 layers, expected the 3 layers of the projected network",
    ],
    [
      "unmerge: another weight in a layer without gates",
      () =>
        unmerging(
          merged(),
          chain([3, 3, 2], projected, { ...pointwise, kernel: numbers([1, 1, 2, 2], () => 1) }),
        ),
      "layer l1: kernel[0, 0, 0, 1]: found 2, expected 1; " +
        "unmerge with the projected network that was merged, gates included",
    ],
    [
      "unmerge: another layer",
      () =>
        unmerging(
          succeed(
            network(merged().layers.map((l) => ({ ...l, op: l.name === "l1" ? relu : l.op }))),
          ),
          chain([3, 3, 2], projected, { kind: "dropout", rate: 0.5 }),
        ),
      'layer l1: found ["l1",["l0"],{"fn":{"name":"relu"},"kind":"activation"}], ' +
        'expected ["l1",["l0"],{"kind":"dropout","rate":0.5}]; ' +
        "unmerge with the projected network that was merged, gates included",
    ],
    [
      "rebuild: another input",
      () =>
        elsewhere([4, 5, 2], { kind: "reshape", shape: [5, 4, 2] }, pad, {
          kind: "reshape",
          shape: [6, 6, 2],
        }),
      "merge: found a network from 4x5x2 to 6x6x2, expected one from 4x4x2 to 4x4x2",
    ],
    [
      "rebuild: another output",
      () => elsewhere([4, 4, 2], { kind: "flatten" }),
      "merge: found a network from 4x4x2 to 32, expected one from 4x4x2 to 4x4x2",
    ],
    [
      "rebuild: another input of the same output",
      () => elsewhere([4, 2, 4], { kind: "reshape", shape: [4, 4, 2] }),
      "merge: found a network from 4x2x4 to 4x4x2, expected one from 4x4x2 to 4x4x2",
    ],
  ])("%s", (_, convert, sentence) => {
    expect(showRefusal(refused(convert()))).toBe(sentence);
  });
});
