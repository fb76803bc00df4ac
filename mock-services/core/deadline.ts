/** Longest delay that setTimeout takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls back at `dueAtMs` of the given clock, never before: setTimeout fires up to 1 ms early, and not beyond 24 days.
 * That last part is waited for in turns of the event loop; another timer would make it 1 to 2 ms late.
 */
export function atDeadline(dueAtMs: number, nowMs: () => number, callback: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const look = (): void => {
    const remainingMs = dueAtMs - nowMs();
    if (remainingMs <= 0) callback();
    else if (remainingMs < 1) turn = setImmediate(look);
    else timer = setTimeout(look, Math.min(Math.ceil(remainingMs), MAX_TIMER_MS));
  };
  timer = setTimeout(look, Math.max(0, Math.min(Math.ceil(dueAtMs - nowMs()), MAX_TIMER_MS)));
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}

/** The clock that never goes back, ms. */
export const monotonicMs = (): number => performance.now();
