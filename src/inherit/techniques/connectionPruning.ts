/**
 * Pruning of connections: a scalar that is zero takes its input away from its node altogether. It is magnitude
 * pruning where each connection has one scalar; on a convolution, where a zero takes away one tap and the others
 * stay, it is refused (`kernel_pruning_refused`).
 */
import { rational } from "../../algebra/rational.js";
import { scalarConnections, scalarWeighted } from "../assumption.js";
import { claimNodes, claimSame } from "../claims.js";
import { nodeOf } from "../exact.js";
import { pruning } from "../saving.js";
import { fanIn } from "../scalars.js";
import { biasAt, outputs, rescalared, scalarsAt, transformed } from "../subject.js";
import { layerLaw, technique } from "../technique.js";
import { pruneScalars, pruningDefaults } from "./magnitudePruning.js";

export const connectionPruning = technique({
  name: "connection pruning",
  needs: [scalarWeighted, scalarConnections],
  does: "takes whole connections out of each layer, those with the smallest scalars",
  source: "LeCun, Denker and Solla, Optimal brain damage, NIPS 1989; Han et al., NIPS 2015",
  scope: "layer",
  theorems: {
    inherited: ["pruning_inherited", "pruned_count"],
    refused: ["kernel_pruning_refused"],
  },
  defaults: pruningDefaults,
  law: layerLaw(
    "where one scalar of a connection is zero, the node does not see the input",
    (t, s) => {
      const inputs = fanIn(s.op);
      const row = t.below(scalarsAt(s, 0).length);
      const zeroed = rescalared(s, (j, r) => (r === row ? rational.zero : scalarsAt(s, j)[r]!));
      const [z, y] = [transformed(s), outputs(zeroed)];
      return claimNodes(s, (j) => {
        const w = scalarsAt(s, j);
        const rows = w.flatMap((_, r) => (r % inputs === row % inputs ? [] : [r]));
        const without = nodeOf(
          rows.map((r) => w[r]!),
          rows.map((r) => z[j]![r]!),
          biasAt(s, j),
          y[j]!.length,
        );
        return claimSame(`node ${j} without input ${row % inputs}`, y[j]!, without);
      });
    },
  ),
  apply: pruning(pruneScalars),
});
