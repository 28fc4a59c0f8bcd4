import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { float64 } from "../../../src/algebra/float64.js";
import { programBuilder } from "../../../src/compile/builder.js";
import { tfjsTarget } from "../../../src/compile/tfjs/backend.js";
import type { Target } from "../../../src/compile/target.js";
import { guardAllocator } from "../../../src/compile/tfjs/wasmMemory.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { refused, succeed } from "../../generators/succeed.js";

describe("an allocator", () => {
  it("throws where it has nothing left, and is guarded once", () => {
    const asked: number[] = [];
    const module = {
      _malloc: (bytes: number): number => {
        asked.push(bytes);
        return bytes > 1000 ? 0 : -16;
      },
    };
    guardAllocator(module);
    const once = module._malloc;
    guardAllocator(module);
    expect(module._malloc).toBe(once);
    expect(module._malloc(8)).toBe(2 ** 32 - 16);
    expect(() => module._malloc(2 ** 20 + 1)).toThrow("no room for a tensor of 2 MiB");
    expect(() => module._malloc(2 ** 32 + 8)).toThrow("no room for a tensor of 4097 MiB");
    expect(asked).toEqual([8, 2 ** 20 + 1]);
  });

  it("may give no address to an empty request", () => {
    const module = { _malloc: () => 0 };
    guardAllocator(module);
    expect(module._malloc()).toBe(0);
  });
});

describe("a step that does not fit wasm's memory", () => {
  let target: Target;
  beforeAll(async () => {
    target = succeed(await tfjsTarget("wasm"));
  });

  it("is refused by layer and size, and leaves the backend as it was", async () => {
    const b = programBuilder(float64);
    const x = b.input("x", "batch", [2]);
    b.output("doubled", b.apply({ op: "add" }, x, x));
    const rows = 2 ** 29 + 1;
    const wide = b.inLayer("wide", () =>
      b.apply({ op: "broadcast", axes: [0], shape: [rows, 2] }, x),
    );
    b.output("sums", b.apply({ op: "channelSum" }, wide));
    const executable = succeed(await target.load(succeed(b.finish()), {}));
    const before = tf.memory().numTensors;
    for (let attempt = 0; attempt < 2; attempt++) {
      const refusal = refused(await executable.step({ x: tensor([2], Float32Array.of(1, 2)) }));
      expect(refusal.where).toBe("wide, broadcast");
      expect(refusal.found).toMatch("no room for a tensor of 4097 MiB");
      expect(tf.memory().numTensors).toBe(before);
    }
    executable.dispose();
  });
});
