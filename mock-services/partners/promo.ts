import { z } from 'zod';
import { CANARY_PREFIX } from '../../scripts/core/canary.ts';
import { amount, ratio } from '../../scripts/core/quantities.ts';
import { sumBy } from '../../scripts/core/statistics.ts';
import { RecentMap } from '../core/recent-map.ts';
import { drawUnit } from '../core/seeded.ts';
import {
  badInput,
  clientKey,
  count,
  granted,
  type Keyed,
  keyField,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
  type PartnerRoute,
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
    const odds = sumBy(prizes, (prize) => prize.odds);
    if (odds <= 1 + 1e-9) return;
    context.addIssue({ code: 'custom', path: ['prizes'], message: 'odds of at most 100 % together' });
  });

type PromoSpec = z.output<typeof schema>;

/** What a promo partner spends on one order: its voucher, and what a draw wins on average. */
export function promoCostPerOrder({ voucher, prizes }: Pick<PromoSpec, 'voucher' | 'prizes'>): number {
  return voucher + sumBy(prizes, ({ value, odds }) => value * odds);
}

const issueBody = z.object({ user: clientKey, orderKey: clientKey.optional() });
const redemptionBody = z.object({ code: clientKey, orderKey: clientKey, user: clientKey.optional() });
const drawBody = z.object({ user: clientKey, orderKey: clientKey });

const UNKNOWN_VOUCHER = refusal(404, 'UNKNOWN_VOUCHER', 'there is no such voucher');
const KEY_REUSED = refusal(422, 'KEY_REUSED', 'this key was used for another user');
const BUDGET_SPENT: PartnerAnswer = {
  ...refusal(409, 'BUDGET_SPENT', 'the budget of the promo is spent'),
  outcome: 'budget-spent',
};

interface Draw {
  user: string;
  prize: number | null;
}

