/** Finding out how the runtime stores channels, and what there is to compute on. */
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import { onnxTarget } from "../../../src/compile/onnx/backend.js";
import { blockedOrder, blockOf, blockSize } from "../../../src/compile/onnx/blockSize.js";
import { blocks, arrange } from "../../../src/compile/onnx/layout.js";
import { findProvider, probe, providers, runProbe } from "../../../src/compile/onnx/provider.js";
import { runtimeRefusal } from "../../../src/compile/onnx/runtime.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { refused, succeed } from "../../generators/succeed.js";

describe("the block", () => {
  it("is read from the order, and only from the whole order", () => {
    for (const b of [2, 4, 8, 16, 32, 64]) {
      const order = [...blockedOrder(b)];
      expect(blockOf(order)).toBe(b);
      [order[120], order[121]] = [order[121]!, order[120]!];
      expect(blockOf(order)).toBeNull();
    }
    expect(blockOf(blockedOrder(1))).toBeNull();
    expect(blockOf([])).toBeNull();
  });

  it("orders as the layout of blocks does", () => {
    const rows = Float32Array.from({ length: 128 }, (_, i) => 2 * (i % 64) + Math.floor(i / 64));
    for (const b of [4, 8, 16])
      expect([...arrange(blocks, tensor([1, 1, 2, 64], rows), b)]).toEqual(blockedOrder(b));
  });

  it("is what the installed runtime shows, and restores", async () => {
    const block = succeed(await blockSize());
    if (block === null) return;
    expect([4, 8, 16]).toContain(block);
    const shape = [1, 64, 1, 2];
    const back = await runProbe(
      probe(shape, (g, x) =>
        g.node("ReorderOutput", [x], shape, {
          domain: "com.microsoft.nchwc",
          attributes: { channels: { int: 64 }, channels_last: { int: 0 } },
        }),
      ),
      Float32Array.from(blockedOrder(block)),
      {},
    );
    expect(Array.from(succeed(back))).toEqual(Array.from({ length: 128 }, (_, i) => i));
  });
});

describe("providers", () => {
  it("are the CPU, and others that run or are refused by name", async () => {
    expect(E.isRight(await findProvider("cpu"))).toBe(true);
    for (const provider of providers.filter((name) => name !== "cpu" && name !== "webgpu")) {
      const found = await findProvider(provider);
      if (E.isLeft(found)) expect(found.left.where).toContain(`onnx/${provider}`);
    }
  });

  it("say what the target computes on", async () => {
    const plain = succeed(await onnxTarget({ threads: 1, lowering: "plain" }));
    expect(plain.name).toBe("onnx/cpu");
    expect(plain.device).toMatch(
      /^ONNX Runtime 1\.30\.0 on the CPU, 1 thread, standard operators$/,
    );
    const block = succeed(await blockSize());
    const { device } = succeed(await onnxTarget({ threads: 2 }));
    expect(device).toContain(
      block === null ? "standard operators" : `2 threads, blocks of ${block}`,
    );
  });

  it("other than the CPU have no blocks", async () => {
    const refusal = refused(await onnxTarget({ provider: "dml", lowering: "blocked" }));
    expect(refusal.where).toBe("onnx/dml");
  });
});

describe("messages of the runtime", () => {
  const failed =
    "Non-zero status code returned while running Gather node. Name:'#9' Status Message: indices element out of data bounds, idx=1000";

  it("name the node and its operator", () => {
    expect(runtimeRefusal("onnx/cpu", failed)).toMatchObject({
      where: "onnx/cpu, node #9 (Gather)",
      found: "indices element out of data bounds, idx=1000",
    });
    expect(runtimeRefusal("onnx/cpu", "bad allocation")).toMatchObject({
      where: "onnx/cpu",
      found: "bad allocation",
    });
  });

  it("say what to install where the package or its library is missing", () => {
    const missing = "Cannot find package 'onnxruntime-node' imported from /app/worker.js";
    expect(runtimeRefusal("onnx/cpu", missing)).toMatchObject({
      where: "onnxruntime-node",
      found: "no such package",
      advice: "npm install onnxruntime-node@1.30.0",
    });
    const library =
      "Cannot find module '../bin/napi-v6/linux/ia32/onnxruntime_binding.node'\nRequire";
    expect(runtimeRefusal("onnx/cpu", library)).toMatchObject({
      where: "onnxruntime-node",
      found: `no library for ${process.platform} ${process.arch}`,
    });
  });

  it.each([
    "/app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node: file too short",
    "libonnxruntime.so.1: cannot open shared object file: No such file or directory",
  ])("say how to get a whole package where a file of it is damaged: %s", (damaged) => {
    const refusal = runtimeRefusal("onnx/cpu", damaged);
    expect(refusal).toMatchObject({ where: "onnxruntime-node", found: damaged });
    expect(refusal.advice).toContain("`npm install onnxruntime-node@1.30.0`");
  });

  it("say nothing of the runtime's sources", () => {
    const at = "/onnxruntime_src/onnxruntime/core/";
    const found = (message: string): string => runtimeRefusal("onnx/webgpu", message).found;
    const adapter = "Failed to get a WebGPU adapter: No supported adapters";
    expect(
      found(
        `${at}webgpu_context.cc:136 Initialize(const Config&)::<lambda()> ok was false. ${adapter}`,
      ),
    ).toBe(adapter);
    const memory = "Failed to allocate memory for requested buffer of size 4096";
    expect(
      found(`${at}framework/bfc_arena.cc:376 void* Arena::Allocate(size_t, bool) ${memory}`),
    ).toBe(memory);
    // A provider's library is no part of the package that is damaged.
    const cuda = "libonnxruntime_providers_cuda.so: cannot open shared object file";
    expect(runtimeRefusal("onnx/cuda", cuda).where).toBe("onnx/cuda");
  });
});
