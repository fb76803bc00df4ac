/** What a step consists of, one after another, ms. */
export interface StepParts {
  warmUpMs: number;
  /** From T0. */
  replayedMs: number;
  settleMs: number;
}

/** Measured time T, which is judged and charged: replayed part and settle. */
export const measuredMsOf = ({ replayedMs, settleMs }: Omit<StepParts, 'warmUpMs'>): number =>
  replayedMs + settleMs;

/** From the start of the load to its planned end. */
export const lengthMsOf = (parts: StepParts): number => parts.warmUpMs + measuredMsOf(parts);
