/** What became of the faults of each kind, and the tables that say so. */
import { parts, type Part } from "./parts.js";

/** What refuses a fault: a part of the check, or the reader of documents before it. */
export type Catcher = Part | "reader";
const catchers: readonly Catcher[] = ["reader", ...parts];

/** What became of the faults of one kind. */
export interface Tally {
  faults: number;
  /** Changes that were drawn and are no faults. */
  harmless: number;
  /** How many of these the check accepts. */
  accepted: number;
  caught: number;
  /** By what refused first. */
  readonly first: Map<Catcher, number>;
  /** Of those that can be put to the extracted checker: how many, and how many it refuses by itself. */
  asked: number;
  proved: number;
}

/** Tallies by the kinds of faults. */
export type Tallies = Map<string, Tally>;

export const tallyOf = (tallies: Tallies, kind: string): Tally => {
  const known = tallies.get(kind) ?? {
    faults: 0,
    harmless: 0,
    accepted: 0,
    caught: 0,
    first: new Map<Catcher, number>(),
    asked: 0,
    proved: 0,
  };
  tallies.set(kind, known);
  return known;
};

const row = (
  name: string,
  { faults, caught, first, asked, proved, harmless, accepted }: Tally,
): string => {
  const by = catchers.flatMap((c) => (first.has(c) ? [`${c} ${first.get(c)}`] : []));
  return `| ${name} | ${caught} of ${faults} | ${by.join(", ")} | ${asked === 0 ? "-" : `${proved} of ${asked}`} | ${harmless === 0 ? "-" : `${harmless}, ${accepted} accepted`} |`;
};

/** All tallies as one. */
export const totalOf = (tallies: Tallies): Tally => {
  const sum = tallyOf(new Map(), "");
  for (const tally of tallies.values()) {
    sum.faults += tally.faults;
    sum.harmless += tally.harmless;
    sum.accepted += tally.accepted;
    sum.caught += tally.caught;
    sum.asked += tally.asked;
    sum.proved += tally.proved;
    for (const [c, n] of tally.first) sum.first.set(c, (sum.first.get(c) ?? 0) + n);
  }
  return sum;
};

/** The tallies in Markdown. */
export const tableOf = (tallies: Tallies): string =>
  [
    "| kind of fault | caught | first by | extracted checker alone | left out |",
    "| --- | --- | --- | --- | --- |",
    ...[...tallies].map(([name, tally]) => row(name, tally)),
    row(`all ${tallies.size} kinds`, totalOf(tallies)),
  ].join("\n");
