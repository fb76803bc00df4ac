import type { Partners } from './partners.ts';

export interface Charge {
  orderKey: string;
  amount: number;
}

/** A charge that payment cannot take for minutes is a case for people: the shop keeps at most this many. */
const MAX_WAITING = 20_000;
const AT_ONCE = 4;
const PAUSE_MS = 500;
const TIMEOUT_MS = 10_000;

/** Charges of orders that were confirmed without waiting for payment; taken in the background, oldest first. */
export interface DeferredCharges {
  /** @returns false when too many wait already: then the order must not be confirmed. */
  hasRoom: () => boolean;
  add: (charge: Charge) => void;
  waiting: () => number;
}

export function deferCharges(partners: Partners): DeferredCharges {
  const queue: Charge[] = [];
  let running = 0;

  const take = async (charge: Charge): Promise<void> => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const authorization = await partners.authorize(charge.orderKey, charge.amount, signal);
    await partners.capture(authorization.id, signal);
  };
  const work = async (): Promise<void> => {
    running++;
    for (let charge = queue.shift(); charge; charge = queue.shift()) {
      try {
        await take(charge);
      } catch {
        // Payment is idempotent by order key, so the same charge may be tried again until it is taken.
        queue.push(charge);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
    running--;
  };
  return {
    hasRoom: () => queue.length < MAX_WAITING,
    waiting: () => queue.length + running,
    add: (charge) => {
      queue.push(charge);
      if (running < AT_ONCE) void work();
    },
  };
}
