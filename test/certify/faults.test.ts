/**
 * Planted faults: every kind, in every conversion that has a place for it, in the source and in the target, over
 * float32 and over the rationals. Each must be refused, and the parts of the check are run one by one to see
 * which of them refuse it.
 *
 * What is no fault is left out: a change that leaves the meaning of its network as it was (networks are
 * evaluated over the formal field, before and after), and one that the converter itself vouches for in these
 * words. `HEIRLOOM_FAULTS=1` prints what became of every kind.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { check } from "../../src/certify/check.js";
import { readDocument, writeDocument } from "../../src/format/document.js";
import { presets } from "../../src/format/preprocessing.js";
import { tape, type Tape } from "../../src/laws/generators/tape.js";
import type { ConversionName } from "../../src/transform/certificate.js";
import { scratch } from "../format/scratch.js";
import { succeed } from "../generators/succeed.js";
import { documentFaults, networkFaults, recordFaults } from "./faults.js";
import { isTrue, names } from "./faults/conversions.js";
import type { DocumentFault, Files, Text } from "./faults/document.js";
import { isNetwork, parts, refusedBy } from "./faults/parts.js";
import { planted, type Claim, type NetworkFault, type Plot } from "./faults/plot.js";
import { tableOf, tallyOf, totalOf, type Tallies, type Tally } from "./faults/tally.js";
import { floats, fractions, meansTheSame, type World } from "./faults/world.js";
import { longTape } from "./faults/worked.js";

/** Check a claim that has a fault, and enter what became of it. */
const tried = <A>({ ring }: World<A>, tally: Tally, claim: Claim<A>): boolean => {
  const verdict = check(ring)(claim.source, claim.target, claim.certificate);
  const { refusing, asked } = refusedBy(ring, claim);
  // The parts are those of the check: it refuses where one of them does.
  expect(refusing.size > 0).toBe(E.isLeft(verdict));
  const first = parts.find((part) => refusing.has(part));
  tally.faults++;
  if (first !== undefined) {
    tally.caught++;
    tally.first.set(first, (tally.first.get(first) ?? 0) + 1);
  }
  if (asked) tally.asked++;
  if (refusing.has("extracted checker")) tally.proved++;
  return first !== undefined;
};

/** Whether the networks of a claim are others than the honest ones in what they mean. */
const changesMeaning = <A>(world: World<A>, honest: Claim<A>, claim: Claim<A>): boolean =>
  !isNetwork(claim.source) ||
  !isNetwork(claim.target) ||
  !meansTheSame(world, honest.source, claim.source) ||
  !meansTheSame(world, honest.target, claim.target);

const sides = ["source", "target"] as const;
type Side = (typeof sides)[number];

/** Plant a fault in a network: whether it was caught, and null where there was none. */
const tryNetwork = <A>(
  tallies: Tallies,
  world: World<A>,
  fault: NetworkFault,
  side: Side,
  name: ConversionName,
  t: Tape,
): boolean | null => {
  const honest = world.honest.get(name)!;
  const plot: Plot<A> = { ring: world.ring, honest, t, ulp: world.ulp };
  const claim = planted(fault, side, plot);
  if (claim === null) return null;
  const tally = tallyOf(tallies, fault.name);
  const isFault =
    (fault.hidden === true || changesMeaning(world, honest, claim)) &&
    (!isNetwork(claim.source) || !isNetwork(claim.target) || !isTrue(world.ring, name, claim));
  if (isFault) return tried(world, tally, claim);
  tally.harmless++;
  if (E.isRight(check(world.ring)(claim.source, claim.target, claim.certificate))) tally.accepted++;
  return null;
};

const inEach = (use: <A>(world: World<A>) => void): void => {
  use(floats);
  use(fractions);
};

/** In how many places of a network each kind is planted. */
const places = 2;
const networks: Tallies = new Map();
const records: Tallies = new Map();
const documents: Tallies = new Map();

describe("without a fault", () => {
  it.each(names)("%s: every part accepts", (name) => {
    inEach((world) => {
      const honest = world.honest.get(name)!;
      succeed(check(world.ring)(honest.source, honest.target, honest.certificate));
      expect([...refusedBy(world.ring, honest).refusing]).toEqual([]);
      expect(isTrue(world.ring, name, honest)).toBe(true);
    });
  });
  it.each(names.filter((name) => name !== "foldBatchNorm"))("%s: the meanings agree", (name) => {
    // Not of a folded norm: the formal field knows its root by name only, and the rationals by value.
    const { source, target } = fractions.honest.get(name)!;
    expect(meansTheSame(fractions, source, target)).toBe(true);
  });
});

