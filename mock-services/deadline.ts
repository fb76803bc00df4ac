/** Longest delay that setTimeout takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls back at `dueAtMs` of the given clock, never before: setTimeout may fire up to 1 ms early, and not beyond 24 days. */
export function atDeadline(dueAtMs: number, nowMs: () => number, callback: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    const remainingMs = dueAtMs - nowMs();
    if (remainingMs <= 0) callback();
    else timer = setTimeout(arm, Math.min(Math.ceil(remainingMs), MAX_TIMER_MS));
  };
  timer = setTimeout(arm, Math.max(0, Math.min(dueAtMs - nowMs(), MAX_TIMER_MS)));
  return () => clearTimeout(timer);
}

/** Resolves at `dueAtMs` of performance.now(), never before. */
export function delayUntil(dueAtMs: number): Promise<void> {
  return new Promise((resolve) => {
    atDeadline(dueAtMs, () => performance.now(), resolve);
  });
}
