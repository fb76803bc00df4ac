import { afterEach, describe, expect, test } from 'vitest';
import { cafe, call, lastTally, promo, runMocks } from '../mocks/mock-config.ts';
import { type Seen, Shopper, telegram } from '../mocks/telegram.ts';
import { type StartedTarget, startTarget } from '../targets/started-target.ts';

// The tests' own bots as processes: what they do for one shopper, before k6 brings many.

let mocks: Awaited<ReturnType<typeof runMocks>>;
let bot: StartedTarget;

const startBot = async (
  name: string,
  env: Record<string, string>,
  partner: Record<string, unknown> = { chatLimit: null, limit: null },
): Promise<Shopper> => {
  mocks = await runMocks({
    partners: [telegram(partner), cafe('cafe', { stock: { tea: 1 } }), promo('promo')],
  });
  const urls = {
    PEAKPROOF_TELEGRAM_URL: mocks.url('tg'),
    PEAKPROOF_CAFE_URL: mocks.url('cafe'),
    PEAKPROOF_PROMO_URL: mocks.url('promo'),
  };
  bot = await startTarget(name, urls, { BOT_SECRET: 'only-telegram-knows', ...env });
  return new Shopper(mocks.url('tg'), 11);
};
const textOf = ({ message }: Seen): string => message?.text ?? '';

afterEach(async () => {
  await bot.stop();
  await mocks.close();
});

async function buyTea(ann: Shopper): Promise<string> {
  await ann.write('/start');
  const menu = await ann.sees('sendMessage');
  expect(menu.message?.reply_markup).toEqual({
    inline_keyboard: [[{ text: 'tea', callback_data: 'buy:tea' }]],
  });
  await ann.press('buy:tea', menu);
  expect(await ann.sees('sendInvoice')).toMatchObject({ invoice_payload: 'tea' });
  await ann.checkOut('tea', 100);
  expect(await ann.sees('answerPreCheckoutQuery')).toMatchObject({ ok: true });
  await ann.pay('tea', 100);
  return textOf(await ann.sees('sendMessage'));
}

describe.each([
  ['bots/grammy-bot', { UPDATES: 'webhook', REPLIES: 'calls' }],
  ['bots/grammy-bot', { UPDATES: 'webhook', REPLIES: 'body' }],
  ['bots/grammy-bot', { UPDATES: 'polling' }],
  ['bots/telegraf-bot', { UPDATES: 'webhook', REPLIES: 'calls' }],
  ['bots/telegraf-bot', { UPDATES: 'webhook', REPLIES: 'body' }],
  ['bots/telegraf-bot', { UPDATES: 'polling' }],
])('%s with %o', (name, env) => {
  test('takes an order from /start to the payment, once, and says what is sold out', async () => {
    const ann = await startBot(name, env);
    expect(await buyTea(ann)).toMatch(/^Order \w+/);
    await ann.write('/start');
    await ann.press('buy:tea', await ann.sees('sendMessage'));
    expect(textOf(await ann.sees('sendMessage'))).toBe('Sorry, tea is sold out');
    await ann.pay('tea', 100);
    // The same payment told again: Telegram repeats what it is not sure of.
    expect(textOf(await ann.sees('sendMessage'))).toMatch(/^Order \w+/);
    expect(lastTally(mocks.events, 'order-twice').broken).toBe(0);
  });
});

test.each(['bots/grammy-bot', 'bots/telegraf-bot'])(
  '%s acknowledges only what has the secret',
  async (name) => {
    await startBot(name, {});
    const update = { update_id: 1, message: { message_id: 1, date: 1, chat: { id: 5, type: 'private' } } };
    const secret = { 'x-telegram-bot-api-secret-token': 'only-telegram-knows' };
    expect((await call(`${bot.url}/telegram`, update, secret)).status).toBe(200);
    expect((await call(`${bot.url}/telegram`, update)).status).toBeGreaterThanOrEqual(400);
  },
);

