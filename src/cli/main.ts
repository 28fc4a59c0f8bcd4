#!/usr/bin/env node
/** The entry point of the command line. */
import { run } from "./program.js";
import { processTerminal } from "./terminal.js";

// A reader that has seen enough (`| head`) is no failure of the work.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

process.exitCode = await run(process.argv.slice(2), processTerminal);
