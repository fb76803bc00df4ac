import { describe, expect, test } from 'vitest';
import type { MocksConfig } from '../../../mock-services/contract.ts';
import { cafe, call, faultOf, lastTally, payment, promo } from '../../support/mocks/mock-config.ts';
import { type Seen, Shopper, TOKEN, telegram } from '../../support/mocks/telegram.ts';
import { DemoShop } from '../../support/targets/demo-shop.ts';

const shop = DemoShop.forEachTest();
const SECRET = 'only-telegram-knows';

/** The shop with its bot, whose webhook the mock Bot API calls; `ann` is in chat 7. */
async function openBot(
  mode: string,
  {
    tea = 100,
    voucher = {},
    env = {},
    ...config
  }: Partial<MocksConfig> & { tea?: number; voucher?: object; env?: Record<string, string> } = {},
): Promise<Shopper> {
  const partners = [
    cafe('beanhouse', { stock: { tea, bun: 100 }, price: 300 }),
    payment('pay'),
    promo('promo', { voucher: 250, ...voucher }),
    { ...telegram({ limit: null, chatLimit: null }), name: 'telegram' },
  ];
  await shop.open({ DEMO_SHOP_MODE: mode, DEMO_SHOP_BOT_SECRET: SECRET, ...env }, { partners, ...config });
  const root = shop.mocks.url('telegram');
  const hook = { url: `${shop.url}/telegram`, secret_token: SECRET };
  expect((await call(`${root}/bot${TOKEN}/setWebhook`, hook)).status).toBe(200);
  return new Shopper(root, 7);
}

const buttons = ({ message }: Seen): unknown => Reflect.get(message?.reply_markup ?? {}, 'inline_keyboard');

const textOf = ({ message }: Seen): string => message?.text ?? '';

async function voucherOf(ann: Shopper): Promise<{ code: string; link: string }> {
  await ann.write('/promo');
  const seen = await ann.sees('sendMessage');
  const code = /code (\w+)/.exec(textOf(seen))?.[1] ?? 'no code';
  const link = `${shop.url}/checkout?code=${code}`;
  expect(buttons(seen)).toEqual([[{ text: 'Checkout', url: link }]]);
  return { code, link };
}

describe.each(['naive', 'resilient'])('%s', (mode) => {
  test('shows the menu and sells what is tapped, once for each keyboard', async () => {
    const ann = await openBot(mode);
    await ann.write('/start');
    const menu = await ann.sees('sendMessage');
    expect(buttons(menu)).toEqual([
      [{ text: 'tea', callback_data: 'tea' }],
      [{ text: 'bun', callback_data: 'bun' }],
    ]);
    await ann.press('tea', menu, 'first');
    expect(await ann.sees('answerCallbackQuery')).toMatchObject({ callback_query_id: 'first' });
    const confirmed = textOf(await ann.sees('sendMessage'));
    expect(confirmed).toMatch(/^Order order-\S+ is confirmed\.$/);
    await ann.press('tea', menu, 'again');
    expect(textOf(await ann.sees('sendMessage'))).toBe(confirmed);
    expect(shop.stockLeft()).toBe(99);
  });

  test('says what is sold out, and that it is closed', async () => {
    const ann = await openBot(mode, { tea: 0, faults: [faultOf('closure', { partner: 'beanhouse' })] });
    await ann.write('/start');
    const menu = await ann.sees('sendMessage');
    await ann.press('tea', menu, 'tea');
    expect(textOf(await ann.sees('sendMessage'))).toBe('Sorry, tea is sold out.');
    shop.mocks.startTimeline(Date.now());
    await shop.mocks.event(({ type }) => type === 'fault-on');
    await ann.press('bun', menu, 'bun');
    expect(textOf(await ann.sees('sendMessage'))).toBe('Sorry, we are closed.');
  });

  test('a voucher leads to the web checkout, which redeems it once', async () => {
    const ann = await openBot(mode);
    const { code, link } = await voucherOf(ann);
    expect((await call(link)).body).toEqual({ voucher: { code, value: 250, status: 'issued' } });
    const order = await shop.buy('k1', { sku: 'tea', code });
    expect([order.status, order.body]).toMatchObject([201, { order: { id: 'order-k1' } }]);
    expect((await call(link)).body).toMatchObject({ voucher: { status: 'redeemed' } });
    const second = await shop.buy('k2', { sku: 'tea', code });
    expect([second.status, second.body]).toEqual([409, { code: 'VOUCHER_REFUSED', voucher: code }]);
    expect((await shop.buy('k1', { sku: 'tea', code })).body).toEqual(order.body);
    expect(shop.stockLeft()).toBe(99);
  });

  test('a voucher whose order is sold out can be used for another one', async () => {
    const ann = await openBot(mode, { tea: 0 });
    const { code } = await voucherOf(ann);
    expect((await shop.buy('k1', { sku: 'tea', code })).status).toBe(409);
    expect((await shop.buy('k2', { sku: 'bun', code })).status).toBe(201);
  });

  test('gives one voucher to a shopper however often they ask, and says when all are gone', async () => {
    const ann = await openBot(mode, { voucher: { budget: 250 } });
    const { code } = await voucherOf(ann);
    await ann.write('/start promo');
    expect(textOf(await ann.sees('sendMessage'))).toContain(code);
    const bob = new Shopper(shop.mocks.url('telegram'), 8, 'Bob');
    await bob.write('/promo');
    expect(textOf(await bob.sees('sendMessage'))).toBe('All vouchers are gone.');
  });

  test("a prober's orders are canaries for all partners", async () => {
    await openBot(mode, { tea: 1 });
    const prober = new Shopper(shop.mocks.url('telegram'), 9, 'canary-1');
    await prober.write('/start');
    await prober.press('tea', await prober.sees('sendMessage'));
    expect(textOf(await prober.sees('sendMessage'))).toMatch(/^Order order-canary-1-9-/);
    expect(shop.stockLeft()).toBe(1);
  });

  test('takes updates with the secret only, and only updates', async () => {
    await openBot(mode);
    const hook = `${shop.url}/telegram`;
    expect((await call(hook, {})).status).toBe(401);
    expect((await call(hook, {}, { 'x-telegram-bot-api-secret-token': 'guessed' })).status).toBe(401);
    const known = { 'x-telegram-bot-api-secret-token': SECRET };
    expect((await call(hook, { message: 'hello' }, known)).status).toBe(400);
    expect((await call(hook, { edited_message: {} }, known)).status).toBe(200);
  });
});

