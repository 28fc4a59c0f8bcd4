/**
 * From a step program to an ONNX graph.
 *
 * Each instruction is lowered by the rule of its primitive: the blocked one where there are blocks and it
 * knows the case, else the plain one. Values are converted between layouts where rules disagree; the
 * assignment of layouts (assignment.ts) makes that rare, and fusion.ts makes several instructions one
 * operator. Without blocks the graph holds standard ONNX operators only.
 */
import type { Tensor } from "../../tensor/tensor.js";
import type { NodeId, Primitive, Program, ProgramNode } from "../program.js";
import { prune } from "../prune.js";
import { assignLayouts } from "./assignment.js";
import { isBlockable } from "./blockable.js";
import { channelMap } from "./blocked/channel.js";
import { channelVector, convolution } from "./blocked/convolution.js";
import { inputGradient } from "./blocked/inputGradient.js";
import type { Tail } from "./blocked/operator.js";
import { blockedRules } from "./blocked/rules.js";
import type { EmittedProgram, FrozenInput, Port, Resident } from "./emitted.js";
import { absorbFrozenNorms } from "./frozenNorm.js";
import { fusionsOf, type Fusion } from "./fusion.js";
import type { Edge } from "./graph.js";
import { graphBuilder } from "./graphBuilder.js";
import { blocks, rows, type Layout } from "./layout.js";
import { edgeShape, type Lowering } from "./lowering.js";
import { plainRules } from "./plain/rules.js";
import { readArguments } from "./reads.js";
import type { Application, Rule } from "./rule.js";
import { constantValue, storedValue, type Value } from "./value.js";

/** What may be chosen about an emission. */
export interface EmitOptions {
  /** The block of the runtime's blocked dialect; null for plain ONNX. */
  readonly block: number | null;
}

/** Constants of at least so many elements are inputs; smaller ones are stored in the model. */
const frozenSize = 1024;

/** The values of the lowering's constants, as inputs where they are large. */
const frozenPool = (c: { readonly g: Lowering["g"] }, inputs: FrozenInput[]) => {
  const known = new Map<Float32Array, Edge>();
  return (data: Float32Array, shape: readonly number[], owned: boolean): Edge => {
    const found = known.get(data);
    if (found !== undefined) return found;
    if (data.length < frozenSize) return c.g.initializer(data, shape);
    const edge = c.g.input(`frozen:${inputs.length}`, shape);
    inputs.push({ edge, data, owned });
    known.set(data, edge);
    return edge;
  };
};

const isResident = ({ role }: ProgramNode & { readonly kind: "input" }): boolean =>
  role === "parameter" || role === "state";

type Applied = ProgramNode & { readonly kind: "apply" };

/** Whether a node can be the core of a fused operator. */
const coreOf =
  (program: Program, layouts: readonly Layout[]) =>
  (id: NodeId): boolean => {
    const node = program.nodes[id]!;
    if (node.kind !== "apply" || node.shape.length !== 4) return false;
    const p = node.primitive;
    switch (p.op) {
      case "conv":
      case "convInputGrad":
        return isBlockable(p, program.nodes[node.args[1]!]!.shape);
      case "channelAffine":
      case "channelScale":
      case "channelShift":
        return layouts[id]!.kind === "blocks";
      default:
        return false;
    }
  };

