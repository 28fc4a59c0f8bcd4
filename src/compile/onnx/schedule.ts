/**
 * A graph as ONNX Runtime is best given it. Two things are done, both invisible in what is computed.
 *
 * Order. The runtime does not follow the order of a model. It walks depth first from the results, the one
 * whose node stands last in the model first, and takes the inputs of a node likewise. Given a training step
 * in its own order it starts with the last update, so it computes the kernels of the whole backward pass
 * before the forward pass begins and every other gradient after it ends, and keeps all activations for
 * them. Given the nodes in reverse it visits results and inputs in the order of the program: each update
 * directly behind its gradient, each repeated computation directly before it is needed.
 *
 * Copies. The results of a step are the next weights and states; they are written straight into memory that
 * is given to `run`. The binding then copies each of them once more, into a fresh array for its answer (on
 * the development machine 26 ms for 45 MB, most of it page faults), and cannot be told not to. It does so in
 * the order of the model's outputs, and gives up, with everything computed and written, at an output that
 * is no tensor. On the CPU the outputs therefore begin with an empty sequence. (Other providers leave
 * sequences to the CPU, which would hide whether they compute everything else.)
 */
import type { Edge, OnnxGraph } from "./graph.js";

/** The output that ends the copying of outputs. */
export const barrier = "barrier";

/** What the binding says at the barrier, when the step has been computed. */
export const barrierMessage = "Non tensor type is temporarily not supported";

const end: Edge = { name: barrier, type: "sequence", shape: [] };

/**
 * The same graph for the runtime, with a barrier before its outputs or without. Its nodes are not in the
 * topological order that the format asks for and the runtime does not.
 */
export const scheduled = (graph: OnnxGraph, hasBarrier: boolean): OnnxGraph => ({
  ...graph,
  nodes: [
    ...[...graph.nodes].reverse(),
    ...(hasBarrier
      ? [
          {
            domain: "",
            op: "SequenceEmpty",
            inputs: [],
            outputs: [barrier],
            attributes: {},
          } as const,
        ]
      : []),
  ],
  outputs: hasBarrier ? [end, ...graph.outputs] : graph.outputs,
});
