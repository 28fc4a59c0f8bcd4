/** Numbers as people read them: counts, bytes, seconds, shares. */

const grouped = new Intl.NumberFormat("en-US");

/** `25636712` as `25,636,712`. */
export const showCount = (n: number): string => grouped.format(n);

/** A count and its noun, which takes an s unless there is one. */
export const showCounted = (n: number, noun: string): string =>
  `${showCount(n)} ${noun}${n === 1 ? "" : "s"}`;

/** `25636712` as `25.64M`; below 10,000 the plain number. */
export const showMillions = (n: number): string =>
  n >= 1e9
    ? `${(n / 1e9).toFixed(2)}G`
    : n >= 1e6
      ? `${(n / 1e6).toFixed(2)}M`
      : n >= 1e4
        ? `${(n / 1e3).toFixed(1)}k`
        : showCount(n);

/** Bytes in binary units. */
export const showBytes = (n: number): string => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
  const power = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(n) / 10));
  const value = n / 2 ** (10 * power);
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
};

/** Seconds: milliseconds below one, minutes above ninety, hours above two of them. */
export const showSeconds = (s: number): string => {
  if (s < 1) return `${(s * 1000).toFixed(s < 0.01 ? 1 : 0)} ms`;
  if (s < 90) return `${s.toFixed(s < 10 ? 2 : 1)} s`;
  if (s >= 7200) {
    const minutes = Math.round(s / 60);
    return `${showCount(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, "0")} min`;
  }
  const minutes = Math.floor(s / 60);
  return `${minutes} min ${String(Math.round(s - 60 * minutes)).padStart(2, "0")} s`;
};

/** A share of one as a percentage. */
export const showShare = (share: number, digits = 1): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(digits)}%` : "-";
