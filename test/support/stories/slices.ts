import type { JudgedSlice } from '../../../scripts/analysis/judgement.ts';

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
  started: 0,
  dropped: 0,
  turns: 0,
  good: 0,
  bad: 0,
  firstBad: 0,
  confirmed: 0,
  journeys: [],
  kinds: new Map(),
  toldToWait: 0,
  recovered: 0,
  soldOut: 0,
  soldOutUnnamed: 0,
};