describe("a fault in a network is refused", () => {
  it.each(networkFaults.map((fault) => [fault.name, fault] as const))("%s", (_, fault) => {
    inEach((world) => {
      for (const [i, name] of names.entries())
        for (const [k, side] of sides.entries())
          for (let place = 0; place < places; place++) {
            const caught = tryNetwork(
              networks,
              world,
              fault,
              side,
              name,
              longTape(1000 * place + 10 * i + k),
            );
            expect(caught, `${world.ring.name}, ${name}, ${side}, place ${place}`).not.toBe(false);
          }
    });
    expect(tallyOf(networks, fault.name).faults).toBeGreaterThan(0);
  });
  it("wherever it is", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...networkFaults),
        fc.constantFrom(...names),
        fc.constantFrom(...sides),
        tape(),
        fc.boolean(),
        (fault, name, side, t, exact) => {
          const elsewhere: Tallies = new Map();
          const caught = exact
            ? tryNetwork(elsewhere, fractions, fault, side, name, t)
            : tryNetwork(elsewhere, floats, fault, side, name, t);
          expect(caught).not.toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a fault in a certificate is refused", () => {
  it.each(recordFaults.map((fault) => [fault.name, fault] as const))("%s", (_, fault) => {
    inEach((world) => {
      for (const [i, name] of names.entries())
        for (let place = 0; place < 2 * places; place++) {
          const honest = world.honest.get(name)!;
          const t = longTape(1000 * place + 10 * i + 5);
          const certificate = fault.forge({ ring: world.ring, honest, t, ulp: world.ulp });
          if (certificate === null) continue;
          const caught = tried(world, tallyOf(records, fault.name), { ...honest, certificate });
          expect(caught, `${world.ring.name}, ${name}, place ${place}`).toBe(true);
        }
    });
    expect(tallyOf(records, fault.name).faults).toBeGreaterThan(0);
  });
});

describe("a fault in a stored document is refused", () => {
  const stored = new Map<ConversionName, Files>();
  const folders = new Map<ConversionName, string>();
  // Before all, and not by the tests of honest documents: each test can then be run by itself.
  beforeAll(async () => {
    for (const name of names) {
      const folder = join(await scratch(), "m");
      const { target: network, certificate } = floats.honest.get(name)!;
      const model = { name, network, certificate, preprocessing: presets.torch, labels: null };
      succeed(await writeDocument(model, folder));
      folders.set(name, folder);
      stored.set(name, {
        text: JSON.parse(await readFile(join(folder, "network.json"), "utf8")) as Text,
        weights: await readFile(join(folder, "weights.safetensors")),
      });
    }
  }, 60_000);
  it.each(names)("%s: an honest one is accepted", async (name) => {
    const read = succeed(await readDocument(folders.get(name)!));
    succeed(check(floats.ring)(floats.honest.get(name)!.source, read.network, read.certificate!));
  });
  const tryDocument = async (
    root: string,
    fault: DocumentFault,
    name: ConversionName,
    t: Tape,
  ): Promise<boolean | null> => {
    const honest = floats.honest.get(name)!;
    const files = fault.edit(stored.get(name)!, t);
    if (files === null) return null;
    const folder = join(root, name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "network.json"), JSON.stringify(files.text));
    await writeFile(join(folder, "weights.safetensors"), files.weights);
    const read = await readDocument(folder);
    const tally = tallyOf(documents, fault.name);
    if (E.isLeft(read)) {
      tally.faults++;
      tally.caught++;
      tally.first.set("reader", (tally.first.get("reader") ?? 0) + 1);
      return true;
    }
    const claim = {
      source: honest.source,
      target: read.right.network,
      certificate: read.right.certificate!,
    };
    if (
      changesMeaning(floats, honest, claim) ||
      JSON.stringify(claim.certificate) !== JSON.stringify(honest.certificate)
    )
      return tried(floats, tally, claim);
    tally.harmless++;
    if (E.isRight(check(floats.ring)(claim.source, claim.target, claim.certificate)))
      tally.accepted++;
    return null;
  };
  it.each(documentFaults.map((fault) => [fault.name, fault] as const))("%s", async (_, fault) => {
    const root = await scratch();
    for (const [i, name] of names.entries())
      for (let place = 0; place < places; place++) {
        const caught = await tryDocument(root, fault, name, longTape(1000 * place + 10 * i + 7));
        expect(caught, `${name}, place ${place}`).not.toBe(false);
      }
    expect(tallyOf(documents, fault.name).faults).toBeGreaterThan(0);
  });
});

afterAll(() => {
  if (process.env["HEIRLOOM_FAULTS"] === undefined) return;
  for (const tallies of [networks, records, documents]) console.log(tableOf(tallies));
  const all = totalOf(new Map([networks, records, documents].flatMap((tallies) => [...tallies])));
  console.log(all);
});
