/** A network as a table: a row for each layer, and the totals. */
import { countLayer, countNetwork } from "../model/count.js";
import { classOfOperator, type ModelClass, type Network } from "../model/network.js";
import { showShape, type Shape } from "../tensor/shape.js";
import { showOperator } from "./operator.js";
import { showCount } from "./quantity.js";
import { showTable } from "./table.js";

/**
 * The summary of a network: its class and shapes, each layer with what it computes, whom it reads where that
 * is not the layer above, its output and its parameters.
 *
 * @example
 * import { dense, input, outline, relu, summary } from "heirloom"
 *
 * const mlp = pipe(input([2]), dense(3), relu, outline, E.map(summary))
 * assert.deepStrictEqual(E.isRight(mlp) && mlp.right.split("\n"), [
 *   "GFFN, 2 to 3, 3 layers, 9 parameters, 6 multiply-adds",
 *   "",
 *   "layer   operator  class  reads  output  parameters",
 *   "------  --------  -----  -----  ------  ----------",
 *   "input   input 2                      2",
 *   "dense1  dense 3   GFFN               3           9",
 *   "relu1   relu                         3",
 * ])
 */
export const summary = <A>(n: Network<ModelClass, Shape, Shape, A>): string => {
  const { parameters, multiplyAdds } = countNetwork(n);
  const rows = n.layers.map((layer, i) => {
    const above = n.layers[i - 1]?.name;
    const reads = layer.inputs.length === 1 && layer.inputs[0] === above ? [] : layer.inputs;
    const held = countLayer(layer).parameters;
    return [
      layer.name,
      showOperator(layer.op),
      classOfOperator(layer.op) ?? "",
      reads.join(", "),
      showShape(layer.shape),
      held === 0 ? "" : showCount(held),
    ];
  });
  return [
    `${n.class}, ${showShape(n.input)} to ${showShape(n.output)}, ${n.layers.length} layers, ` +
      `${showCount(parameters)} parameters, ${showCount(multiplyAdds)} multiply-adds`,
    "",
    showTable(
      [
        { title: "layer" },
        { title: "operator" },
        { title: "class" },
        { title: "reads" },
        { title: "output", align: "right" },
        { title: "parameters", align: "right" },
      ],
      rows,
    ),
  ].join("\n");
};
