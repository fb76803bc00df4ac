import { z } from 'zod';
import { amount, ratio } from '../../scripts/core/quantities.ts';
import { CANARY_PREFIX } from '../core/canary.ts';
import { RecentMap } from '../core/recent-map.ts';
import { drawUnit } from '../core/seeded.ts';
import {
  badInput,
  clientKey,
  count,
  granted,
  keyField,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
  partnerKeys,
  refusal,
} from '../partner.ts';
import { Budget } from '../supply/budget.ts';
import { type Voucher, Vouchers } from '../supply/vouchers.ts';

const MAX_PRIZES = 100;
/** Draws remembered for repeats, over 90 s of 1,000 orders/s. */
const REMEMBERED_DRAWS = 100_000;
/** The item that its budget is in stock, metrics and the admin API. */
const BUDGET_ITEM = 'budget';

const schema = z
  .strictObject({
    kind: z.literal('promo'),
    ...partnerKeys,
    /** What a voucher is worth: a whole amount in the unit of `budget`, such as the minor unit of the currency. */
    voucher: count().default(100),
    /** Vouchers that one user gets, and may redeem, in a step. */
    perUser: amount({ min: 1, max: 1_000_000, integer: true }).default(1),
    /** What all vouchers and prizes together may be worth, in the unit of `voucher`; null = without end. */
    budget: count().nullable().default(null),
    /** What a draw may win: `value` in the unit of `budget`, `odds` 0 to 1 of each draw, at most 100 % together. */
    prizes: z
      .array(z.strictObject({ value: count(), odds: ratio() }))
      .max(MAX_PRIZES)
      .default([]),
    /** Whether it refuses what breaks its rules; `false` = it grants it as many real ones do, and counts it. */
    strict: z.boolean().default(true),
  })
  .superRefine(({ prizes }, context) => {
    const odds = prizes.reduce((sum, prize) => sum + prize.odds, 0);
    if (odds <= 1 + 1e-9) return;
    context.addIssue({ code: 'custom', path: ['prizes'], message: 'odds of at most 100 % together' });
  });

type PromoSpec = z.output<typeof schema>;

/** What a promo partner spends on one order: its voucher, and what a draw wins on average. */
export function promoCostPerOrder({ voucher, prizes }: Pick<PromoSpec, 'voucher' | 'prizes'>): number {
  return voucher + prizes.reduce((sum, { value, odds }) => sum + value * odds, 0);
}

const issueBody = z.object({ user: clientKey, orderKey: clientKey.optional() });
const redemptionBody = z.object({ code: clientKey, orderKey: clientKey, user: clientKey.optional() });
const drawBody = z.object({ user: clientKey, orderKey: clientKey });

const UNKNOWN_VOUCHER = refusal(404, 'UNKNOWN_VOUCHER', 'there is no such voucher');

interface Draw {
  user: string;
  prize: number | null;
}

