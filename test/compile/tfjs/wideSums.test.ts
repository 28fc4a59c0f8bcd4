/**
 * wasm's AvgPool writes past its stack where it is given some 16,000 channels or more, and the damage shows
 * in later kernels. The sums that Heirloom builds on it must therefore stay narrow, however many pairs of
 * channels a kernel has.
 */
import * as E from "fp-ts/lib/Either.js";
import { expect, test } from "vitest";
import { float64 } from "../../../src/algebra/float64.js";
import { programBuilder } from "../../../src/compile/builder.js";
import { tfjsTarget } from "../../../src/compile/tfjs/backend.js";
import { axis } from "../../../src/tensor/geometry.js";
import { size, type Shape } from "../../../src/tensor/shape.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { succeed } from "../../generators/succeed.js";

const ramp = (shape: Shape, period: number) =>
  tensor(
    shape,
    Float32Array.from({ length: size(shape) }, (_, i) => (i % period) - 1),
  );

const channels = 20_000;
const kernel: Shape = [3, 3, 160, 125];

test("sums over wide rows are right on wasm, and stay right", async () => {
  const b = programBuilder(float64);
  const F = b.input("F", "batch", kernel);
  const dW = b.input("dW", "batch", kernel);
  const x = b.input("x", "batch", [1, 3, 3, channels]);
  const window = axis({ kernel: 3 });
  b.output("gates", b.apply({ op: "gateGrad" }, F, dW));
  b.output("sums", b.apply({ op: "channelSum" }, x));
  b.output(
    "means",
    b.apply({ op: "averagePool", geometry: [window, window], divisor: "valid" }, x),
  );
  const target = succeed(await tfjsTarget("wasm"));
  const executable = succeed(await target.load(succeed(b.finish()), {}));
  const feed = { F: ramp(kernel, 3), dW: ramp(kernel, 5), x: ramp([1, 3, 3, channels], 4) };
  const sumOver = (rows: number, width: number, at: (i: number) => number): readonly number[] =>
    Array.from({ length: width }, (_, c) =>
      Array.from({ length: rows }, (_, r) => at(r * width + c)).reduce((a, v) => a + v, 0),
    );
  const gates = sumOver(9, 160 * 125, (i) => feed.F.data[i]! * feed.dW.data[i]!);
  const sums = sumOver(9, channels, (i) => feed.x.data[i]!);
  for (let step = 0; step < 10; step++) {
    const result = await executable.step(feed);
    if (E.isLeft(result)) expect.fail(JSON.stringify(result.left));
    expect(Array.from(result.right["gates"]!.data, Math.round)).toEqual(gates);
    expect(Array.from(result.right["sums"]!.data, Math.round)).toEqual(sums);
    expect(Array.from(result.right["means"]!.data, (m) => Math.round(9 * m))).toEqual(sums);
  }
  executable.dispose();
});
