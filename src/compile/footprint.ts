/**
 * The memory that a program asks for, in bytes of float32 tensors.
 *
 * Constants, parameters and states are *resident*: they are on the device before a step and after it.
 * Everything else is *live* from the position that defines it to its last use (`liveness.ts`), outputs to
 * the end; batches and scalars count from the position of their input. A `reshape` is a second name for its
 * argument: it costs nothing and keeps the argument's storage alive. What a kernel needs for itself while it
 * runs is the target's affair and not counted.
 */
import { size, type Shape } from "../tensor/shape.js";
import type { NodeId, Program, ProgramNode } from "./program.js";

/** Bytes of a float32 tensor. */
export const bytesOf = (shape: Shape): number => 4 * size(shape);

/** Whether a node stays on the device between steps. */
export const isResident = <A>(node: ProgramNode<A>): boolean =>
  node.kind === "constant" ||
  (node.kind === "input" && (node.role === "parameter" || node.role === "state"));

/** Whether a node is another name for the storage of its argument. */
export const isAlias = <A>(node: ProgramNode<A>): boolean =>
  node.kind === "apply" && node.primitive.op === "reshape";

/** A straight line of definitions, as far as memory is concerned. */
export interface Line {
  /** The positions that each position reads; all are earlier. */
  readonly args: readonly (readonly number[])[];
  /** The bytes that each position allocates: none for an alias or what is resident. */
  readonly bytes: ArrayLike<number>;
  /** Whether a position is another name for the storage of its first argument. */
  readonly alias: (position: number) => boolean;
  /** The positions whose values must last to the end. */
  readonly outputs: readonly number[];
}

/** When storages live, and how much is live when. */
export interface Lifetimes {
  /** For each position the position that allocated its storage. */
  readonly storage: Int32Array;
  /** For each allocating position the last one that reads the storage; the line's length for outputs. */
  readonly end: Int32Array;
  /** The bytes alive while each position runs. */
  readonly live: Float64Array;
  /** The first position with the most bytes alive; 0 on an empty line. */
  readonly peakAt: number;
  readonly peak: number;
}

/** The lifetimes on a line. */
export const lifetimesOf = (line: Line): Lifetimes => {
  const length = line.args.length;
  const storage = new Int32Array(length);
  const end = new Int32Array(length);
  for (let t = 0; t < length; t++) {
    const args = line.args[t]!;
    storage[t] = line.alias(t) ? storage[args[0]!]! : t;
    end[t] = t;
    for (const arg of args) end[storage[arg]!] = t;
  }
  for (const output of line.outputs) end[storage[output]!] = length;
  const live = new Float64Array(length + 2);
  for (let t = 0; t < length; t++) {
    if (storage[t] !== t) continue;
    live[t]! += line.bytes[t]!;
    live[end[t]! + 1]! -= line.bytes[t]!;
  }
  let peakAt = 0;
  for (let t = 1; t < length; t++) {
    live[t]! += live[t - 1]!;
    if (live[t]! > live[peakAt]!) peakAt = t;
  }
  const alive = live.subarray(0, length);
  return { storage, end, live: alive, peakAt, peak: alive[peakAt] ?? 0 };
};

/** A program as a line. */
const lineOf = <A>(program: Program<A>): Line => ({
  args: program.nodes.map((node) => (node.kind === "apply" ? node.args : [])),
  bytes: program.nodes.map((node) => (isResident(node) || isAlias(node) ? 0 : bytesOf(node.shape))),
  alias: (t) => isAlias(program.nodes[t]!),
  outputs: program.outputs.map((o) => o.node),
});

/** What a program asks for. */
export interface Footprint {
  /** Bytes of constants, parameters and states. A constant that stands twice is counted once. */
  readonly resident: number;
  /** The most bytes that are live at once, residents not counted. */
  readonly peak: number;
  /** The first node at which that is so. */
  readonly at: NodeId;
}

/**
 * The footprint of a program.
 *
 * @example
 * import { float32, footprint, programBuilder } from "heirloom"
 * import { either as E } from "fp-ts"
 *
 * const b = programBuilder(float32)
 * const x = b.input("x", "batch", [8])
 * const y = b.apply({ op: "scale", factor: 2 }, x)
 * b.output("z", b.apply({ op: "multiply" }, x, y))
 * assert.deepStrictEqual(E.map(footprint)(b.finish()), E.right({ resident: 0, peak: 96, at: 2 }))
 */
export const footprint = <A>(program: Program<A>): Footprint => {
  const { peak, peakAt } = lifetimesOf(lineOf(program));
  const data = new Set<unknown>();
  let resident = 0;
  for (const node of program.nodes) {
    if (!isResident(node)) continue;
    if (node.kind === "constant") {
      if (data.has(node.value)) continue;
      data.add(node.value);
    }
    resident += bytesOf(node.shape);
  }
  return { resident, peak, at: peakAt };
};

/** The most bytes that are live at once, residents not counted. */
export const peakBytes = <A>(program: Program<A>): number => footprint(program).peak;

/** A node in words: its layer, or what it is part of, and its primitive. */
export const placeOf = <A>(program: Program<A>, id: NodeId): string => {
  const node = program.nodes[id];
  if (node === undefined) return "an empty program";
  return node.kind === "apply"
    ? `${node.layer === null ? "loss or update" : `layer ${node.layer}`}, ${node.primitive.op}`
    : `${node.kind} ${node.name}`;
};