export const promoPartner = {
  schema,
  open(spec: PromoSpec, { seed, check }: PartnerContext): PartnerBehaviour {
    const { perUser, strict, prizes } = spec;
    const budget = new Budget(spec.budget);
    const vouchers = new Vouchers(seed);
    const draws = new RecentMap<Draw>(REMEMBERED_DRAWS);

    /** Whether `value` can be given: a look at the budget unless a canary asks. */
    const affords = (value: number, canary: boolean, key: string): boolean => {
      const covered = budget.covers(value);
      if (!canary && budget.left !== null) check('budget-overspent', !covered && !strict, key);
      if (!covered && strict) return false;
      if (!canary) budget.use(value);
      return true;
    };

    const issue = ({ body, headers, canary }: PartnerCall): PartnerAnswer => {
      const parsed = issueBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { user, orderKey } = parsed.data;
      const request = requestOf(headers, orderKey);
      const earlier = request === null ? undefined : vouchers.byRequest(request);
      if (earlier && earlier.user !== user) return keyReused();
      if (earlier) return granted(200, 'repeated', shown(earlier));
      if (strict && vouchers.issuedTo(user) >= perUser) {
        return limitReached(`${user} has had ${perUser} already`);
      }
      if (!affords(spec.voucher, canary, orderKey ?? user)) return budgetSpent();
      return granted(201, 'issued', shown(vouchers.issue({ user, request, value: spec.voucher, canary })));
    };

    const redeem = ({ body, canary }: PartnerCall): PartnerAnswer => {
      const parsed = redemptionBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { code, orderKey } = parsed.data;
      const voucher = vouchers.get(code);
      if (!voucher) return UNKNOWN_VOUCHER;
      const user = parsed.data.user ?? voucher.user;
      const receipt = { code, value: voucher.value };
      if (voucher.redemptions.some((done) => done.orderKey === orderKey)) {
        return granted(200, 'repeated', receipt);
      }
      const again = voucher.redemptions.length > 0;
      const overLimit = vouchers.wouldRedeem(user, voucher) > perUser;
      if (!canary && !voucher.canary) {
        check('voucher-twice', again && !strict, `${code} ${orderKey}`);
        check('voucher-over-limit', overLimit && !strict, user);
      }
      if (again && strict) return refusal(409, 'ALREADY_REDEEMED', 'another order has redeemed it');
      if (overLimit && strict) return limitReached(`${user} has redeemed ${perUser} already`);
      // A canary with somebody's voucher leaves it to them.
      if (!canary || voucher.canary) vouchers.redeem(voucher, { orderKey, user });
      return granted(201, 'redeemed', receipt);
    };

    const cancel = ({ params }: PartnerCall): PartnerAnswer => {
      const voucher = vouchers.get(params['code'] ?? '');
      if (!voucher) return UNKNOWN_VOUCHER;
      if (voucher.redemptions.length === 0 && !voucher.cancelled) {
        return refusal(409, 'NOT_REDEEMED', 'no order has redeemed it');
      }
      const outcome = voucher.redemptions.length > 0 ? 'cancelled' : 'repeated';
      vouchers.cancel(voucher);
      return granted(200, outcome, shown(voucher));
    };

    const draw = ({ body, canary }: PartnerCall): PartnerAnswer => {
      const parsed = drawBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { user, orderKey } = parsed.data;
      const earlier = draws.get(orderKey);
      if (earlier && earlier.user !== user) return keyReused();
      if (earlier) return granted(200, 'repeated', { prize: earlier.prize });
      const drawn = prizeAt(prizes, drawUnit(seed, `prize ${orderKey} ${user}`));
      const prize = drawn !== null && affords(drawn, canary, orderKey) ? drawn : null;
      draws.set(orderKey, { user, prize });
      return granted(201, prize === null ? 'nothing-won' : 'won', { prize });
    };

    const show = ({ params }: PartnerCall): PartnerAnswer => {
      const voucher = vouchers.get(params['code'] ?? '');
      return voucher ? granted(200, 'voucher', shown(voucher)) : UNKNOWN_VOUCHER;
    };

    const tellRedemptions = ({ params }: PartnerCall): PartnerAnswer => {
      const voucher = vouchers.get(params['code'] ?? '');
      return voucher ? granted(200, 'voucher', { redemptions: voucher.redemptions.length }) : UNKNOWN_VOUCHER;
    };

    return {
      routes: [
        // For whoever tests, past all faults.
        { method: 'GET', path: '/peakproof/vouchers/:code', act: tellRedemptions, exempt: true },
        { method: 'POST', path: '/vouchers', act: issue },
        { method: 'GET', path: '/vouchers/:code', act: show },
        { method: 'POST', path: '/redemptions', act: redeem },
        { method: 'POST', path: '/redemptions/:code/cancel', act: cancel },
        { method: 'POST', path: '/draws', act: draw },
        { method: 'GET', path: '/budget', act: () => granted(200, 'budget', { left: budget.left }) },
      ],
      keyOf: ({ body, params, headers }) =>
        keyField(body, 'orderKey') ??
        namedIn(headers) ??
        keyField(body, 'user') ??
        keyOfVoucher(vouchers.get(params['code'] ?? ''), params['code']),
      items: [],
      left: () => (budget.left === null ? {} : { [BUDGET_ITEM]: Math.max(0, budget.left) }),
      restock: ({ [BUDGET_ITEM]: left }) => {
        if (left !== undefined) budget.set(left);
      },
      reset: () => {
        budget.reset();
        vouchers.clear();
        draws.clear();
      },
    };
  },
};

const namedIn = (headers: PartnerCall['headers']): string | null => {
  const named = headers['idempotency-key'];
  return typeof named === 'string' && named !== '' ? named : null;
};

/** What makes a request the same one when it comes again; null = nothing does. */
function requestOf(headers: PartnerCall['headers'], orderKey: string | undefined): string | null {
  const named = namedIn(headers);
  if (named !== null) return `request ${named}`;
  return orderKey === undefined ? null : `order ${orderKey}`;
}

/** A prober's voucher is known by its prober, whatever is asked of it. */
function keyOfVoucher(voucher: Voucher | undefined, code: string | undefined): string | null {
  return voucher?.canary ? `${CANARY_PREFIX}${voucher.code}` : (code ?? null);
}

/** The prize whose part of the odds holds `unit`, 0 to 1. */
function prizeAt(prizes: PromoSpec['prizes'], unit: number): number | null {
  let left = unit;
  for (const { value, odds } of prizes) {
    left -= odds;
    if (left < 0) return value;
  }
  return null;
}

function shown({ code, value, redemptions }: Voucher) {
  return { code, value, status: redemptions.length > 0 ? 'redeemed' : 'issued' };
}

const limitReached = (message: string): PartnerAnswer => ({
  ...refusal(409, 'LIMIT_REACHED', message),
  outcome: 'limit-reached',
});

const budgetSpent = (): PartnerAnswer => ({
  ...refusal(409, 'BUDGET_SPENT', 'the budget of the promo is spent'),
  outcome: 'budget-spent',
});

const keyReused = (): PartnerAnswer => refusal(422, 'KEY_REUSED', 'this key was used for another user');
