import { AMPLIFIED_FROM } from '../../core/limits.ts';
import { formatDurationMs } from '../../core/quantities.ts';
import type { Rule } from './step-facts.ts';

// How a target bears more than it can serve. Told, and no PASS with it; what was DOWN is charged anyway.

export const metastable: Rule = ({ metastable: isDown, settledAmplification: amplification }) => {
  if (!isDown) return null;
  const down = 'still down at the end of settle, at 1x and with every fault over';
  const clients = `it got ${(amplification ?? 1).toFixed(1)} requests for each first try then`;
  const fed = amplification !== null && amplification >= AMPLIFIED_FROM;
  if (fed) {
    return {
      code: 'metastable',
      message: `${down}; ${clients}, so repeats feed it`,
      next: 'let clients back off and bound their retries (`client.retries`: backoff with full jitter), and drop at the target what nobody waits for any more',
    };
  }
  return {
    code: 'metastable',
    message: amplification === null ? down : `${down}; ${clients}, so repeats do not feed it`,
    next: 'the overload keeps itself alive: bound queues and retries, drop what nobody waits for any more',
  };
};

export const limitCollapsed: Rule = ({ limit }) => {
  if (limit?.held !== 'collapsed' || limit.goodputPerSec === null || limit.goodputRatio === null) return null;
  const [limitText, goodput] = [limit.limitPerSec, limit.goodputPerSec].map((rate) =>
    Number(rate.toFixed(1)),
  );
  return {
    code: 'limit-collapsed',
    message: `above its limit of ${limitText} orders/s the target served ${goodput} orders/s, ${Math.round(limit.goodputRatio * 100)} % of it, in ${formatDurationMs(limit.judgedMs)}; it promises 90 %`,
    next: 'turn away at the door what is over the limit (429 or 503 with Retry-After, or a ticket), before any work is done for it, and bound what waits; or lower `target.limit`',
  };
};
