import type { TurnTally } from '../../observe/timeline.ts';
import { countKind } from './event-counts.ts';
import type { Ending } from './turn-ending.ts';

/** How an order ended. `late`: it was placed, but after `slowAfter`. */
export type OrderEnding = Exclude<Ending, 'good'> | 'late';

/** Orders that ended, by journey, then by index of the journey step with which they did, then by how. */
export type OrderEnds = ReadonlyMap<string, ReadonlyMap<number, ReadonlyMap<OrderEnding, number>>>;

/** Counts the turns that are the last ones of their orders. */
export class OrderEndCounts {
  readonly byJourney = new Map<string, Map<number, Map<OrderEnding, number>>>();
  /**
   * Orders that were served as far as they could be (confirmed, or truly told "sold out"), by the epoch second in which
   * the push that told of it was sampled.
   */
  readonly servedPerSec = new Map<number, number>();
  /** By journey: orders that were placed, in time or late, and that nothing names. */
  readonly unnamed = new Map<string, number>();

  /** @param at index of the journey step with which the turn ended */
  add(turn: TurnTally, at: number, ending: Ending): void {
    if (ending === 'good') return;
    const journeySteps = this.byJourney.get(turn.journey) ?? new Map<number, Map<OrderEnding, number>>();
    this.byJourney.set(turn.journey, journeySteps);
    const endings = journeySteps.get(at) ?? new Map<OrderEnding, number>();
    journeySteps.set(at, endings);
    if (turn.unnamed && turn.at === null) countKind(this.unnamed, turn.journey, turn.count);
    countKind(endings, ending === 'slow' && turn.at === null ? 'late' : ending, turn.count);
    if (ending !== 'confirmed' && ending !== 'sold-out' && ending !== 'closed') return;
    countKind(this.servedPerSec, Math.floor(turn.endedBy / 1_000), turn.count);
  }
}