/** Emit a program. The program is well formed, as `builder.finish` gives it; nothing is refused here. */
export const emit = (source: Program, { block }: EmitOptions): EmittedProgram => {
  const program = prune(absorbFrozenNorms(prune(source)));
  const { nodes } = program;
  const g = graphBuilder();
  const frozen: FrozenInput[] = [];
  const pool = frozenPool({ g }, frozen);
  const b = block ?? 1;
  const c: Lowering = { g, b, constant: pool };
  const layouts = assignLayouts(program, block);
  const fusions =
    block === null
      ? { roots: new Map<NodeId, Fusion>(), absorbed: new Set<NodeId>() }
      : fusionsOf(program, coreOf(program, layouts));

  const values: (Value | undefined)[] = [];
  const residents = new Map<string, Omit<Resident, "output">>();
  const feeds: Port[] = [];
  const constants = new Map<Tensor<number>, Value>();

  const argument = (id: NodeId): Value => {
    const value = values[id];
    if (value === undefined) throw new Error(`node ${id} has no value of its own`);
    return value;
  };

  const input = (node: ProgramNode & { readonly kind: "input" }, layout: Layout): Value => {
    const { name, shape } = node;
    const edge = g.input(`in:${name}`, edgeShape(layout, shape, b));
    if (isResident(node)) residents.set(name, { name, shape, layout, input: edge });
    else feeds.push({ name, shape, edge });
    return storedValue(c, shape, layout, edge);
  };

  const fused = (node: Applied, fusion: Fusion): Value => {
    const core = nodes[fusion.core] as Applied;
    const p = core.primitive;
    const [x, w] = [argument(core.args[0]!), core.args[1]];
    const sum = fusion.sum === null ? null : argument(fusion.sum);
    if (p.op === "convInputGrad" && fusion.activation === null)
      return inputGradient(c, x, argument(w!), p, node.shape, sum);
    const shift =
      fusion.bias ??
      (p.op === "channelAffine" ? core.args[2]! : p.op === "channelShift" ? w! : null);
    const tail: Tail = {
      bias: shift === null ? null : channelVector(c, argument(shift)),
      sum: sum === null ? null : sum.in(blocks),
      activation: fusion.activation,
    };
    const edge =
      p.op === "conv"
        ? convolution(c, x, argument(w!), p, tail)
        : channelMap(c, x, p.op === "channelShift" ? null : argument(w!), tail);
    return storedValue(c, node.shape, blocks, edge);
  };

  const lowered = (id: NodeId, node: Applied): Value => {
    const p: Primitive = node.primitive;
    const reads = new Set(readArguments(p, node.args.length));
    const first = node.args.find((_, i) => reads.has(i))!;
    const a: Application = {
      primitive: p,
      // An argument that is not read may have disappeared into a fused operator.
      args: node.args.map((arg, i) => argument(reads.has(i) ? arg : first)),
      shape: node.shape,
      wish: layouts[id]!,
    };
    const own = block === null ? null : (blockedRules[p.op] as Rule | undefined)?.(c, a);
    return own ?? (plainRules[p.op] as Rule)(c, a);
  };

  for (const [id, node] of nodes.entries()) {
    if (node.kind === "constant") {
      const known = constants.get(node.value) ?? constantValue(c, node.value);
      constants.set(node.value, known);
      values[id] = known;
    } else if (node.kind === "input")
      values[id] = input(node, isResident(node) ? layouts[id]! : rows);
    else if (!fusions.absorbed.has(id)) {
      const fusion = fusions.roots.get(id);
      values[id] = fusion === undefined ? lowered(id, node) : fused(node, fusion);
    }
  }
  // What nothing reads is kept all the same, so that it can be read back and written.
  for (const node of source.nodes)
    if (node.kind === "input" && isResident(node) && !residents.has(node.name)) input(node, rows);

  const results: Port[] = [];
  const replaced = new Map<string, string>();
  for (const { name, node } of program.outputs) {
    const resident = residents.get(name);
    const edge = argument(node).in(resident?.layout ?? rows);
    const output = `out:${name}`;
    g.output(output, edge);
    if (resident === undefined)
      results.push({ name, shape: nodes[node]!.shape, edge: { ...edge, name: output } });
    else replaced.set(name, output);
  }
  return {
    graph: g.finish(),
    residents: [...residents.values()].map((resident) => ({
      ...resident,
      output: replaced.get(resident.name) ?? null,
    })),
    feeds,
    frozen,
    results,
    block,
  };
};
