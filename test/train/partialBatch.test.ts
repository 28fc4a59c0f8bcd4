import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptFully } from "../../src/adapt/full.js";
import { exactly } from "../../src/compile/arithmetic.js";
import { interpret, type Values } from "../../src/compile/interpret.js";
import { stepProgramOver } from "../../src/compile/step.js";
import { readIn, readTensor } from "../../src/semantics/reading.js";
import { scalar, gatherBatch, targetsOf } from "../../src/train/batch.js";
import { formal } from "../../src/laws/generators/ring.js";
import { succeed } from "../generators/succeed.js";
import { adaptable, classes, stripes } from "./task.js";

describe("a padded batch", () => {
  it("has exactly the loss and the update of the smaller batch, over a field with formal functions", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(50),
        async (rows, padding, seed) => {
          const { ring } = formal(`${seed}`);
          const { network, trainable } = adaptFully({ statistics: "frozen" })(adaptable(seed));
          const examples = stripes(6, seed, 0);
          const indices = Array.from({ length: rows }, (_, i) => i);
          const read = (t: Parameters<ReturnType<typeof readTensor>>[0]) =>
            succeed(readTensor(ring)(t));
          const stepOf = async (batch: number): Promise<Values<bigint>> => {
            const made = succeed(
              stepProgramOver(exactly(ring))(succeed(readIn(ring)(network)), {
                batch,
                trainable,
                optimizer: { kind: "sgd", momentum: 0, weightDecay: 0 },
              }),
            );
            const { inputs, labels } = succeed(await gatherBatch(examples, indices, batch, null));
            return succeed(
              interpret(ring)(made.program, {
                ...made.initial,
                input: read(inputs),
                targets: read(targetsOf(labels, batch, classes.length, 0.25)),
                rate: read(scalar(0.5)),
                exampleWeight: read(scalar(1 / 4)),
              }),
            );
          };
          const { logits: _, ...exact } = await stepOf(rows);
          const { logits: __, ...padded } = await stepOf(rows + padding);
          expect(Object.keys(padded).sort()).toEqual(Object.keys(exact).sort());
          for (const [name, value] of Object.entries(exact))
            expect([name, Array.from(padded[name]!.data)]).toEqual([name, Array.from(value.data)]);
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe("targetsOf", () => {
  it("smooths labels and leaves padding rows at zero", () => {
    expect(Array.from(targetsOf([1], 2, 4, 0.5).data)).toEqual([
      0.125, 0.625, 0.125, 0.125, 0, 0, 0, 0,
    ]);
  });
});
