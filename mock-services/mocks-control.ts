import type { MockEvent } from './contract.ts';

/** Items left, by partner. */
export type Stock = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface MocksState {
  partners: Record<string, { url: string; stock: Record<string, number> }>;
  faults: { id: string; active: boolean }[];
  timelineStartedAt: number | null;
}

/** The partners and their faults, running. */
export interface Mocks {
  state: () => MocksState;
  ledger: () => readonly MockEvent[];
  /** @returns null, or what in `stock` is not known; then nothing was changed. */
  reset: (stock: Stock) => string | null;
  /** @param startAt epoch ms of offset 0. */
  startTimeline: (startAt: number) => void;
  stopTimeline: () => void;
  metricsText: () => Promise<string>;
  /** Faults end, servers close. */
  close: () => Promise<void>;
}
