import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JourneySpec, MessageMatch, TelegramStep } from '../../k6/journey-spec.ts';
import { exchangeLines } from '../../scripts/check/check-text.ts';
import { POLLING_BOTS, type RunningBot, WEBHOOK_BOTS } from '../support/bots/ordering-bots.ts';
import { journey, says, step, turn } from '../support/journeys.ts';
import { call, promo, runMocks } from '../support/mocks/mock-config.ts';
import { TOKEN, telegram } from '../support/mocks/telegram.ts';
import { checkOrder } from './check-order.ts';

// What `peakproof check` says about journeys with a Telegram bot, against grammY itself.

let mocks: Awaited<ReturnType<typeof runMocks>>;
let bot: RunningBot | undefined;
beforeEach(async () => {
  mocks = await runMocks({ partners: [telegram({ chatLimit: null })] });
});
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
  await mocks.close();
});

const chat = (steps: TelegramStep[], webhook: { path: string; secret: string } | null): JourneySpec => ({
  ...journey(steps),
  kind: 'telegram-bot',
  chat: { partner: 'tg', webhook },
});

const start = turn({ name: 'send /start', act: { do: 'send', text: '/start' } });
const tap = turn({
  name: 'tap Tea',
  act: { do: 'tap', button: 'Tea' },
  reply: says({ invoice: true }),
});
const pay = (reply: MessageMatch): TelegramStep =>
  turn({
    name: 'pay',
    act: { do: 'pay' },
    reply,
    confirms: true,
    capture: { paid: { from: 'text', find: '(\\d+)' } },
  });

/** Checks the journey against grammY: by its webhook, or by the updates that it fetches. */
async function checkBot(steps: TelegramStep[], by: 'webhook' | 'polling', secret = 'only-telegram-knows') {
  const [, startBot] = (by === 'webhook' ? WEBHOOK_BOTS : POLLING_BOTS)[0] ?? [];
  bot = await startBot?.(mocks.url('tg'));
  const { body } = await call(`${mocks.url('tg')}/bot${TOKEN}/getWebhookInfo`, {});
  const { result } = body as { result: { url: string } };
  return await checkOrder(chat(steps, by === 'webhook' ? { path: '/', secret } : null), {
    partnerUrls: { tg: mocks.url('tg') },
    ...(by === 'webhook' ? { baseUrl: result.url.replace(/\/$/, '') } : {}),
    secrets: ['only-telegram-knows'],
  });
}

describe.each(['webhook', 'polling'] as const)('a bot by %s', (by) => {
  test('is shown as a chat, each message in the step that it belongs to', async () => {
    const checked = await checkBot([start, tap, pay(says({ contains: 'Thank you' }))], by);
    expect(checked).toMatchObject({ result: 'confirmed', step: 3 });
    const said = checked.exchanges.flatMap(({ step, chat: lines }) =>
      (lines ?? []).map(({ said: how, text }) => `${step} ${how} ${text}`),
    );
    expect(said).toEqual([
      '1 message What would you like?',
      '2 alert Good choice',
      '2 message Tea it is',
      '2 message ',
      '3 agreed to payment ',
      '3 message Thank you for 350',
    ]);
    expect(checked.exchanges.map(({ captured }) => captured['paid']).filter(Boolean)).toEqual(['350']);
    const lines = checked.exchanges.flatMap(exchangeLines).join('\n');
    expect(lines).toContain('    < bot: What would you like? [Tea]');
    expect(lines).toContain('    < bot: (invoice of 350 EUR)');
    expect(lines).not.toContain('/peakproof/chats/');
    expect(JSON.stringify(checked)).not.toContain('only-telegram-knows');
  });

  test('whose reply is another one says what was said and wanted', async () => {
    const checked = await checkBot([start, tap, pay(says({ contains: 'thank You' }))], by);
    expect(checked).toMatchObject({
      result: 'failed',
      says: 'step 3 pay: the bot said "Thank you for 350"; confirmed wants a text with "thank You"',
      would: 'contains: "Thank you"',
    });
  });

  test('in other words says what would have been right', async () => {
    const checked = await checkBot([start, tap, pay(says({ contains: 'Bless you' }))], by);
    expect(checked.would).toBe('contains: "Thank you for"');
  });

  test('names the one capture that is missing, not those that are there', async () => {
    const both = turn({
      ...start,
      capture: {
        code: { from: 'text', find: 'code (\\w+)' },
        word: { from: 'text', find: 'What (\\w+)' },
      },
    });
    const { says: why } = await checkBot([both], by);
    expect(why).toContain('nothing to capture as code (by /code (\\w+)/) in the message that reply wants');
  });

  test('without the button says which there are', async () => {
    const checked = await checkBot([start, turn({ name: 'tap', act: { do: 'tap', button: 'Tee' } })], by);
    expect(checked).toMatchObject({
      result: 'failed',
      says: 'step 2 tap: there is no button "Tee"; the chat has "Tea"',
      would: 'tap: "Tea"',
    });
  });

  test('that says nothing is told apart from one that says the wrong thing', async () => {
    const checked = await checkBot([turn({ name: 'send hm', act: { do: 'send', text: 'hm' } })], by);
    expect(checked.says).toBe(
      'step 1 send hm: when client.patience (2 s) was over, the bot said nothing; reply wants any message',
    );
  });
});

test('a webhook that refuses the secret is named', async () => {
  const checked = await checkBot([start], 'webhook', 'a-wrong-secret');
  expect(checked.says).toContain('step 1 send /start: the webhook answered 401');
  expect(checked.would).toContain('`secret` of the journey');
});

test('an order whose code was not redeemed is told from one that was not confirmed', async () => {
  const placed = step({ capture: { code: 'code' }, confirmed: { status: 201, has: 'code', where: {} } });
  const shop = await runMocks({ partners: [promo('vouchers')] });
  const checked = await checkOrder(
    { ...journey([placed]), redeems: { variable: 'code', partner: 'vouchers' } },
    {
      routes: { 'POST /orders': { status: 201, json: { code: 'made-up' } } },
      partnerUrls: { vouchers: shop.url('vouchers') },
    },
  );
  await shop.close();
  expect(checked.result).toBe('failed');
  expect(checked.says).toMatch(
    /^step 1 POST \/orders: the order is confirmed, but its code made-up has never been given out: partner vouchers says 404/,
  );
  expect(checked.exchanges.map(({ name }) => name)).toEqual(['POST /orders', 'partner voucher']);
});
