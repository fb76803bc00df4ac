// The same shop as a bot on telegraf.
import { createServer } from 'node:http';
import { Markup, Telegraf } from 'telegraf';
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

const bot = new Telegraf(token, { telegram: { apiRoot, webhookReply: repliesInBody } });
if (errors !== 'die') bot.catch((error) => console.error(error.message));

bot.start(async (ctx) => {
  const buttons = (await menu()).map(({ sku }) => [Markup.button.callback(sku, `buy:${sku}`)]);
  await ctx.reply('What would you like?', Markup.inlineKeyboard(buttons));
});
bot.action(/^buy:(.+)$/, async (ctx) => {
  const sku = ctx.match[1];
  const item = (await menu()).find((each) => each.sku === sku);
  await ctx.answerCbQuery();
  if (!item?.available) return ctx.reply(`Sorry, ${sku} is sold out`);
  await ctx.replyWithInvoice({
    title: sku,
    description: `One ${sku}`,
    payload: sku,
    provider_token: 'test',
    currency: 'EUR',
    prices: [{ label: sku, amount: item.price }],
  });
});
bot.on('pre_checkout_query', (ctx) => ctx.answerPreCheckoutQuery(true));
bot.on('successful_payment', async (ctx) => {
  const payment = ctx.message.successful_payment;
  try {
    const { id } = await order(payment.invoice_payload, orderKeyOf(ctx.from, payment));
    await ctx.reply(`Order ${id} is on its way`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await ctx.reply(`Sorry, ${payment.invoice_payload} is sold out`);
  }
});

async function serve() {
  const handle = bot.webhookCallback(WEBHOOK_PATH, { secretToken: secret });
  const url = await listening(
    createServer((request, response) => {
      if (request.url === WEBHOOK_PATH) return handle(request, response);
      response.end();
    }),
  );
  await bot.telegram.setWebhook(url + WEBHOOK_PATH, { secret_token: secret });
}

if (polls) bot.launch(ready);
else await serve();
