/** Where the worker's program lies. */
export const workerFile = new URL("./worker.js", import.meta.url);
