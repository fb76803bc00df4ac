import type { TurnTally } from '../../observe/timeline.ts';
import { countKind } from './event-counts.ts';
import type { Ending } from './turn-ending.ts';

/** Orders that ended, by journey, then by index of the journey step with which they did, then by how. */
export type OrderEnds = ReadonlyMap<string, ReadonlyMap<number, ReadonlyMap<Ending, number>>>;

/** Counts the turns that are the last ones of their orders. */
export class OrderEndCounts {
  readonly byJourney = new Map<string, Map<number, Map<Ending, number>>>();
  /**
   * Orders that were served as far as they could be (confirmed, or truly told "sold out"), by the epoch second in which
   * the push that told of it was sampled.
   */
  readonly servedPerSec = new Map<number, number>();

  add(turn: TurnTally, ending: Ending): void {
    if (ending === 'good') return;
    const journeySteps = this.byJourney.get(turn.journey) ?? new Map<number, Map<Ending, number>>();
    this.byJourney.set(turn.journey, journeySteps);
    const endings = journeySteps.get(turn.at) ?? new Map<Ending, number>();
    journeySteps.set(turn.at, endings);
    countKind(endings, ending, turn.count);
    if (ending !== 'confirmed' && ending !== 'sold-out') return;
    countKind(this.servedPerSec, Math.floor(turn.endedBy / 1_000), turn.count);
  }
}
