/**
 * JSON with the keys of every object in order. Two records of the same fields are then the same text, however
 * they were put together: by the builder, by a converter or by the reader of a file.
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    typeof v === "object" && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  ) ?? "undefined";
