/** Safetensors on disk: a file is read once, each tensor straight into memory of its own. */
import * as E from "fp-ts/lib/Either.js";
import { refuse, within, type Result } from "../algebra/refusal.js";
import { elementsOf } from "./dtype.js";
import { readInto, withFile, type OpenFile } from "./file.js";
import {
  headerLength,
  parseHeader,
  type Header,
  type Safetensors,
  type StoredTensor,
} from "./safetensors.js";

const truncated = (path: string): Result<never> =>
  refuse({
    where: path,
    found: "an end of file inside the data",
    expected: "a file that nobody shortens while it is read",
  });

const readHeader = async (file: OpenFile): Promise<Result<Header>> => {
  const prefix = new Uint8Array(Math.min(8, file.size));
  if (!(await readInto(file, prefix, 0))) return truncated(file.path);
  const length = headerLength(prefix, file.size);
  if (E.isLeft(length)) return E.mapLeft(within(file.path))(length);
  const bytes = new Uint8Array(length.right);
  if (!(await readInto(file, bytes, 8))) return truncated(file.path);
  return E.mapLeft(within(file.path))(parseHeader(bytes, file.size - 8 - length.right));
};

/** Read the header of a file alone. */
export const readSafetensorsHeader = (path: string): Promise<Result<Header>> =>
  withFile(path, readHeader);

/** Read a file. Each tensor owns its memory, so one that is dropped is freed. */
export const readSafetensors = (path: string): Promise<Result<Safetensors>> =>
  withFile(path, async (file) => {
    const header = await readHeader(file);
    if (E.isLeft(header)) return header;
    const { metadata, entries, dataStart } = header.right;
    const tensors = new Map<string, StoredTensor>();
    for (const { name, dtype, shape, begin, end } of entries) {
      const bytes = new Uint8Array(end - begin);
      if (!(await readInto(file, bytes, dataStart + begin))) return truncated(path);
      tensors.set(name, { dtype, shape, data: elementsOf(dtype, bytes) });
    }
    return E.right({ metadata, tensors });
  });
