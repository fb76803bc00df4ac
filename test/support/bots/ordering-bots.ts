import { Bot, InlineKeyboard, webhookCallback } from 'grammy';
import { Markup, Telegraf } from 'telegraf';
import { botServer, TOKEN } from '../mocks/telegram.ts';

// The same small shop as two real bots: /start shows a keyboard, a press edits it and sends an invoice, which is
// checked, paid and thanked for.

const SECRET = 'only-telegram-knows';
const PRICES = [{ label: 'Tea', amount: 350 }];

export interface RunningBot {
  stop: () => Promise<void>;
  /** Errors that reached the bot's own handler. */
  errors: unknown[];
}

function grammyShop(apiRoot: string, inBody: boolean) {
  const bot = new Bot(TOKEN, { client: { apiRoot, canUseWebhookReply: () => inBody } });
  const errors: unknown[] = [];
  bot.command('start', (ctx) =>
    ctx.reply('What would you like?', { reply_markup: new InlineKeyboard().text('Tea', 'buy:tea') }),
  );
  bot.callbackQuery('buy:tea', async (ctx) => {
    await ctx.answerCallbackQuery({ text: 'Good choice' });
    await ctx.editMessageText('Tea it is');
    await ctx.replyWithInvoice('Tea', 'A cup', 'order-1', 'EUR', PRICES, { provider_token: 'test' });
  });
  bot.on('pre_checkout_query', (ctx) => ctx.answerPreCheckoutQuery(true));
  bot.on('message:successful_payment', (ctx) =>
    ctx.reply(`Thank you for ${ctx.message.successful_payment.total_amount}`),
  );
  bot.hears('hurry', async (ctx) => {
    for (let turn = 1; turn <= 5; turn++)
      await ctx.reply(`turn ${turn}`).catch((error) => errors.push(error));
  });
  bot.catch(({ error }) => void errors.push(error));
  return { bot, errors };
}

function telegrafShop(apiRoot: string, inBody: boolean) {
  const bot = new Telegraf(TOKEN, { telegram: { apiRoot, webhookReply: inBody } });
  const errors: unknown[] = [];
  bot.start((ctx) =>
    ctx.reply('What would you like?', Markup.inlineKeyboard([Markup.button.callback('Tea', 'buy:tea')])),
  );
  bot.action('buy:tea', async (ctx) => {
    await ctx.answerCbQuery('Good choice');
    await ctx.editMessageText('Tea it is');
    await ctx.replyWithInvoice({
      title: 'Tea',
      description: 'A cup',
      payload: 'order-1',
      provider_token: 'test',
      currency: 'EUR',
      prices: PRICES,
    });
  });
  bot.on('pre_checkout_query', (ctx) => ctx.answerPreCheckoutQuery(true));
  bot.on('successful_payment', (ctx) =>
    ctx.reply(`Thank you for ${ctx.message.successful_payment.total_amount}`),
  );
  bot.hears('hurry', async (ctx) => {
    for (let turn = 1; turn <= 5; turn++)
      await ctx.reply(`turn ${turn}`).catch((error) => errors.push(error));
  });
  bot.catch((error) => void errors.push(error));
  return { bot, errors };
}

async function grammyWebhook(apiRoot: string, inBody: boolean): Promise<RunningBot> {
  const { bot, errors } = grammyShop(apiRoot, inBody);
  const handle = webhookCallback(bot, 'http', { secretToken: SECRET });
  const server = await botServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      errors.push(error);
      response.writeHead(500).end();
    });
  });
  await bot.api.setWebhook(server.url, { secret_token: SECRET });
  return { stop: server.close, errors };
}

async function telegrafWebhook(apiRoot: string, inBody: boolean): Promise<RunningBot> {
  const { bot, errors } = telegrafShop(apiRoot, inBody);
  const handle = bot.webhookCallback('/hook', { secretToken: SECRET });
  const server = await botServer((request, response) => void handle(request, response));
  await bot.telegram.setWebhook(`${server.url}/hook`, { secret_token: SECRET });
  return { stop: server.close, errors };
}

async function grammyPolling(apiRoot: string): Promise<RunningBot> {
  const { bot, errors } = grammyShop(apiRoot, false);
  const ended = new Promise<void>((resolve, reject) => {
    bot.start({ timeout: 5 }).then(resolve, reject);
  });
  return { stop: () => Promise.all([bot.stop(), ended]).then(() => {}), errors };
}

async function telegrafPolling(apiRoot: string): Promise<RunningBot> {
  const { bot, errors } = telegrafShop(apiRoot, false);
  const { launched, ended } = await new Promise<{ launched: true; ended: Promise<void> }>((resolve) => {
    const running = bot.launch(() => resolve({ launched: true, ended: running }));
  });
  return {
    stop: async () => {
      if (launched) bot.stop();
      await ended;
    },
    errors,
  };
}

export const WEBHOOK_BOTS: [string, (apiRoot: string) => Promise<RunningBot>][] = [
  ['grammY by API calls', (apiRoot) => grammyWebhook(apiRoot, false)],
  ['grammY by webhook replies', (apiRoot) => grammyWebhook(apiRoot, true)],
  ['telegraf by API calls', (apiRoot) => telegrafWebhook(apiRoot, false)],
  ['telegraf by webhook replies', (apiRoot) => telegrafWebhook(apiRoot, true)],
];
export const POLLING_BOTS: [string, (apiRoot: string) => Promise<RunningBot>][] = [
  ['grammY', grammyPolling],
  ['telegraf', telegrafPolling],
];
