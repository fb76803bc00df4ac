import { SERIES } from '../../../k6/contract.ts';
import { TimelineBuilder } from '../../../scripts/observe/fold/fold.ts';
import type { Observation } from '../../../scripts/observe/observation.ts';
import type { StepTimeline } from '../../../scripts/observe/timeline.ts';

/** A whole epoch second with slot 0. */
export const S = 1_795_440_128;
export const T = S * 1_000;
export type Push = Extract<Observation, { type: 'push' }>;

export const planned = (step = 0): Observation => ({
  type: 'step-planned',
  at: T - 1_000,
  step,
  multiple: 3,
  warmUpMs: 5_000,
  replayedMs: 60_000,
  settleMs: 10_000,
  schedules: [{ journey: 'checkout', arrivalsPerSec: [1, 2] }],
  vus: 10,
  hangCoveredMs: null,
  peakOrdersPerSec: 100,
  sliceMs: 1_000,
  journeySliceMs: { checkout: 1_000 },
  journeyStepSliceMs: {},
  ruleSliceMs: 60_000,
  windowPeakOrdersPerSec: 100,
});
export const loadStarted: Observation = { type: 'load-started', at: T, step: 0, startedAt: T };

export function series(id: number, name: string, labels: Record<string, string>): Observation {
  return { type: 'series', at: T, id, name, labels: { instance: 'step0-0', ...labels } };
}
export const startedSeries = (id: number, slot: number, instance = 'step0-0') =>
  series(id, SERIES.turnsStarted, { scenario: 'checkout', slot: String(slot), instance });
export const endedSeries = (id: number, slot: number, labels: Record<string, string> = {}) =>
  series(id, SERIES.turnsEnded, {
    scenario: 'checkout',
    slot: String(slot),
    at: '2',
    ...labels,
  });
export const push = (
  at: number,
  samples: Push['samples'],
  histograms: Push['histograms'] = [],
): Observation => ({
  type: 'push',
  at,
  samples,
  histograms,
});

export function fold(observations: readonly Observation[]): StepTimeline {
  const builder = new TimelineBuilder();
  for (const observation of [planned(), loadStarted, ...observations]) builder.add(observation);
  const [step] = builder.snapshot().steps;
  if (!step) throw new Error('no step');
  return step;
}

export const startedBySecond = (step: StepTimeline) => Object.fromEntries(step.started.get('checkout') ?? []);
