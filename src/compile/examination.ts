/** A process that examines one backend, sends the report to its parent and ends: `doctor.ts` starts it. */
import { backendNames } from "./backendName.js";
import { examineHere } from "./doctor.js";

const name = backendNames.find((known) => known === process.argv[2]);
if (name !== undefined) process.send?.(await examineHere(name));
