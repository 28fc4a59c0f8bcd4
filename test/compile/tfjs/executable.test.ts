/** Executables on the bundled backends, alone and in turn. */
import { describe, expect, it } from "vitest";
import type { Executable } from "../../../src/compile/target.js";
import { tfjsTarget } from "../../../src/compile/tfjs/backend.js";
import { succeed } from "../../generators/succeed.js";
import { allBits, executableLaws, feed, initial, program } from "./executableLaws.js";

describe.each(["cpu", "wasm"] as const)("an executable on %s", executableLaws);

describe("two backends in one process", () => {
  it("take turns without touching each other's results", async () => {
    const load = async (name: "cpu" | "wasm"): Promise<Executable> =>
      succeed(await succeed(await tfjsTarget(name)).load(program, initial));
    const alone = async (name: "cpu" | "wasm"): Promise<unknown> => {
      const e = await load(name);
      const out = succeed(await e.step(feed));
      e.dispose();
      return allBits(out);
    };
    const expected = [await alone("cpu"), await alone("wasm")];
    const [cpu, wasm] = [await load("cpu"), await load("wasm")];
    const together = await Promise.all([cpu.step(feed), wasm.step(feed)]);
    expect(together.map((out) => allBits(succeed(out)))).toEqual(expected);
    cpu.dispose();
    wasm.dispose();
  });
});
