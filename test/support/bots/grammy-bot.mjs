// A shop as a bot on grammY: /start shows the menu, a tap brings an invoice, a payment the order.
import { createServer } from 'node:http';
import { autoRetry } from '@grammyjs/auto-retry';
import { Bot, InlineKeyboard, webhookCallback } from 'grammy';
import { listening } from '../shops/listening.mjs';
import { menu, order, Refused } from '../shops/partners.mjs';
import {
  apiRoot,
  errors,
  orderKeyOf,
  polls,
  ready,
  repliesInBody,
  secret,
  token,
  WEBHOOK_PATH,
} from './settings.mjs';

const bot = new Bot(token, { client: { apiRoot, canUseWebhookReply: () => repliesInBody } });
// On a webhook `bot.catch` is never asked; a boundary holds for both.
const shop = errors === 'die' ? bot : bot.errorBoundary(({ error }) => console.error(error.message));
if (errors === 'retry') bot.api.config.use(autoRetry());

shop.command('start', async (ctx) => {
  const keyboard = InlineKeyboard.from(
    (await menu()).map(({ sku }) => [InlineKeyboard.text(sku, `buy:${sku}`)]),
  );
  await ctx.reply('What would you like?', { reply_markup: keyboard });
});
shop.callbackQuery(/^buy:(.+)$/, async (ctx) => {
  const sku = ctx.match[1];
  const item = (await menu()).find((each) => each.sku === sku);
  await ctx.answerCallbackQuery();
  if (!item?.available) return ctx.reply(`Sorry, ${sku} is sold out`);
  const prices = [{ label: sku, amount: item.price }];
  await ctx.replyWithInvoice(sku, `One ${sku}`, sku, 'EUR', prices, { provider_token: 'test' });
});
shop.on('pre_checkout_query', (ctx) => ctx.answerPreCheckoutQuery(true));
shop.on('message:successful_payment', async (ctx) => {
  const payment = ctx.message.successful_payment;
  try {
    const { id } = await order(payment.invoice_payload, orderKeyOf(ctx.from, payment));
    await ctx.reply(`Order ${id} is on its way`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await ctx.reply(`Sorry, ${payment.invoice_payload} is sold out`);
  }
});

/** As grammY's own documentation serves it: nobody waits for what the callback returns. */
async function serve() {
  const handle = webhookCallback(bot, 'http', { secretToken: secret });
  const url = await listening(
    createServer((request, response) => {
      if (request.url === WEBHOOK_PATH) return handle(request, response);
      response.end();
    }),
  );
  await bot.api.setWebhook(url + WEBHOOK_PATH, { secret_token: secret });
}

if (polls) bot.start({ onStart: ready });
else await serve();
