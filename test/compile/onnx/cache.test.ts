/** The cache of graphs: what it keeps, what it forgets, and that nothing makes it fail. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder, cacheKey, openCache } from "../../../src/compile/onnx/cache.js";

let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "heirloom-cache-")), "graphs");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const bytes = (length: number, seed = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + seed) % 256);

const age = (key: string, hours: number): void => {
  const then = new Date(Date.now() - hours * 3_600_000);
  utimesSync(join(folder, `${key}.graph`), then, then);
};

describe("a cache", () => {
  it("gives back what was put, in this process and the next", async () => {
    const cache = openCache(folder);
    expect(await cache.get("a")).toBeNull();
    for (const length of [0, 1, 5000]) {
      await cache.put("a", bytes(length));
      expect(Array.from((await openCache(folder).get("a"))!)).toEqual(Array.from(bytes(length)));
    }
    expect(await cache.get("b")).toBeNull();
  });

  it("takes a damaged file for a miss, and removes it", async () => {
    const cache = openCache(folder);
    const path = join(folder, "a.graph");
    const damages: readonly ((file: Buffer) => Buffer)[] = [
      (file) => file.subarray(0, 50),
      (file) => file.subarray(0, 0),
      (file) => Buffer.concat([file, Buffer.of(0)]),
      (file) => {
        file[70]! ^= 1;
        return file;
      },
      (file) => {
        file[file.length - 1]! ^= 128;
        return file;
      },
    ];
    for (const damage of damages) {
      await cache.put("a", bytes(100));
      writeFileSync(path, damage(readFileSync(path)));
      expect(await cache.get("a")).toBeNull();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it("may be deleted at any time", async () => {
    const cache = openCache(folder);
    await cache.put("a", bytes(10));
    rmSync(folder, { recursive: true });
    expect(await cache.get("a")).toBeNull();
    await cache.put("a", bytes(10));
    expect(await cache.get("a")).not.toBeNull();
  });

  it("is a miss where no folder can be", async () => {
    mkdirSync(join(folder, ".."), { recursive: true });
    writeFileSync(folder, "a file");
    const cache = openCache(folder);
    await cache.put("a", bytes(10));
    expect(await cache.get("a")).toBeNull();
    expect(readFileSync(folder, "utf8")).toBe("a file");
  });

  it("forgets the file whose last use is longest ago", async () => {
    const cache = openCache(folder, 3 * 132);
    for (const [i, key] of ["a", "b", "c"].entries()) {
      await cache.put(key, bytes(100, i));
      age(key, 10 - i);
    }
    expect(await cache.get("a")).not.toBeNull();
    await cache.put("d", bytes(100, 9));
    expect(readdirSync(folder).sort()).toEqual(["a.graph", "c.graph", "d.graph"]);
    await cache.put("large", bytes(101));
    const total = readdirSync(folder).reduce((n, name) => n + statSync(join(folder, name)).size, 0);
    expect(total).toBeLessThanOrEqual(3 * 132);
    expect(await cache.get("large")).not.toBeNull();
  });

  it("does not keep what is larger than all of it", async () => {
    const cache = openCache(folder, 131);
    await cache.put("a", bytes(100));
    expect(await cache.get("a")).toBeNull();
  });

  it("removes what ended processes left, not what others are writing", async () => {
    const cache = openCache(folder);
    mkdirSync(folder);
    const [old, fresh] = [join(folder, "old.part"), join(folder, "fresh.part")];
    for (const path of [old, fresh]) writeFileSync(path, "half");
    writeFileSync(join(folder, "notes.txt"), "somebody's");
    const then = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(old, then, then);
    await cache.put("a", bytes(10));
    expect(readdirSync(folder).sort()).toEqual(["a.graph", "fresh.part", "notes.txt"]);
  });

  it("is shared by many writers and readers at once", async () => {
    const caches = Array.from({ length: 8 }, () => openCache(folder, 10 * 132));
    const seen = await Promise.all(
      caches.flatMap((cache) =>
        Array.from({ length: 8 }, async (_, i) => {
          await cache.put(`${i}`, bytes(100, i));
          return [i, await cache.get(`${i}`)] as const;
        }),
      ),
    );
    for (const [i, found] of seen) expect(Array.from(found!)).toEqual(Array.from(bytes(100, i)));
    expect(readdirSync(folder).length).toBe(8);
  });
});

describe("a key", () => {
  it("tells apart what differs in any part, and where parts begin", () => {
    const keys = [
      cacheKey("a", "b"),
      cacheKey("ab"),
      cacheKey("a", "b", ""),
      cacheKey("b", "a"),
      cacheKey(new Uint8Array([97]), "b"),
      cacheKey(),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(cacheKey("a", bytes(9))).toBe(cacheKey("a", bytes(9)));
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("the folder", () => {
  it("is the user's cache unless told, and may be switched off", () => {
    const home = join("/", "home", "ada");
    expect(cacheFolder({}, home)).toBe(join(home, ".cache", "heirloom", "graphs"));
    expect(cacheFolder({ XDG_CACHE_HOME: "/x" }, home)).toBe(join("/x", "heirloom", "graphs"));
    expect(cacheFolder({ XDG_CACHE_HOME: "/x", HEIRLOOM_CACHE: "/own" }, home)).toBe("/own");
    expect(cacheFolder({ HEIRLOOM_CACHE: "" }, home)).toBe(
      join(home, ".cache", "heirloom", "graphs"),
    );
    expect(cacheFolder({ HEIRLOOM_CACHE: "off" }, home)).toBeNull();
  });
});
