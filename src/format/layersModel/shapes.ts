/** The Keras layers without weights that are no activations: pooling, merging, and moves of shape. */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { Operator } from "../../model/operator.js";
import { resolveGeometry } from "../../tensor/geometry.js";
import { size, spatialOf } from "../../tensor/shape.js";
import { Finite, Natural, NaturalPair, quote, Whole } from "../codec.js";
import {
  fixed,
  identity,
  lastAxis,
  maybe,
  only,
  pair,
  PairField,
  plain,
  reader,
  unsupported,
  type Reader,
} from "./recipe.js";

const pool = (operator: (geometry: ReturnType<typeof resolveGeometry>) => Operator): Reader =>
  reader(
    t.partial({
      pool_size: maybe(PairField),
      strides: maybe(PairField),
      padding: maybe(t.keyof({ same: null, valid: null })),
      data_format: t.unknown,
    }),
    (c) => {
      const window = pair(c.pool_size, [2, 2]);
      return E.map(() =>
        plain(([x = []]) =>
          E.right(
            operator(
              resolveGeometry(
                window,
                pair(c.strides, window),
                [1, 1],
                c.padding ?? "valid",
                spatialOf(x),
              ),
            ),
          ),
        ),
      )(only("data_format", c.data_format, "channels_last"));
    },
  );

const globalPool = (reduce: "average" | "max"): Reader =>
  reader(t.partial({ keepdims: maybe(t.boolean), data_format: t.unknown }), (c) =>
    E.map(() => fixed({ kind: "globalPool", reduce, keepAxes: c.keepdims === true }))(
      only("data_format", c.data_format, "channels_last"),
    ),
  );

const PaddingField = t.union([Natural, NaturalPair, t.tuple([NaturalPair, NaturalPair])]);

/** `n`, `[rows, columns]` or `[[top, bottom], [left, right]]` as one pair per axis. */
const paddingPairs = (p: t.TypeOf<typeof PaddingField>): readonly (readonly [number, number])[] => {
  const [rows, columns] = typeof p === "number" ? [p, p] : p;
  return [rows, columns].map((n): readonly [number, number] =>
    typeof n === "number" ? [n, n] : n,
  );
};

const reshape = reader(t.type({ target_shape: t.readonlyArray(Whole) }), (c) => {
  const free = c.target_shape.filter((n) => n === -1).length;
  return free > 1 || c.target_shape.some((n) => n < -1 || n === 0)
    ? unsupported("target_shape", c.target_shape, "positive extents and at most one -1")
    : E.right(
        plain(([x = []]) => {
          const known = c.target_shape.reduce((n, extent) => (extent === -1 ? n : n * extent), 1);
          const rest = size(x) / known;
          return free === 1 && !Number.isInteger(rest)
            ? unsupported("target_shape", c.target_shape, `a divisor of ${size(x)} elements`)
            : E.right({
                kind: "reshape",
                shape: c.target_shape.map((n) => (n === -1 ? rest : n)),
              });
        }),
      );
});

/**
 * Layers that disturb training and do nothing when the network is evaluated. `Dropout` has an operator
 * of its own; these few, rare ones are read as the identity.
 */
const noise = [
  "SpatialDropout2D",
  "GaussianDropout",
  "GaussianNoise",
  "AlphaDropout",
  "ActivityRegularization",
];

/** The layers without weights, by class name. */
export const shapeLayers: Readonly<Record<string, Reader>> = {
  MaxPooling2D: pool((geometry) => ({ kind: "maxPool", geometry })),
  AveragePooling2D: pool((geometry) => ({ kind: "averagePool", geometry, divisor: "valid" })),
  GlobalAveragePooling2D: globalPool("average"),
  GlobalMaxPooling2D: globalPool("max"),
  Add: () => E.right(fixed({ kind: "add" })),
  Multiply: () => E.right(fixed({ kind: "multiply" })),
  Concatenate: reader(t.partial({ axis: t.unknown }), (c) =>
    E.right(
      plain(([x = []]) =>
        E.map(() => ({ kind: "concat" }) as const)(lastAxis(c.axis, x.length + 1)),
      ),
    ),
  ),
  ZeroPadding2D: reader(t.partial({ padding: maybe(PaddingField), data_format: t.unknown }), (c) =>
    E.map(() => fixed({ kind: "zeroPad", padding: paddingPairs(c.padding ?? 1) }))(
      only("data_format", c.data_format, "channels_last"),
    ),
  ),
  Flatten: reader(t.partial({ data_format: t.unknown }), (c) =>
    E.map(() => fixed({ kind: "flatten" }))(only("data_format", c.data_format, "channels_last")),
  ),
  Reshape: reshape,
  UpSampling2D: reader(
    t.partial({ size: maybe(PairField), interpolation: maybe(t.string), data_format: t.unknown }),
    (c) =>
      E.chain(() =>
        // Keras means half-pixel centres by "bilinear", TensorFlow.js does not: refuse rather than guess.
        E.map(() =>
          fixed({ kind: "upsample", factors: pair(c.size, [2, 2]), interpolation: "nearest" }),
        )(only("interpolation", c.interpolation, "nearest")),
      )(only("data_format", c.data_format, "channels_last")),
  ),
  Dropout: reader(t.type({ rate: Finite }), (c) =>
    c.rate >= 0 && c.rate < 1
      ? E.right(c.rate === 0 ? identity : fixed({ kind: "dropout", rate: c.rate }))
      : unsupported("rate", c.rate, `a rate of at least 0 and below 1, not ${quote(c.rate)}`),
  ),
  ...Object.fromEntries(
    noise.map((name): readonly [string, Reader] => [name, () => E.right(identity)]),
  ),
};
