import { afterEach, describe, expect, test } from 'vitest';
import { PARTNER_KINDS } from '../../../mock-services/registry.ts';
import { voucherCode } from '../../../mock-services/supply/voucher-code.ts';
import { postAll } from '../../support/mocks/many-calls.ts';
import { call, lastTally, promo, type Reply, runMocks } from '../../support/mocks/mock-config.ts';

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running;
afterEach(() => mocks?.close());

async function runPromo(keys: Record<string, unknown> = {}, seed = 7): Promise<void> {
  mocks = await runMocks({ seed, partners: [promo('gift', keys)] });
}
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  call(`${mocks.url('gift')}${path}`, body, headers);
const issue = (user: string, orderKey?: string): Promise<Reply> => post('/vouchers', { user, orderKey });
const codeOf = ({ body }: Reply): string => {
  const code: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'code') : null;
  if (typeof code !== 'string') throw new Error(`no code in ${JSON.stringify(body)}`);
  return code;
};
const redeem = (code: string, orderKey: string, user?: string): Promise<Reply> =>
  post('/redemptions', { code, orderKey, user });
const cancel = (code: string): Promise<Reply> => post(`/redemptions/${code}/cancel`, '');
const draw = (user: string, orderKey: string): Promise<Reply> => post('/draws', { user, orderKey });
const budget = async (): Promise<unknown> => (await call(`${mocks.url('gift')}/budget`)).body;
const voucher = (code: string): Promise<Reply> => call(`${mocks.url('gift')}/vouchers/${code}`);
const refused = (code: string) => expect.objectContaining({ code });
const tally = (invariant: Parameters<typeof lastTally>[1]) => {
  mocks.stopTimeline();
  return lastTally(mocks.events, invariant);
};

