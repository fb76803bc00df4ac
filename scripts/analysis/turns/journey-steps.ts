import type { TurnTally } from '../../observe/timeline.ts';
import type { Ending } from './turn-ending.ts';

/** With think time, when each journey step is a turn: by journey, index of its step and epoch second of the intended start. */
export type JourneyStepCounts = ReadonlyMap<
  string,
  ReadonlyMap<number, ReadonlyMap<number, { valid: number; bad: number }>>
>;

/** Neither good nor bad. */
const NOT_VALID: ReadonlySet<Ending> = new Set(['harness', 'generator', 'censored']);
const GOOD: ReadonlySet<Ending> = new Set(['confirmed', 'good', 'sold-out', 'closed']);

export class JourneySteps {
  readonly byJourney = new Map<string, Map<number, Map<number, { valid: number; bad: number }>>>();

  /** @param at index of the journey step with which the turn ended */
  add({ journey, second, count }: TurnTally, at: number, ending: Ending): void {
    if (NOT_VALID.has(ending)) return;
    const steps =
      this.byJourney.get(journey) ?? new Map<number, Map<number, { valid: number; bad: number }>>();
    this.byJourney.set(journey, steps);
    const seconds = steps.get(at) ?? new Map<number, { valid: number; bad: number }>();
    steps.set(at, seconds);
    const counts = seconds.get(second) ?? { valid: 0, bad: 0 };
    seconds.set(second, counts);
    counts.valid += count;
    if (!GOOD.has(ending)) counts.bad += count;
  }
}
