import type { MockEvent } from '../contract.ts';

const KEPT_EVENTS = 1_000;

/** What was really injected: every event goes out as it happens, the newest are kept for the admin API. */
export interface Ledger {
  record: (event: MockEvent) => void;
  /** Events of faults and stock since the last `clear`, oldest first. */
  events: () => readonly MockEvent[];
  clear: () => void;
}

export function createLedger(emit: (event: MockEvent) => void): Ledger {
  let kept: MockEvent[] = [];
  return {
    record: (event) => {
      emit(event);
      if (event.type === 'mock-health' || event.type === 'partners' || event.type === 'mocks-ready') return;
      kept.push(event);
      if (kept.length > KEPT_EVENTS) kept = kept.slice(-KEPT_EVENTS);
    },
    events: () => kept,
    clear: () => {
      kept = [];
    },
  };
}
