/** Where the thread's program lies; the tests, which run from TypeScript, say another place. */
export const workerFile = new URL("./worker.js", import.meta.url);
