import { type BadKind, isPolite, type Outcome } from '../../../k6/contract.ts';
import type { TurnTally } from '../../observe/timeline.ts';

/**
 * What a turn came to, by all that is known of the run.
 * - confirmed: it brought its order about; good: the order goes on; sold-out, closed: truly so, which ends the order
 * - false-sold-out or a kind: bad
 * - harness, generator: not the target's doing; censored: cut off by our own stop
 */
export type Ending =
  | 'confirmed'
  | 'good'
  | 'sold-out'
  | 'closed'
  | 'false-sold-out'
  | BadKind
  | 'harness'
  | 'generator'
  | 'censored';

/** Kinds that are mistakes of plan or script, until the journey step has proven to be right. */
const MAYBE_OURS: ReadonlySet<BadKind> = new Set(['client-error', 'script-error']);

export const CONFIRMING: ReadonlySet<Outcome> = new Set(['good', 'by-ticket', 'by-retry-after']);

/** The target gave no answer. */
export const UNANSWERED: ReadonlySet<Ending> = new Set(['timeout', 'refused', 'reset', 'network']);

/** The target's last word was that the client should come again later. */
export const SENT_AWAY: ReadonlySet<Ending & BadKind> = new Set(['429', '503', 'gave-up']);

export interface EndingFacts {
  /** When the load was stopped before its end; Infinity if it was not. */
  stopAt: number;
  soldOutIsTrue: (turn: TurnTally) => boolean;
  journeyStepIsProven: (turn: TurnTally) => boolean;
}

export function endingOf(turn: TurnTally, facts: EndingFacts): Ending {
  const { outcome } = turn;
  if (outcome === 'generator') return 'generator';
  if (outcome === 'bad') {
    if (turn.endedBy > facts.stopAt) return 'censored';
    const kind = turn.kind ?? 'unexpected';
    return MAYBE_OURS.has(kind) && !facts.journeyStepIsProven(turn) ? 'harness' : kind;
  }
  if (isPolite(outcome)) return facts.soldOutIsTrue(turn) ? outcome : 'false-sold-out';
  return turn.at === null ? 'confirmed' : 'good';
}
