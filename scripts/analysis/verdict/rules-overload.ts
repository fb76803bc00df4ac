import { AMPLIFIED_FROM } from '../../core/limits.ts';
import { formatDurationMs } from '../../core/quantities.ts';
import type { Rule } from './step-facts.ts';

// How a target bears more than it can serve. Told, and no PASS with it; what was DOWN is charged anyway.

/** The last slices are DOWN with every fault over: how long it would have lasted was not seen. */
export const downAtTheEnd: Rule = ({ end, lastAmplification: amplification, plan }) => {
  if (end === 'not-down') return null;
  const down = 'still down in the last three slices, with every fault over';
  const clients = `it got ${(amplification ?? 1).toFixed(1)} requests for each first try then`;
  const isFed = amplification !== null && amplification >= AMPLIFIED_FROM;
  if (end === 'down') {
    return {
      code: 'down-at-the-end',
      message: `${down}: how long it would have lasted was not seen${isFed ? `; ${clients}` : ''}`,
      next: `find what keeps it down; to see it recover, let the load go on at a lower rate (\`rehearsal.settle\`, now ${formatDurationMs(plan.rehearsal.settleMs)})`,
    };
  }
  const fallen = `${down}, though no more orders came than it had served before`;
  if (isFed) {
    return {
      code: 'metastable',
      message: `${fallen}; ${clients}, so repeats feed it`,
      next: 'let clients back off and bound their retries (`client.retries`: backoff with full jitter), and drop at the target what nobody waits for any more',
    };
  }
  return {
    code: 'metastable',
    message: amplification === null ? fallen : `${fallen}; ${clients}, so repeats do not feed it`,
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
