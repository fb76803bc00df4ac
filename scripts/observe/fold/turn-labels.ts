import {
  BAD_KINDS,
  type BadKind,
  isPolite,
  OUTCOMES,
  type Outcome,
  PARTS,
  REPEATS,
  type Repeat,
} from '../../../k6/contract.ts';
import type { TurnTally } from '../timeline.ts';

export type Labels = Readonly<Record<string, string>>;
/** How turns ended: everything of a tally but when and how many. */
export type TurnFate = Omit<TurnTally, 'second' | 'count' | 'endedBy'>;

/** The journey of a series: k6's scenarios bear their names. */
export const journeyOf = (labels: Labels): string | undefined => labels['scenario'];

/** Outcome and kind of a series; null if the labels are not of the contract. Empty tags do not arrive. */
export function readOutcome(labels: Labels): { outcome: Outcome; kind: BadKind | null } | null {
  const outcome = OUTCOMES.find((candidate) => candidate === (labels['outcome'] ?? 'good'));
  const kind = labels['kind'] ? BAD_KINDS.find((candidate) => candidate === labels['kind']) : null;
  return outcome === undefined || kind === undefined ? null : { outcome, kind };
}

/** Fate of the turns that a `turns ended` series counts; null if the labels are not of the contract. */
export function readFate(labels: Labels): TurnFate | null {
  const ended = readOutcome(labels);
  const journey = journeyOf(labels);
  if (!ended || !journey) return null;
  const mayBeGood = ended.outcome === 'good' || isPolite(ended.outcome);
  const first = labels['first'] ?? (mayBeGood ? 'good' : 'bad');
  if (first !== 'bad' && (first !== 'good' || !mayBeGood)) return null;
  const at = labels['at'] ? parseStepIndex(labels['at']) : null;
  if (labels['at'] && at === null) return null;
  const [item, cafe] = [labels['item'] || null, labels['cafe'] || null];
  const fate: TurnFate = { journey, ...ended, at, first, item, cafe };
  return labels['proof'] === 'none' ? { ...fate, unnamed: true } : fate;
}

/** Why a request was repeated; null if the label is not of the contract. */
export function readRepeat(labels: Labels): Repeat | null {
  return REPEATS.find((candidate) => candidate === labels['why']) ?? null;
}

/** The part that was timed; null if the label is not of the contract. */
export function readPart(labels: Labels): string | null {
  const part = labels['part'] ?? '';
  const known = PARTS.some((candidate) => candidate === part) || /^half:./.test(part);
  return known ? part : null;
}

/** Index of a journey step; null if the label names none. */
export function parseStepIndex(label: string | undefined): number | null {
  return label !== undefined && /^\d{1,4}$/.test(label) ? Number(label) : null;
}
