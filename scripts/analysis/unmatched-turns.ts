import type { StepTimeline } from '../observe/timeline.ts';

/** Turns that do not add up, by journey and second of their intended start. */
export interface UnmatchedTurns {
  /** Ended without having started. */
  neverStarted: number;
  /** Started without having ended. In a step that k6 ended by itself there are none: it waits for the last one. */
  neverEnded: number;
}

export function unmatchedTurns(step: StepTimeline): UnmatchedTurns {
  const open = new Map<string, number>();
  for (const [journey, seconds] of step.started) {
    for (const [second, count] of seconds) open.set(`${second} ${journey}`, count);
  }
  for (const turn of step.turns) {
    const key = `${turn.second} ${turn.journey}`;
    open.set(key, (open.get(key) ?? 0) - turn.count);
  }
  const unmatched = { neverStarted: 0, neverEnded: 0 };
  for (const count of open.values()) {
    if (count < 0) unmatched.neverStarted -= count;
    else unmatched.neverEnded += count;
  }
  return unmatched;
}
