import type { JudgedSlice } from '../../../scripts/analysis/judgement.ts';
import { noEvents } from '../../../scripts/analysis/turns/event-counts.ts';

/** A slice in which nothing happened and everything is healthy. */
export const UP: Omit<JudgedSlice, 'fromAt' | 'toAt'> = {
  phase: 'replayed',
  state: 'UP',
  load: 'UP',
  strictDown: false,
  healthy: true,
  unhealthy: [],
  voidedBy: [],
  prober: 'UP',
  disagreement: false,
  planned: 0,
  counts: noEvents(),
  journeys: [],
};