const refusing = faultOf('rate-limit', {
  partner: 'telegram',
  route: '/bot:token/sendMessage',
  limit: '1/s',
});

test.each([
  ['naive', 'fails its update'],
  ['resilient', 'says it later'],
])('%s: when Telegram refuses a message, it %s', async (mode) => {
  await openBot(mode, { faults: [refusing] });
  shop.mocks.startTimeline(Date.now());
  await shop.mocks.event(({ type }) => type === 'fault-on');
  const start = (id: number) =>
    call(
      `${shop.url}/telegram`,
      { message: { from: { id }, chat: { id }, text: '/start' } },
      { 'x-telegram-bot-api-secret-token': SECRET },
    );
  const answers = await Promise.all([1, 2, 3, 4].map(start));
  expect(answers.some(({ status }) => status === 500)).toBe(mode === 'naive');
  shop.mocks.stopTimeline();
  if (mode === 'naive') return;
  for (const id of [1, 2, 3, 4]) {
    const shopper = new Shopper(shop.mocks.url('telegram'), id);
    expect(textOf(await shopper.sees('sendMessage'))).toBe('What would you like?');
  }
});

test('resilient: above its limit shoppers wait in the queue, and are served', async () => {
  await openBot('resilient', { env: { DEMO_SHOP_LIMIT: '1' } });
  const shoppers = [11, 12, 13].map((id) => new Shopper(shop.mocks.url('telegram'), id));
  const served = shoppers.map(async (shopper) => {
    await shopper.write('/start');
    await shopper.press('bun', await shopper.sees('sendMessage'));
    const first = textOf(await shopper.sees('sendMessage'));
    if (!first.startsWith('Please wait')) return [first];
    return [first, textOf(await shopper.sees('sendMessage'))];
  });
  const said = await Promise.all(served);
  expect(said.filter(([first]) => first === 'Please wait, you are in the queue.')).not.toEqual([]);
  for (const words of said) expect(words.at(-1)).toMatch(/^Order \S+ is confirmed\.$/);
});

test('without bot and promo it has neither webhook nor vouchers', async () => {
  await shop.open({});
  expect((await call(`${shop.url}/telegram`, {})).status).toBe(404);
  expect((await call(`${shop.url}/checkout?code=ABC`)).status).toBe(404);
  expect((await call(`${shop.url}/cart`, { sku: 'tea', code: 'ABC' })).status).toBe(400);
});

test.each([
  ['naive', 502],
  ['resilient', 503],
])('%s: while promo fails, orders with a voucher get %i; the voucher stays theirs', async (mode, status) => {
  const ann = await openBot(mode, {
    faults: [faultOf('error', { partner: 'promo', route: '/redemptions' })],
  });
  const { code } = await voucherOf(ann);
  shop.mocks.startTimeline(Date.now());
  await shop.mocks.event(({ type }) => type === 'fault-on');
  expect((await shop.buy('k1', { sku: 'tea', code })).status).toBe(status);
  shop.mocks.stopTimeline();
  expect((await shop.buy('k1', { sku: 'tea', code })).status).toBe(201);
  expect(lastTally(shop.mocks.events, 'order-twice').broken).toBe(0);
});
