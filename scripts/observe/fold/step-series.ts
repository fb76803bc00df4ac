import { INSTANCE_TAG, PARTNER_REQUEST_PREFIX, type Repeat, SERIES } from '../../../k6/contract.ts';
import type { ObservationOf } from '../observation.ts';
import type { CounterState, HistogramTotal } from '../wire/cumulative.ts';
import { stepOfInstance } from '../wire/instance.ts';
import { parseSlot } from '../wire/slot.ts';
import {
  journeyOf,
  type Labels,
  parseStepIndex,
  readFate,
  readOutcome,
  readPart,
  readRepeat,
  type TurnFate,
} from './turn-labels.ts';

/** What one series of a push means, read once from its labels when the series is first seen. */
export type SeriesMeaning =
  | { kind: 'started'; journey: string; slot: number; beginsOrder: boolean }
  | { kind: 'ended'; fate: TurnFate; slot: number }
  | { kind: 'duration'; key: string; journey: string; outcome: TurnFate['outcome']; bad: TurnFate['kind'] }
  | { kind: 'dropped'; journey: string }
  | { kind: 'vus'; gauge: 'busy' | 'allocated' }
  | { kind: 'requests'; journey: string }
  | { kind: 'repeats'; journey: string; why: Repeat }
  | { kind: 'part'; key: string; journey: string; part: string }
  | { kind: 'iterations'; journey: string }
  /** Turns whose labels are not of the contract: counted as unplaced. */
  | { kind: 'unreadable' };

export interface TrackedSeries {
  step: number;
  instance: string;
  meaning: SeriesMeaning;
  counter: CounterState;
  histogram: HistogramTotal;
}

/** null: a series that belongs to no step or has no part in the timeline. */
export function trackSeries(series: ObservationOf<'series'>): TrackedSeries | null {
  const instance = series.labels[INSTANCE_TAG];
  const step = stepOfInstance(instance);
  const meaning = readMeaning(series.name, series.labels);
  if (instance === undefined || step === null || meaning === null) return null;
  return {
    step,
    instance,
    meaning,
    counter: { at: null, value: 0 },
    histogram: { at: null, before: null, newest: null },
  };
}

function readMeaning(name: string, labels: Labels): SeriesMeaning | null {
  switch (name) {
    case SERIES.turnsStarted:
      return startedMeaning(labels);
    case SERIES.turnsEnded:
      return endedMeaning(labels);
    case SERIES.turnDuration:
      return durationMeaning(labels);
    case SERIES.dropped:
      return scenarioMeaning('dropped', labels);
    case SERIES.iterations:
      return scenarioMeaning('iterations', labels);
    case SERIES.vusBusy:
      return { kind: 'vus', gauge: 'busy' };
    case SERIES.vusMax:
      return { kind: 'vus', gauge: 'allocated' };
    case SERIES.requests:
      return labels['name']?.startsWith(PARTNER_REQUEST_PREFIX) ? null : scenarioMeaning('requests', labels);
    case SERIES.repeats:
      return repeatsMeaning(labels);
    case SERIES.partDuration:
      return partMeaning(labels);
    default:
      return null;
  }
}

function startedMeaning(labels: Labels): SeriesMeaning {
  const slot = parseSlot(labels['slot']);
  const journey = journeyOf(labels);
  // A later turn may begin with the first step, too: one that is done several times.
  const beginsOrder = !labels['at'];
  if (slot === null || !journey) return { kind: 'unreadable' };
  if (!beginsOrder && parseStepIndex(labels['at']) === null) return { kind: 'unreadable' };
  return { kind: 'started', journey, slot, beginsOrder };
}

function endedMeaning(labels: Labels): SeriesMeaning {
  const slot = parseSlot(labels['slot']);
  const fate = readFate(labels);
  return slot === null || !fate ? { kind: 'unreadable' } : { kind: 'ended', fate, slot };
}

function durationMeaning(labels: Labels): SeriesMeaning | null {
  const ended = readOutcome(labels);
  const journey = journeyOf(labels);
  if (!ended || !journey) return null;
  const key = JSON.stringify([journey, ended.outcome, ended.kind]);
  return { kind: 'duration', key, journey, outcome: ended.outcome, bad: ended.kind };
}

function repeatsMeaning(labels: Labels): SeriesMeaning | null {
  const why = readRepeat(labels);
  const journey = journeyOf(labels);
  return why && journey ? { kind: 'repeats', journey, why } : null;
}

function partMeaning(labels: Labels): SeriesMeaning | null {
  const part = readPart(labels);
  const journey = journeyOf(labels);
  if (!part || !journey) return null;
  return { kind: 'part', key: JSON.stringify([journey, part]), journey, part };
}

function scenarioMeaning(kind: 'dropped' | 'iterations' | 'requests', labels: Labels): SeriesMeaning | null {
  const journey = journeyOf(labels);
  return journey === undefined ? null : { kind, journey };
}