describe('a voucher', () => {
  test('is worth what the plan says and has ten readable characters', async () => {
    await runPromo({ voucher: 150 });
    const reply = await issue('ann');
    expect([reply.status, reply.body]).toMatchObject([201, { value: 150, status: 'issued' }]);
    expect(codeOf(reply)).toMatch(/^[A-HJ-NP-Z2-9]{10}$/);
    expect((await voucher(codeOf(reply))).body).toEqual(reply.body);
  });

  test('asked for again with the same order key or Idempotency-Key is the same one', async () => {
    await runPromo({ perUser: 5, budget: 1_000 });
    const first = await issue('ann', 'k1');
    const again = await issue('ann', 'k1');
    expect([again.status, again.body]).toEqual([200, first.body]);
    const named = await post('/vouchers', { user: 'ann' }, { 'idempotency-key': 'i1' });
    const repeated = await post('/vouchers', { user: 'ann' }, { 'idempotency-key': 'i1' });
    expect([named.status, repeated.status, codeOf(repeated)]).toEqual([201, 200, codeOf(named)]);
    expect(await budget()).toEqual({ left: 800 });
    expect(await issue('bob', 'k1')).toMatchObject({ status: 422, body: refused('KEY_REUSED') });
  });

  test('goes to each user up to the limit', async () => {
    await runPromo({ perUser: 2 });
    const codes = [codeOf(await issue('ann')), codeOf(await issue('ann')), codeOf(await issue('bob'))];
    expect(new Set(codes).size).toBe(3);
    expect(await issue('ann')).toMatchObject({ status: 409, body: refused('LIMIT_REACHED') });
  });

  test('has the same code in each run with the same seed, whoever came before', async () => {
    await runPromo();
    const code = codeOf(await issue('ann', 'k1'));
    await mocks.close();
    await runPromo();
    await issue('bob', 'k0');
    expect(codeOf(await issue('ann', 'k1'))).toBe(code);
    await mocks.close();
    await runPromo({}, 8);
    expect(codeOf(await issue('ann', 'k1'))).not.toBe(code);
  });

  test('is redeemed once: the same order gets the same answer, another one is refused', async () => {
    await runPromo({ voucher: 150 });
    const code = codeOf(await issue('ann'));
    expect(await redeem(code, 'k1')).toMatchObject({ status: 201, body: { code, value: 150 } });
    expect(await redeem(code, 'k1')).toMatchObject({ status: 200, body: { code, value: 150 } });
    expect(await redeem(code, 'k2')).toMatchObject({ status: 409, body: refused('ALREADY_REDEEMED') });
    expect((await voucher(code)).body).toMatchObject({ status: 'redeemed' });
    expect(tally('voucher-twice')).toEqual({ checked: 2, broken: 0, examples: [] });
  });

  test('can be redeemed by another order once its redemption is cancelled, and stays paid for', async () => {
    await runPromo({ budget: 1_000 });
    const code = codeOf(await issue('ann'));
    expect(await cancel(code)).toMatchObject({ status: 409, body: refused('NOT_REDEEMED') });
    await redeem(code, 'k1');
    expect(await cancel(code)).toMatchObject({ status: 200, body: { code, status: 'issued' } });
    expect((await cancel(code)).status).toBe(200);
    expect(await budget()).toEqual({ left: 900 });
    expect((await redeem(code, 'k2')).status).toBe(201);
  });

  test('that nobody issued is unknown', async () => {
    await runPromo({ strict: false });
    const statuses = [await redeem('ABCDEFGHJK', 'k1'), await cancel('ABCDEFGHJK'), await voucher('x')];
    expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  test('of somebody else counts for who redeems it', async () => {
    await runPromo();
    const [anns, bobs] = [codeOf(await issue('ann')), codeOf(await issue('bob'))];
    expect((await redeem(anns, 'k1', 'bob')).status).toBe(201);
    expect(await redeem(bobs, 'k2')).toMatchObject({ status: 409, body: refused('LIMIT_REACHED') });
    await cancel(anns);
    expect((await redeem(bobs, 'k2')).status).toBe(201);
  });
});

test('a code that is taken grows, the same way each time', () => {
  const short = voucherCode(7, 'ann', () => false);
  const long = voucherCode(7, 'ann', (code) => code === short);
  expect([short.length, long.length, long.startsWith(short)]).toEqual([10, 11, true]);
});

test('20,000 codes are all different', () => {
  const codes = Array.from({ length: 20_000 }, (_, user) => voucherCode(7, `user-${user}`, () => false));
  expect(new Set(codes).size).toBe(20_000);
});

describe('the budget', () => {
  test('pays for vouchers as they are issued, and not for one more', async () => {
    await runPromo({ voucher: 150, budget: 400 });
    expect([(await issue('a')).status, (await issue('b')).status]).toEqual([201, 201]);
    expect(await issue('c')).toMatchObject({ status: 409, body: refused('BUDGET_SPENT') });
    expect(await budget()).toEqual({ left: 100 });
    expect(tally('budget-overspent')).toEqual({ checked: 3, broken: 0, examples: [] });
  });

  test('is spent by 64 parallel users to the last voucher and no further', async () => {
    await runPromo({ voucher: 10, budget: 405 });
    const replies = await Promise.all(Array.from({ length: 64 }, (_, user) => issue(`u${user}`)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(40);
    expect(await budget()).toEqual({ left: 5 });
  });

  test('without end is no stock and null', async () => {
    await runPromo();
    await issue('ann');
    expect([await budget(), mocks.stock()]).toEqual([{ left: null }, { gift: {} }]);
    expect(mocks.restock({ gift: { budget: 5 } })).toBe('partner gift has no stock of budget');
  });

  test('is an item of stock that can be set, and is as planned or as given after a reset', async () => {
    await runPromo({ budget: 1_000 });
    const old = codeOf(await issue('ann'));
    expect(mocks.stock()).toEqual({ gift: { budget: 900 } });
    mocks.restock({ gift: { budget: 50 } });
    expect((await issue('bob')).status).toBe(409);
    mocks.reset({});
    expect(mocks.stock()).toEqual({ gift: { budget: 1_000 } });
    expect((await redeem(old, 'k1')).status).toBe(404);
    expect((await issue('ann')).status).toBe(201);
    mocks.reset({ gift: { budget: 70 } });
    expect(await budget()).toEqual({ left: 70 });
    expect(mocks.events.filter(({ type }) => type === 'stock-out')).toEqual([]);
    expect(await mocks.metricsText()).toContain(
      'peakproof_partner_stock_left{partner="gift",item="budget"} 70',
    );
  });
});

describe('draws', () => {
  const prizes = [
    { value: 500, odds: '10%' },
    { value: 20, odds: '40%' },
  ];

  test('win as often as the odds say, and the same in each run with the same seed', async () => {
    const winners = async (seed: number): Promise<unknown[]> => {
      await mocks?.close();
      await runPromo({ prizes }, seed);
      const draws = Array.from({ length: 1_000 }, (_, number) => ({
        path: '/draws',
        body: { user: 'ann', orderKey: `k${number}` },
      }));
      return (await postAll(mocks.url('gift'), draws)).map(({ text }) => text);
    };
    const first = await winners(7);
    // Standard deviations of 9.5 and 15.5 draws: four of them either way.
    expect(Math.abs(first.filter((body) => body === '{"prize":500}').length - 100)).toBeLessThan(38);
    expect(Math.abs(first.filter((body) => body === '{"prize":20}').length - 400)).toBeLessThan(62);
    expect(await winners(7)).toEqual(first);
    expect(await winners(8)).not.toEqual(first);
  });

  test('of the same order give the same prize and are paid once', async () => {
    await runPromo({ budget: 1_000, prizes: [{ value: 30, odds: 1 }] });
    expect(await draw('ann', 'k1')).toMatchObject({ status: 201, body: { prize: 30 } });
    expect(await draw('ann', 'k1')).toMatchObject({ status: 200, body: { prize: 30 } });
    expect((await draw('bob', 'k1')).status).toBe(422);
    expect(await budget()).toEqual({ left: 970 });
  });

  test('win nothing once the budget is spent', async () => {
    await runPromo({ budget: 50, prizes: [{ value: 30, odds: 1 }] });
    const bodies = [(await draw('ann', 'k1')).body, (await draw('ann', 'k2')).body];
    expect(bodies).toEqual([{ prize: 30 }, { prize: null }]);
  });

  test('win nothing without prizes', async () => {
    await runPromo();
    expect((await draw('ann', 'k1')).body).toEqual({ prize: null });
  });
});

describe('a promo that is not strict', () => {
  test('lets a voucher be redeemed by two orders, and counts it', async () => {
    await runPromo({ strict: false });
    const code = codeOf(await issue('ann'));
    const statuses = [await redeem(code, 'k1'), await redeem(code, 'k2'), await redeem(code, 'k1')];
    expect(statuses.map(({ status }) => status)).toEqual([201, 201, 200]);
    expect(tally('voucher-twice')).toEqual({ checked: 2, broken: 1, examples: [`${code} k2`] });
    expect(tally('voucher-over-limit')).toMatchObject({ checked: 2, broken: 0 });
  });

  test('lets a user redeem more than one may, and counts it', async () => {
    await runPromo({ strict: false });
    for (const key of ['k1', 'k2', 'k3']) await redeem(codeOf(await issue('ann', key)), key);
    expect(tally('voucher-over-limit')).toEqual({ checked: 3, broken: 2, examples: ['ann', 'ann'] });
    expect(tally('voucher-twice')).toMatchObject({ checked: 3, broken: 0 });
  });

  test('gives beyond its budget, vouchers and prizes, and counts it', async () => {
    await runPromo({ strict: false, budget: 150, prizes: [{ value: 30, odds: 1 }] });
    await issue('ann', 'k1');
    await draw('ann', 'k1');
    await issue('bob', 'k2');
    await draw('bob', 'k2');
    expect(await budget()).toEqual({ left: -110 });
    expect(mocks.stock()).toEqual({ gift: { budget: 0 } });
    expect(tally('budget-overspent')).toEqual({ checked: 4, broken: 2, examples: ['k2', 'k2'] });
  });
});

test('canaries see all of it, use nothing up and are not counted', async () => {
  await runPromo({ strict: false, budget: 100, prizes: [{ value: 100, odds: 1 }] });
  const own = codeOf(await issue('canary-user', 'canary-1'));
  expect((await redeem(own, 'canary-1')).status).toBe(201);
  expect((await redeem(own, 'canary-2')).status).toBe(201);
  expect((await draw('canary-user', 'canary-1')).body).toEqual({ prize: 100 });
  const code = codeOf(await issue('ann', 'k1'));
  await redeem(code, 'canary-3');
  expect((await voucher(code)).body).toMatchObject({ status: 'issued' });
  expect(await budget()).toEqual({ left: 0 });
  expect(tally('voucher-twice').checked).toBe(0);
  expect(tally('budget-overspent')).toMatchObject({ checked: 1, broken: 0 });
});

test('a strict promo tells canaries that its budget is spent', async () => {
  await runPromo({ budget: 100 });
  await issue('ann', 'k1');
  expect(await issue('canary-user', 'canary-1')).toMatchObject({ status: 409 });
});

test.each([
  ['/vouchers', {}],
  ['/vouchers', { user: 7 }],
  ['/redemptions', { code: 'x' }],
  ['/draws', { user: 'ann' }],
  ['/draws', []],
])('POST %s with %j is refused', async (path, body) => {
  await runPromo();
  expect(await post(path, body)).toMatchObject({ status: 400, body: refused('BAD_INPUT') });
});

test.each([
  [
    {
      prizes: [
        { value: 5, odds: '60%' },
        { value: 6, odds: '60%' },
      ],
    },
    'prizes',
  ],
  [{ prizes: [{ value: 5 }] }, 'prizes.0.odds'],
  [{ perUser: 0 }, 'perUser'],
  [{ budget: -1 }, 'budget'],
  [{ voucher: 1.5 }, 'voucher'],
  [{ strict: 'no' }, 'strict'],
])('a plan with %j is refused at "%s"', (keys, path) => {
  const parsed = PARTNER_KINDS.promo.schema.safeParse({ kind: 'promo', ...keys });
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});
