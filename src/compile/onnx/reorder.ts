/**
 * The operators by which the runtime takes images into blocks and out of them. They run on several threads
 * and move whole vectors, which makes them the fast way to transpose anything that can be read as an image:
 *
 *     into blocks         [n, c, p]        ->  [n, c / b, p, b]
 *     out, into planes    [n, c / b, p, b] ->  [n, c, p]
 *     out, channels last  [n, c / b, p, b] ->  [n, p, c]
 *
 * With `c = b` the first two transpose a matrix of `b` rows or columns, and the last exchanges two axes of
 * rows of `b`. (2.4 million elements on one thread: 1 ms, where the runtime's transposition of blocks takes
 * 18 and its exchange of rows 2.4.)
 */
import type { Edge } from "./graph.js";
import type { GraphBuilder } from "./graphBuilder.js";
import { reshape } from "./operators.js";
import type { Shape } from "../../tensor/shape.js";

const domain = "com.microsoft.nchwc";

/** Into blocks; `x` is `[n, c, h, w]`, or `[n, h, w, c]` with channels last, and `c` a multiple of 4. */
export const intoBlocks = (g: GraphBuilder, x: Edge, shape: Shape, channelsLast: boolean): Edge =>
  g.node("ReorderInput", [x], shape, {
    domain,
    attributes: { channels_last: { int: channelsLast ? 1 : 0 } },
  });

/** Out of blocks, of which the first `channels` channels are kept. */
export const outOfBlocks = (
  g: GraphBuilder,
  x: Edge,
  shape: Shape,
  channels: number,
  channelsLast: boolean,
): Edge =>
  g.node("ReorderOutput", [x], shape, {
    domain,
    attributes: { channels: { int: channels }, channels_last: { int: channelsLast ? 1 : 0 } },
  });

/** `[n, p, b] -> [n, b, p]`. */
export const columnsToRows = (g: GraphBuilder, x: Edge, n: number, p: number, b: number): Edge =>
  outOfBlocks(g, reshape(g, x, [n, b, 1, p]), [n, b, 1, p], b, false);

/** `[n, b, p] -> [n, p, b]`. */
export const rowsToColumns = (g: GraphBuilder, x: Edge, n: number, p: number, b: number): Edge =>
  intoBlocks(g, reshape(g, x, [n, b, 1, p]), [n, b, 1, p], false);

/** `[n, q, p, b] -> [n, p, q, b]`. */
export const exchangeRows = (
  g: GraphBuilder,
  x: Edge,
  n: number,
  q: number,
  p: number,
  b: number,
): Edge => outOfBlocks(g, reshape(g, x, [n, q * b, 1, p]), [n, 1, p, q * b], q * b, true);
