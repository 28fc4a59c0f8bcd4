/**
 * A frozen batch norm behind a frozen convolution is part of it: with `y = s * conv(x, W) + t` and constants
 * `W, s, t`, the kernel `W * s` (one factor for each output channel) and the shift `t` give the same. The
 * products are taken in float64 and rounded once. Only a kernel that nobody else reads is changed.
 */
import { tensor, type Tensor } from "../../tensor/tensor.js";
import type { Program, ProgramNode } from "../program.js";
import { readCounts } from "./reads.js";

const scaledKernel = (kernel: Tensor<number>, scale: Tensor<number>): Tensor<number> => {
  const outputs = scale.data.length;
  const data = new Float32Array(kernel.data.length);
  for (let i = 0; i < data.length; i++) data[i] = kernel.data[i]! * scale.data[i % outputs]!;
  return tensor(kernel.shape, data);
};

/** The program with such scales inside the kernels. Nodes keep their places. */
export const absorbFrozenNorms = (program: Program): Program => {
  const counts = readCounts(program);
  const nodes: ProgramNode[] = [...program.nodes];
  for (const [id, node] of program.nodes.entries()) {
    if (node.kind !== "apply" || node.primitive.op !== "channelAffine") continue;
    const [at, scaleAt, shift] = [node.args[0]!, node.args[1]!, node.args[2]!];
    const [conv, scale] = [nodes[at]!, nodes[scaleAt]!];
    if (conv.kind !== "apply" || conv.primitive.op !== "conv" || counts[at] !== 1) continue;
    const kernelAt = conv.args[1]!;
    const kernel = nodes[kernelAt]!;
    if (kernel.kind !== "constant" || counts[kernelAt] !== 1) continue;
    if (scale.kind !== "constant" || nodes[shift]!.kind !== "constant") continue;
    nodes[kernelAt] = { ...kernel, value: scaledKernel(kernel.value, scale.value) };
    nodes[id] = { ...node, primitive: { op: "channelShift" }, args: [at, shift] };
  }
  return { ...program, nodes };
};
