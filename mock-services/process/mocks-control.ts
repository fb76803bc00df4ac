import type { MockEvent } from '../contract.ts';
import type { FaultSpec } from '../registry.ts';

/** Items left, by partner. */
export type Stock = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface MocksState {
  partners: Record<string, { url: string; stock: Record<string, number> }>;
  faults: { id: string; active: boolean }[];
  timelineStartedAt: number | null;
}

/** The partners and their faults, running. */
export interface MocksControl {
  state: () => MocksState;
  stock: () => Stock;
  ledger: () => readonly MockEvent[];
  /** Replaces what is left of the items named. @returns null, or what in `stock` is not known; then nothing was changed. */
  restock: (stock: Stock) => string | null;
  /** As at the start of a step. @returns as `restock`. */
  reset: (stock: Stock) => string | null;
  /** @param startAt epoch ms of offset 0. @param sliceMs of the slices of which partners tell their figures; default 1,000 */
  startTimeline: (startAt: number, sliceMs?: number) => void;
  stopTimeline: () => void;
  /** A fault beside the plan's, its offset counted from now. @returns what is wrong with it, or null. */
  inject: (fault: FaultSpec) => string | null;
  /** Ends one fault, or with null all; false if there is no such fault in force or to come. */
  clear: (id: string | null) => boolean;
  metricsText: () => Promise<string>;
  /** Faults end, servers close. */
  close: () => Promise<void>;
}
