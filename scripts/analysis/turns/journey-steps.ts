import type { TurnTally } from '../../observe/timeline.ts';
import type { Ending } from './turn-ending.ts';

/** Good and bad ones together, and the bad ones. */
export interface TurnCounts {
  valid: number;
  bad: number;
  /** By the first try. */
  firstBad: number;
}

/** With think time, when each journey step is a turn: by journey, index of its step and epoch second of the intended start. */
export type JourneyStepCounts = ReadonlyMap<string, ReadonlyMap<number, ReadonlyMap<number, TurnCounts>>>;

/** Neither good nor bad. */
const NOT_VALID: ReadonlySet<Ending> = new Set(['harness', 'generator', 'censored']);
const GOOD: ReadonlySet<Ending> = new Set(['confirmed', 'good', 'sold-out', 'closed']);

/** Of one journey. */
export class JourneySteps {
  readonly byStep = new Map<number, Map<number, TurnCounts>>();

  /** @param at index of the journey step with which the turn ended */
  add(at: number, { second, count, first }: TurnTally, ending: Ending): void {
    if (NOT_VALID.has(ending)) return;
    const seconds = this.byStep.get(at) ?? new Map<number, TurnCounts>();
    this.byStep.set(at, seconds);
    const counts = seconds.get(second) ?? { valid: 0, bad: 0, firstBad: 0 };
    seconds.set(second, counts);
    const isBad = !GOOD.has(ending);
    counts.valid += count;
    if (isBad) counts.bad += count;
    if (isBad || first === 'bad') counts.firstBad += count;
  }
}