describe.each(['webhook', 'polling'])('a grammY bot (%s) that meets a 429', (UPDATES) => {
  test('dies when nobody handles errors', async () => {
    const ann = await startBot(
      'bots/grammy-bot',
      { UPDATES, ERRORS: 'die' },
      { chatLimit: '1/min', chatBurst: 1 },
    );
    await ann.write('/start');
    await ann.sees('sendMessage');
    await ann.write('/start');
    expect(await bot.exit).toBe(1);
    expect(bot.stderr()).toContain('429: Too Many Requests');
  });

  test('goes on when errors are logged, and the message is lost', async () => {
    const ann = await startBot(
      'bots/grammy-bot',
      { UPDATES, ERRORS: 'log' },
      { chatLimit: '1/min', chatBurst: 1 },
    );
    await ann.write('/start');
    await ann.sees('sendMessage');
    await ann.write('/start');
    await expect.poll(() => bot.stderr()).toContain('429: Too Many Requests');
    const bob = new Shopper(mocks.url('tg'), 12);
    await bob.write('/start');
    expect(textOf(await bob.sees('sendMessage'))).toBe('What would you like?');
    expect(await ann.all()).toEqual([]);
  });

  test('waits and says it again when it may', async () => {
    const ann = await startBot(
      'bots/grammy-bot',
      { UPDATES, ERRORS: 'retry' },
      { chatLimit: '1/s', chatBurst: 1 },
    );
    await ann.write('/start');
    await ann.sees('sendMessage');
    await ann.write('/start');
    expect(textOf(await ann.sees('sendMessage'))).toBe('What would you like?');
    expect(bot.stderr()).toBe('');
  });
});

describe('the promo bot', () => {
  const buttonsOf = ({ message }: Seen): { text: string; url: string }[] => {
    const markup = message?.reply_markup as
      | { inline_keyboard: { text: string; url: string }[][] }
      | undefined;
    return markup?.inline_keyboard.flat() ?? [];
  };
  const order = async (link: string, key: string) => {
    const { searchParams, origin } = new URL(link);
    return call(`${origin}/orders`, { key, sku: 'tea', code: searchParams.get('code') });
  };

  test('gives a code with a button whose page redeems it once', async () => {
    const ann = await startBot('bots/promo-bot', {});
    await ann.write('/start');
    const reply = await ann.sees('sendMessage');
    const code = /Your code is (\w+)/.exec(textOf(reply))?.[1];
    const link = buttonsOf(reply).find(({ text }) => text === 'Checkout')?.url ?? '';
    expect(link).toBe(`${bot.url}/checkout?code=${code}`);
    expect((await call(link)).status).toBe(200);
    expect(await order(link, 'k1')).toMatchObject({
      status: 201,
      body: { order: { id: expect.any(String) } },
    });
    expect((await order(link, 'k1')).status).toBe(201);
    expect((await call(`${mocks.url('promo')}/vouchers/${code}`)).body).toMatchObject({ status: 'redeemed' });
    expect((await call(link)).status).toBe(404);
    expect(await order(link, 'k2')).toMatchObject({ status: 409, body: { code: 'ALREADY_REDEEMED' } });
  });

  test('gives the voucher back when the tea is sold out', async () => {
    const ann = await startBot('bots/promo-bot', {});
    const bob = new Shopper(mocks.url('tg'), 12);
    const links: string[] = [];
    for (const shopper of [ann, bob]) {
      await shopper.write('/promo');
      links.push(buttonsOf(await shopper.sees('sendMessage'))[1]?.url ?? '');
    }
    expect((await order(links[0] ?? '', 'k1')).status).toBe(201);
    expect(await order(links[1] ?? '', 'k2')).toMatchObject({
      status: 409,
      body: { code: 'SOLD_OUT', item: 'tea' },
    });
    expect((await call(links[1] ?? '')).status).toBe(200);
  });

  test('gives the link as text, by polling too', async () => {
    const ann = await startBot('bots/promo-bot', { UPDATES: 'polling', LINK: 'text' });
    await ann.write('/promo');
    const link = /http:\S+/.exec(textOf(await ann.sees('sendMessage')))?.[0] ?? '';
    expect((await call(link)).status).toBe(200);
  });

  test('gives a link back into itself, which leads to the button', async () => {
    const ann = await startBot('bots/promo-bot', { LINK: 'start' });
    await ann.write('/promo');
    const code = /https:\/\/t\.me\/peakproof_bot\?start=(\w+)/.exec(
      textOf(await ann.sees('sendMessage')),
    )?.[1];
    await ann.write(`/start ${code}`);
    const [, checkout] = buttonsOf(await ann.sees('sendMessage'));
    expect(checkout).toMatchObject({ text: 'Checkout', url: `${bot.url}/checkout?code=${code}` });
  });
});
