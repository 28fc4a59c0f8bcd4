/**
 * The memory of the wasm backend ends at 4 GiB. Beyond, its allocator answers with address 0, the backend
 * does not look, and the next kernel writes over the module's own data: results stay right for a while and
 * the process aborts later. A request of 4 GiB or more is even taken modulo 4 GiB. Both are stopped here,
 * before anything is written.
 */

/** The allocator of an Emscripten module. */
export interface WasmAllocator {
  _malloc: (bytes: number) => number;
}

const guarded = new WeakSet<WasmAllocator>();
const limit = 2 ** 32;
const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/**
 * Make the allocator of a module throw instead of failing silently. Emscripten's stub replaces itself at
 * the first allocation, so one must have been made before.
 */
export const guardAllocator = (module: WasmAllocator): void => {
  if (guarded.has(module)) return;
  guarded.add(module);
  const allocate = module._malloc;
  module._malloc = (bytes) => {
    const address = bytes < limit ? allocate(bytes) >>> 0 : 0;
    if (address === 0 && bytes > 0)
      throw new Error(
        `no room for a tensor of ${mebibytes(bytes)}: the memory of wasm ends at 4096 MiB`,
      );
    return address;
  };
};
