/** The gates of a projected network as figures and as pictures. */
import type { AnyNetwork } from "../adapt/method.js";
import type { Projected } from "../model/operator.js";
import { channelsOf } from "../tensor/shape.js";
import type { GatedFilter, GateMap } from "./pictures.js";
import type { RunRecord } from "./record.js";

type GatedLayer = NonNullable<RunRecord["gates"]>[number];

const bins = 40;
const largestSide = 48;
const extremes = 6;

const projectedLayers = (
  n: AnyNetwork<number>,
): readonly (readonly [name: string, op: Projected<number>])[] =>
  n.layers.flatMap(({ name, op }) => (op.kind === "projected" ? [[name, op] as const] : []));

const extent = (values: ArrayLike<number>): readonly [least: number, most: number] => {
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]!);
    most = Math.max(most, values[i]!);
  }
  return [least, most];
};

/** The gates of each layer in a line; null for a network without gates. */
export const gatesOf = (n: AnyNetwork<number>): readonly GatedLayer[] | null => {
  const layers = projectedLayers(n).map(([layer, { gates }]): GatedLayer => {
    const { data, shape } = gates;
    let [sum, squares] = [0, 0];
    for (let i = 0; i < data.length; i++) sum += data[i]!;
    const mean = sum / data.length;
    for (let i = 0; i < data.length; i++) squares += (data[i]! - mean) ** 2;
    const [least, most] = extent(data);
    return {
      layer,
      inputs: shape[0]!,
      outputs: shape[1]!,
      mean,
      deviation: Math.sqrt(squares / data.length),
      least,
      most,
    };
  });
  return layers.length === 0 ? null : layers;
};

/** Three decimals say all that a picture shows. */
const rounded = (x: number): number => Math.round(x * 1000) / 1000;

const histogramOf = (data: ArrayLike<number>): GateMap["histogram"] => {
  const [least, most] = extent(data);
  const counts = Array.from({ length: bins }, () => 0);
  for (let i = 0; i < data.length; i++) {
    const place = most === least ? 0 : ((data[i]! - least) / (most - least)) * bins;
    counts[Math.min(bins - 1, Math.floor(place))]! += 1;
  }
  return { least, most, counts };
};

/** Means over blocks; a side of up to 48 channels is shown channel by channel. */
const mapOf = (data: ArrayLike<number>, inputs: number, outputs: number): GateMap["map"] => {
  const rows = Math.min(inputs, largestSide);
  const columns = Math.min(outputs, largestSide);
  const sums = new Float64Array(rows * columns);
  const counts = new Float64Array(rows * columns);
  for (let k = 0; k < inputs; k++)
    for (let j = 0; j < outputs; j++) {
      const cell = Math.floor((k * rows) / inputs) * columns + Math.floor((j * columns) / outputs);
      sums[cell]! += data[k * outputs + j]!;
      counts[cell]! += 1;
    }
  return { rows, columns, values: Array.from(sums, (sum, i) => rounded(sum / counts[i]!)) };
};

/**
 * The filters whose gates are the least or the most. A grouped layer's input channel is counted within the
 * network, not within its group.
 */
const filtersAt = (op: Projected<number>, places: readonly number[]): readonly GatedFilter[] => {
  const { kernel, gates, groups } = op;
  const outputs = channelsOf(kernel.shape);
  const inputs = kernel.shape.at(-2)!;
  const extents = kernel.shape.slice(0, -2);
  const width = extents.at(-1) ?? 1;
  const taps = extents.reduce((n, e) => n * e, 1);
  return places.map((place) => {
    const [k, j] = [Math.floor(place / outputs), place % outputs];
    return {
      input: Math.floor(j / (outputs / groups)) * inputs + k,
      output: j,
      gate: rounded(gates.data[place]!),
      height: taps / width,
      width,
      taps: Array.from({ length: taps }, (_, tap) =>
        Number(kernel.data[tap * inputs * outputs + place]!.toPrecision(3)),
      ),
    };
  });
};

/** The gates of each projected layer, ready to be drawn. */
export const gateMapsOf = (n: AnyNetwork<number>): readonly GateMap[] =>
  projectedLayers(n).map(([layer, op]) => {
    const { data, shape } = op.gates;
    const order = Array.from(data, (_, i) => i).sort((a, b) => data[a]! - data[b]! || a - b);
    return {
      layer,
      inputs: shape[0]!,
      outputs: shape[1]!,
      histogram: histogramOf(data),
      map: mapOf(data, shape[0]!, shape[1]!),
      suppressed: filtersAt(op, order.slice(0, extremes)),
      amplified: filtersAt(op, order.slice(-extremes).reverse()),
    };
  });
