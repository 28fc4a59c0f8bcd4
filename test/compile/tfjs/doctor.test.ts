/** The doctor: what ships with Heirloom works, what does not is named with the command that gets it. */
import { describe, expect, it } from "vitest";
import { diagnose } from "../../../src/compile/tfjs/doctor.js";
import { isSoftwareAdapter, showAdapter } from "../../../src/compile/tfjs/webgpu.js";

describe("diagnose", () => {
  it("reports every backend, present or with the command that gets it", async () => {
    const reports = await diagnose();
    expect(reports.map((r) => r.name)).toEqual([
      "wasm",
      "cpu",
      "webgpu",
      "tfjs-node",
      "tfjs-node-gpu",
    ]);
    for (const r of reports) {
      const bundled = r.name === "wasm" || r.name === "cpu";
      if (bundled) expect(r).toMatchObject({ present: true, kind: "cpu", version: "4.22.0" });
      if (r.present) expect(r.selfTest).toMatchObject({ passed: true, found: null });
      else expect(r.install).toMatch(/^npm install .*4\.22\.0$/);
      expect(r.problem === null).toBe(r.present);
    }
  });
});

describe("an adapter", () => {
  it.each([
    { description: "SwiftShader driver 5.0.0" },
    { device: "llvmpipe (LLVM 15.0.6, 256 bits)" },
    { vendor: "microsoft", description: "Microsoft Basic Render Driver" },
    { description: "Some GPU", isFallbackAdapter: true },
  ])("%o is no GPU", (info) => {
    expect(isSoftwareAdapter(info)).toBe(true);
    expect(showAdapter(info)).toContain("not a GPU");
  });

  it("is called by its name", () => {
    const info = { vendor: "nvidia", architecture: "ampere", description: "" };
    expect(isSoftwareAdapter(info)).toBe(false);
    expect(showAdapter(info)).toBe("nvidia ampere");
    expect(showAdapter({})).toBe("an adapter that does not say its name");
  });
});
