import type { BadKind, Outcome } from '../../../k6/contract.ts';
import type { TurnTally } from '../../observe/timeline.ts';
import { lastJourneyStep } from '../../plan/derived/order-size.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';

/**
 * What a turn came to, by all that is known of the run.
 * - confirmed: it brought its order about; good: the order goes on; sold-out: truly so, which ends the order
 * - false-sold-out or a kind: bad
 * - harness, generator: not the target's doing; censored: cut off by our own stop
 */
export type Ending =
  | 'confirmed'
  | 'good'
  | 'sold-out'
  | 'false-sold-out'
  | BadKind
  | 'harness'
  | 'generator'
  | 'censored';

/** Kinds that are mistakes of plan or script, until the journey step has proven to be right. */
const MAYBE_OURS: ReadonlySet<BadKind> = new Set(['client-error', 'script-error']);

export const CONFIRMING: ReadonlySet<Outcome> = new Set(['good', 'recovered', 'waited']);

/** The target gave no answer. */
export const UNANSWERED: ReadonlySet<Ending> = new Set(['timeout', 'refused', 'reset', 'network']);

/** The target's last word was that the client should come again later. */
export const SENT_AWAY: ReadonlySet<Ending & BadKind> = new Set(['429', '503', 'gave-up']);

export interface EndingFacts {
  /** When the load was stopped before its end; Infinity if it was not. */
  stopAt: number;
  endsOrder: (turn: TurnTally) => boolean;
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
  if (outcome === 'sold-out') return facts.soldOutIsTrue(turn) ? 'sold-out' : 'false-sold-out';
  return facts.endsOrder(turn) ? 'confirmed' : 'good';
}

/** Whether a good turn that ended with this journey step brought its order about. Without think time every one did. */
export function orderEnds(plan: LaunchPlan): (turn: TurnTally) => boolean {
  if (plan.client.thinkTime === null) return () => true;
  const last = new Map(plan.journeys.map((journey) => [journey.name, lastJourneyStep(journey)]));
  return (turn) => turn.at === last.get(turn.journey);
}
