import { z } from 'zod';
import type { OrderFlow, OrderRequest, OrderResult } from './order-flow.ts';
import { expectShape, partnerCaller } from './partner-calls.ts';

const PROMO_TIMEOUT_MS = 1_000;
const RETRY_AFTER_SEC = 1;

const refusedReply = z.object({ code: z.string(), message: z.string() });
const receiptReply = z.object({ code: z.string(), value: z.number() });
const voucherReply = receiptReply.extend({ status: z.enum(['issued', 'redeemed']) });
export type Voucher = z.output<typeof voucherReply>;

/** The shop's vouchers, which the promo partner keeps. */
export interface Vouchers {
  /** One for each user, the same one whenever they ask; null = there is none for them. */
  issue: (user: string) => Promise<Voucher | null>;
  /** null = unknown. */
  find: (code: string) => Promise<Voucher | null>;
  /** Redeems the order's voucher, if it has one, before the order is placed. */
  buy: (order: OrderRequest) => Promise<OrderResult>;
}

/**
 * @param mode as with the other partners: the naive shop waits as long as promo takes, and fails the order with it;
 * the resilient one waits a second and asks the client to come back.
 */
export function keepVouchers(url: string, flow: OrderFlow, mode: 'naive' | 'resilient'): Vouchers {
  const call = partnerCaller();
  const ask = async <Shape extends z.ZodType>(path: string, shape: Shape, body?: unknown) => {
    const signal = mode === 'resilient' ? AbortSignal.timeout(PROMO_TIMEOUT_MS) : undefined;
    const reply = await call(`${url}${path}`, body, signal);
    // 4xx is promo's own no.
    if (reply.status >= 400 && reply.status < 500) {
      expectShape(reply, refusedReply);
      return null;
    }
    return expectShape(reply, shape);
  };
  const trouble: OrderResult =
    mode === 'resilient'
      ? { kind: 'busy', retryAfterSec: RETRY_AFTER_SEC }
      : { kind: 'failed', message: 'promo does not answer' };

  const redeemAndPlace = async (order: OrderRequest, code: string): Promise<OrderResult> => {
    const receipt = await ask('/redemptions', receiptReply, { code, orderKey: order.orderKey }).catch(
      () => 'trouble' as const,
    );
    if (receipt === 'trouble') return trouble;
    if (!receipt) return { kind: 'voucher-refused', code };
    const result = await flow.place(order, receipt.value);
    // After any other failure the client may come back with the same order, whose voucher it still is.
    if (result.kind === 'sold-out' || result.kind === 'closed') {
      await ask(`/redemptions/${code}/cancel`, voucherReply, {}).catch(() => {});
    }
    return result;
  };
  return {
    issue: (user) => ask('/vouchers', voucherReply, { user, orderKey: user }),
    find: (code) => ask(`/vouchers/${encodeURIComponent(code)}`, voucherReply),
    buy: (order) => (order.code === null ? flow.place(order, 0) : redeemAndPlace(order, order.code)),
  };
}
