import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { TokenBucket } from '../../scripts/core/token-bucket.ts';
import { deferCharges } from './deferred-charges.ts';
import { type OrderFlow, priceOn } from './order-flow.ts';
import type { Menu, Partners } from './partners.ts';

const PAYMENT_TIMEOUT_MS = 300;
const CAFE_TIMEOUT_MS = 1_000;
const MENU_FRESH_MS = 1_000;
/** Payment is left alone for so long before one order tries it again. */
const BREAK_MS = 2_000;
const FAILURES_BEFORE_BREAK = 5;
const RETRY_AFTER_SEC = 1;

/**
 * The shop that stays up: no partner can hold an order for long; while payment is slow or away, orders are
 * confirmed as `deferred` and charged later; above its limit it turns orders away with Retry-After.
 *
 * @param ordersPerSec limit; a burst of one second's worth is taken.
 */
export function resilientFlow(partners: Partners, ordersPerSec: number): OrderFlow {
  const charges = deferCharges(partners);
  const admitted = new TokenBucket(ordersPerSec, ordersPerSec);
  const menu = cachedMenu(partners);
  const payment = guardedPayment();
  const serve: OrderFlow['place'] = async ({ sku, orderKey }, discount) => {
    const price = priceOn(await menu(), sku);
    if (price === null) return { kind: 'failed', message: `${sku} is not on the menu` };
    const amount = Math.max(0, price - discount);
    const authorization = await payment((signal) => partners.authorize(orderKey, amount, signal));
    if (!authorization && !charges.hasRoom()) return { kind: 'busy', retryAfterSec: RETRY_AFTER_SEC };
    const order = await orderAtCafe(partners, sku, orderKey);
    // An authorization that is not captured lapses.
    if ('kind' in order) return order;
    const captured =
      authorization &&
      (await payment(async (signal) => {
        await partners.capture(authorization.id, signal);
        return true;
      }));
    if (!captured) charges.add({ orderKey, amount });
    return { kind: 'confirmed', id: order.id, payment: captured ? 'captured' : 'deferred' };
  };

  return {
    menu,
    place: async (order, discount) => {
      if (admitted.take(performance.now()) > 0) return { kind: 'busy', retryAfterSec: RETRY_AFTER_SEC };
      try {
        return await serve(order, discount);
      } catch {
        return { kind: 'busy', retryAfterSec: RETRY_AFTER_SEC };
      }
    },
  };
}

/** What payment is asked through: null = it did not answer in time, or is being left alone. */
function guardedPayment() {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: BREAK_MS,
    breaker: new ConsecutiveBreaker(FAILURES_BEFORE_BREAK),
  });
  return async <Result>(call: (signal: AbortSignal) => Promise<Result>): Promise<Result | null> => {
    // While one order tries payment again, cockatiel would let all others wait for its outcome.
    if (breaker.state === CircuitState.HalfOpen) return null;
    try {
      return await breaker.execute(() => call(AbortSignal.timeout(PAYMENT_TIMEOUT_MS)));
    } catch {
      return null;
    }
  };
}

async function orderAtCafe(partners: Partners, sku: string, orderKey: string) {
  try {
    return await partners.order(sku, orderKey, AbortSignal.timeout(CAFE_TIMEOUT_MS));
  } catch {
    // Once more: the café is idempotent by order key, so nothing is ordered twice.
    return await partners.order(sku, orderKey, AbortSignal.timeout(CAFE_TIMEOUT_MS));
  }
}

/** The café's menu, asked for once a second however many want it; an old one is better than none. */
function cachedMenu(partners: Partners): () => Promise<Menu> {
  let last: { menu: Menu; atMs: number } | null = null;
  let asking: Promise<Menu> | null = null;
  const ask = async (): Promise<Menu> => {
    try {
      const menu = await partners.menu(AbortSignal.timeout(CAFE_TIMEOUT_MS));
      last = { menu, atMs: performance.now() };
      return menu;
    } catch (error) {
      if (last) return last.menu;
      throw error;
    } finally {
      asking = null;
    }
  };
  return async () => {
    if (last && performance.now() - last.atMs < MENU_FRESH_MS) return last.menu;
    asking ??= ask();
    // Nobody waits for a fresher menu while there is one; `ask` fails only without one.
    return last ? last.menu : await asking;
  };
}
