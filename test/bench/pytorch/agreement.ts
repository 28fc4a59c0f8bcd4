/**
 * Whether all sides did the same work, so that their times may be compared: the same number of trained
 * scalars, and the same first losses. The first loss shows that weights, input and forward pass agree; the
 * second, that gradients and update do, provided that it differs from the first by far more than the
 * tolerance; the third, that the optimizer's state does (momentum has no part in the first update).
 */
import type { Run } from "./rounds.js";
import type { Setting } from "./setting.js";

/** The largest relative difference of two sides' losses, or of logits relative to the largest one. */
export const tolerance = 1e-4;

/** The least relative change from the first loss to the second. */
export const leastChange = 10 * tolerance;

type Answered = Run & { readonly outcome: NonNullable<Run["outcome"]> };

const answered = (run: Run): run is Answered => run.outcome !== null;

const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const differ = (ours: readonly number[], theirs: readonly number[], scale: number): boolean =>
  ours.length !== theirs.length ||
  !ours.every((value, i) => Math.abs(value - theirs[i]!) <= tolerance * scale);

const trainingDisagreement = (a: Answered, b: Answered): string | null => {
  const { trained, losses } = a.outcome;
  if (trained !== b.outcome.trained)
    return `${a.contender} trains ${trained} scalars, ${b.contender} ${b.outcome.trained}`;
  const wrong = losses.findIndex((loss, i) => {
    const other = b.outcome.losses[i]!;
    return differ([loss], [other], Math.abs(other));
  });
  return wrong < 0
    ? null
    : `loss ${wrong + 1} is ${losses[wrong]} in ${a.contender}, ${b.outcome.losses[wrong]} in ${b.contender}`;
};

const inferenceDisagreement = (a: Answered, b: Answered): string | null => {
  const scale = largest(b.outcome.logits);
  return differ(a.outcome.logits, b.outcome.logits, scale)
    ? `logits of ${a.contender} and ${b.contender} differ by more than ${tolerance} of the largest, ${scale}`
    : null;
};

/** How far PyTorch's layouts are apart themselves: few values per batch statistic amplify every rounding. */
const dispute = (peers: readonly Answered[]): string => {
  const [first, ...rest] = peers.map(({ outcome }) => outcome.losses);
  const apart = rest.flatMap((losses) =>
    losses.map((loss, i) => Math.abs(loss - first![i]!) / Math.abs(first![i]!)),
  );
  const most = largest(apart);
  return most > tolerance
    ? `; PyTorch's own losses differ by ${most.toExponential(1)} from one layout or version to another`
    : "";
};

/** Why the runs of a setting may not be compared; null where they may. */
export const disagreement = ({ work }: Setting, runs: readonly Run[]): string | null => {
  const all = runs.filter(answered);
  const failures = runs.filter((run) => !answered(run)).map((run) => run.failure ?? "");
  const own = all.find(({ peer }) => peer === null);
  const peers = all.filter(({ peer }) => peer !== null);
  if (own === undefined || peers.length === 0)
    return `${own === undefined ? "our side" : "PyTorch"} gave no answer: ${failures.join("; ")}`;
  const compare = work.kind === "step" ? trainingDisagreement : inferenceDisagreement;
  for (const run of all) {
    const found = compare(own, run);
    if (found !== null) return `${found}${dispute(peers)}`;
  }
  const [first = NaN, second = NaN] = own.outcome.losses;
  return work.kind === "step" && !(Math.abs(second - first) >= leastChange * Math.abs(first))
    ? `losses ${first} and ${second} are too close to show the update`
    : null;
};
