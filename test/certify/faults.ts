/**
 * The catalogue of faults to plant, as data: in a network (the source's side or the target's), in the
 * certificate that vouches for it, or in the file that it is stored in. Each kind says what it changes, and
 * whether there is a place for it; the place is drawn from a tape.
 */
import { documentFaults } from "./faults/document.js";
import { graphFaults } from "./faults/graph.js";
import { operatorFaults } from "./faults/operators.js";
import { recordFaults } from "./faults/record.js";
import { weightFaults } from "./faults/weights.js";

/** Faults in a network: of the source or of the target. */
export const networkFaults = [...weightFaults, ...operatorFaults, ...graphFaults] as const;

export { documentFaults, recordFaults };
