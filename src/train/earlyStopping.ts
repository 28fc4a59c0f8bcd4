/**
 * Early stopping (Prechelt 1998): stop when the validation loss has not improved for `patience` epochs,
 * and go back to the epoch where it was least. Of equal losses the earlier epoch wins; a loss that is
 * not a number never does.
 */

/** An epoch's result on the validation set. */
export interface Score {
  readonly epoch: number;
  readonly loss: number;
}

/** Whether `next` improves on the best so far. */
export const improves = (best: Score | null, next: Score): boolean =>
  Number.isFinite(next.loss) && (best === null || next.loss < best.loss);

/** The best of a history, in order; null where no loss is finite. */
export const bestOf = (history: readonly Score[]): Score | null =>
  history.reduce<Score | null>((best, next) => (improves(best, next) ? next : best), null);

/** Whether a run that has come to the end of `history` should stop; a patience of null never stops it. */
export const isExhausted = (history: readonly Score[], patience: number | null): boolean => {
  const last = history.at(-1);
  if (patience === null || last === undefined) return false;
  const best = bestOf(history);
  return last.epoch - (best?.epoch ?? history[0]!.epoch - 1) >= patience;
};
