/** Folders for one test file, removed at its end, and files with given contents in them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

const roots: string[] = [];

afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true });
});

/** A new, empty folder. */
export const scratch = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), "heirloom-"));
  roots.push(root);
  return root;
};

/** A new folder with these files. */
export const folderOf = async (
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> => {
  const root = await scratch();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
};