class Promo implements PartnerBehaviour {
  readonly routes: readonly PartnerRoute[] = [
    // For whoever tests, past all faults.
    {
      method: 'GET',
      path: '/peakproof/vouchers/:code',
      act: (call) => this.#tellRedemptions(call),
      exempt: true,
    },
    { method: 'POST', path: '/vouchers', act: (call) => this.#issue(call) },
    { method: 'GET', path: '/vouchers/:code', act: (call) => this.#show(call) },
    { method: 'POST', path: '/redemptions', act: (call) => this.#redeem(call) },
    { method: 'POST', path: '/redemptions/:code/cancel', act: (call) => this.#cancel(call) },
    { method: 'POST', path: '/draws', act: (call) => this.#draw(call) },
    { method: 'GET', path: '/budget', act: () => granted(200, 'budget', { left: this.#budget.left }) },
  ];
  readonly items: readonly string[] = [];
  readonly #spec: PromoSpec;
  readonly #context: PartnerContext;
  readonly #budget: Budget;
  readonly #vouchers: Vouchers;
  readonly #draws = new RecentMap<Draw>(REMEMBERED_DRAWS);

  constructor(spec: PromoSpec, context: PartnerContext) {
    this.#spec = spec;
    this.#context = context;
    this.#budget = new Budget(spec.budget);
    this.#vouchers = new Vouchers(context.seed);
  }

  keyOf({ body, params, headers }: Keyed): string | null {
    return (
      keyField(body, 'orderKey') ??
      namedIn(headers) ??
      keyField(body, 'user') ??
      keyOfVoucher(this.#voucher(params), params['code'])
    );
  }

  left(): Record<string, number> {
    const { left } = this.#budget;
    return left === null ? {} : { [BUDGET_ITEM]: Math.max(0, left) };
  }

  restock({ [BUDGET_ITEM]: left }: Readonly<Record<string, number>>): void {
    if (left !== undefined) this.#budget.set(left);
  }

  reset(): void {
    this.#budget.reset();
    this.#vouchers.clear();
    this.#draws.clear();
  }

  #issue({ body, headers, canary }: PartnerCall): PartnerAnswer {
    const parsed = issueBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const { user, orderKey } = parsed.data;
    const { strict, perUser, voucher: value } = this.#spec;
    const request = requestOf(headers, orderKey);
    const earlier = request === null ? undefined : this.#vouchers.byRequest(request);
    if (earlier && earlier.user !== user) return KEY_REUSED;
    if (earlier) return granted(200, 'repeated', shown(earlier));
    if (strict && this.#vouchers.issuedTo(user) >= perUser) {
      return limitReached(`${user} has had ${perUser} already`);
    }
    if (!this.#affords(value, canary, orderKey ?? user)) return BUDGET_SPENT;
    return granted(201, 'issued', shown(this.#vouchers.issue({ user, request, value, canary })));
  }

  /** Whether `value` can be given: a look at the budget unless a canary asks. */
  #affords(value: number, canary: boolean, key: string): boolean {
    const { strict } = this.#spec;
    const covered = this.#budget.covers(value);
    if (!canary && this.#budget.left !== null) {
      this.#context.check('budget-overspent', !covered && !strict, key);
    }
    if (!covered && strict) return false;
    if (!canary) this.#budget.use(value);
    return true;
  }

  #redeem({ body, canary }: PartnerCall): PartnerAnswer {
    const parsed = redemptionBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const { code, orderKey } = parsed.data;
    const { strict, perUser } = this.#spec;
    const voucher = this.#vouchers.get(code);
    if (!voucher) return UNKNOWN_VOUCHER;
    const user = parsed.data.user ?? voucher.user;
    const receipt = { code, value: voucher.value };
    if (voucher.redemptions.some((done) => done.orderKey === orderKey)) {
      return granted(200, 'repeated', receipt);
    }
    const again = voucher.redemptions.length > 0;
    const overLimit = this.#vouchers.wouldRedeem(user, voucher) > perUser;
    if (!canary && !voucher.canary) {
      this.#context.check('voucher-twice', again && !strict, `${code} ${orderKey}`);
      this.#context.check('voucher-over-limit', overLimit && !strict, user);
    }
    if (again && strict) return refusal(409, 'ALREADY_REDEEMED', 'another order has redeemed it');
    if (overLimit && strict) return limitReached(`${user} has redeemed ${perUser} already`);
    // A canary with somebody's voucher leaves it to them.
    if (!canary || voucher.canary) this.#vouchers.redeem(voucher, { orderKey, user });
    return granted(201, 'redeemed', receipt);
  }

  #cancel({ params }: PartnerCall): PartnerAnswer {
    const voucher = this.#voucher(params);
    if (!voucher) return UNKNOWN_VOUCHER;
    if (voucher.redemptions.length === 0 && !voucher.cancelled) {
      return refusal(409, 'NOT_REDEEMED', 'no order has redeemed it');
    }
    const outcome = voucher.redemptions.length > 0 ? 'cancelled' : 'repeated';
    this.#vouchers.cancel(voucher);
    return granted(200, outcome, shown(voucher));
  }

  #draw({ body, canary }: PartnerCall): PartnerAnswer {
    const parsed = drawBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const { user, orderKey } = parsed.data;
    const earlier = this.#draws.get(orderKey);
    if (earlier && earlier.user !== user) return KEY_REUSED;
    if (earlier) return granted(200, 'repeated', { prize: earlier.prize });
    const drawn = prizeAt(this.#spec.prizes, drawUnit(this.#context.seed, `prize ${orderKey} ${user}`));
    const prize = drawn !== null && this.#affords(drawn, canary, orderKey) ? drawn : null;
    this.#draws.set(orderKey, { user, prize });
    return granted(201, prize === null ? 'nothing-won' : 'won', { prize });
  }

  #show({ params }: PartnerCall): PartnerAnswer {
    const voucher = this.#voucher(params);
    return voucher ? granted(200, 'voucher', shown(voucher)) : UNKNOWN_VOUCHER;
  }

  #tellRedemptions({ params }: PartnerCall): PartnerAnswer {
    const voucher = this.#voucher(params);
    return voucher ? granted(200, 'voucher', { redemptions: voucher.redemptions.length }) : UNKNOWN_VOUCHER;
  }

  #voucher(params: PartnerCall['params']): Voucher | undefined {
    return this.#vouchers.get(params['code'] ?? '');
  }
}

export const promoPartner = {
  schema,
  open: (spec: PromoSpec, context: PartnerContext): PartnerBehaviour => new Promo(spec, context),
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
