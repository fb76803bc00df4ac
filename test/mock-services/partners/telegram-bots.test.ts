import { GrammyError } from 'grammy';
import { TelegramError } from 'telegraf';
import { afterEach, describe, expect, test } from 'vitest';
import { POLLING_BOTS, type RunningBot, WEBHOOK_BOTS } from '../../support/bots/ordering-bots.ts';
import { runMocks } from '../../support/mocks/mock-config.ts';
import { Shopper, telegram } from '../../support/mocks/telegram.ts';

let mocks: Awaited<ReturnType<typeof runMocks>>;
let bot: RunningBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
  await mocks.close();
});

async function buyTea(ann: Shopper): Promise<void> {
  await ann.write('/start');
  const menu = await ann.sees('sendMessage');
  expect(menu.message?.reply_markup).toEqual({
    inline_keyboard: [[{ text: 'Tea', callback_data: 'buy:tea' }]],
  });
  await ann.press('buy:tea', menu);
  expect(await ann.sees('answerCallbackQuery')).toMatchObject({ text: 'Good choice' });
  const edited = await ann.sees('editMessageText');
  expect(edited.message).toMatchObject({ message_id: menu.message?.message_id, text: 'Tea it is' });
  expect(edited.message).not.toHaveProperty('reply_markup');
  const invoice = await ann.sees('sendInvoice');
  expect(invoice).toMatchObject({ invoice_payload: 'order-1', message: { invoice: { total_amount: 350 } } });
  await ann.checkOut('order-1', 350);
  expect(await ann.sees('answerPreCheckoutQuery')).toMatchObject({ ok: true });
  await ann.pay('order-1', 350);
  expect((await ann.sees('sendMessage')).message?.text).toBe('Thank you for 350');
  expect(await ann.all()).toEqual([]);
}

describe.each(WEBHOOK_BOTS)('%s', (_name, start) => {
  test('sells tea to three shoppers at a time, from /start to the payment', async () => {
    mocks = await runMocks({ partners: [telegram()] });
    bot = await start(mocks.url('tg'));
    await Promise.all([11, 12, 13].map((id) => buyTea(new Shopper(mocks.url('tg'), id))));
    expect(bot.errors).toEqual([]);
  });
});

test.each([
  ['grammY by API calls', 1],
  ['grammY by webhook replies', 0],
  ['telegraf by API calls', 1],
  ['telegraf by webhook replies', 0],
])('%s calls answerCallbackQuery %i times as a request', async (name, requests) => {
  mocks = await runMocks({ partners: [telegram()] });
  bot = await WEBHOOK_BOTS.find(([other]) => other === name)?.[1](mocks.url('tg'));
  const ann = new Shopper(mocks.url('tg'), 11);
  await ann.write('/start');
  await ann.press('buy:tea', await ann.sees('sendMessage'));
  await ann.sees('answerCallbackQuery');
  await ann.sees('sendInvoice');
  const answered = /^peakproof_partner_requests_total\{.*outcome="answered".*\} (\d+)$/m.exec(
    await mocks.metricsText(),
  );
  expect(Number(answered?.[1] ?? 0)).toBe(requests);
});

describe.each(POLLING_BOTS)('%s by polling', (_name, start) => {
  test('sells tea to three shoppers at a time, from /start to the payment', async () => {
    mocks = await runMocks({ partners: [telegram()] });
    bot = await start(mocks.url('tg'));
    await Promise.all([11, 12, 13].map((id) => buyTea(new Shopper(mocks.url('tg'), id))));
    expect(bot.errors).toEqual([]);
  });

  test('goes on after a reset', async () => {
    mocks = await runMocks({ partners: [telegram()] });
    bot = await start(mocks.url('tg'));
    await buyTea(new Shopper(mocks.url('tg'), 11));
    mocks.reset({});
    await buyTea(new Shopper(mocks.url('tg'), 11));
  });

  test('sees the limit of a chat as its library reports it', async () => {
    mocks = await runMocks({ partners: [telegram({ chatLimit: '6/min', chatBurst: 3 })] });
    bot = await start(mocks.url('tg'));
    const ann = new Shopper(mocks.url('tg'), 11);
    await ann.write('hurry');
    await expect.poll(() => bot?.errors.length).toBe(2);
    const [error] = bot.errors;
    if (!(error instanceof GrammyError || error instanceof TelegramError)) throw error;
    const code = error instanceof GrammyError ? error.error_code : error.code;
    expect([code, error.description, error.parameters]).toEqual([
      429,
      'Too Many Requests: retry after 10',
      { retry_after: 10 },
    ]);
    expect((await ann.all()).map(({ message }) => message?.text)).toEqual(['turn 1', 'turn 2', 'turn 3']);
  });
});

test('a bot on a webhook goes on after a reset', async () => {
  mocks = await runMocks({ partners: [telegram()] });
  bot = await WEBHOOK_BOTS[0]?.[1](mocks.url('tg'));
  await buyTea(new Shopper(mocks.url('tg'), 11));
  mocks.reset({});
  await buyTea(new Shopper(mocks.url('tg'), 11));
});
