// The launch of a mid-size business: the bot gives out a promo code with the way to the web checkout, which redeems it
// with the order. LINK says which way: `button` (default), `text`, or `start`: a link back into the bot,
// https://t.me/<bot>?start=<code>, that ends in such a button.
import { createServer } from 'node:http';
import express from 'express';
import { Bot, InlineKeyboard, webhookCallback } from 'grammy';
import { listening } from '../shops/listening.mjs';
import {
  cancelRedemption,
  oncePerKey,
  order,
  Refused,
  redeem,
  voucher,
  voucherByCode,
} from '../shops/partners.mjs';
import { apiRoot, polls, ready, secret, token, WEBHOOK_PATH } from './settings.mjs';

const { LINK = 'button' } = process.env;
let shopUrl = '';
const checkoutUrl = (code) => `${shopUrl}/checkout?code=${code}`;

const bot = new Bot(token, { client: { apiRoot } });
const chat = bot.errorBoundary(({ error }) => console.error(error.message));

const withButton = (ctx, code) =>
  ctx.reply(`Your code is ${code}`, {
    reply_markup: new InlineKeyboard()
      .url('News', 'https://example.com')
      .row()
      .url('Checkout', checkoutUrl(code)),
  });

async function giveCode(ctx) {
  const { code } = await voucher(`${ctx.from.username ?? ctx.from.first_name}-${ctx.from.id}`);
  if (LINK === 'text') return ctx.reply(`Your code is ${code}. Order here: ${checkoutUrl(code)}`);
  if (LINK === 'start') return ctx.reply(`Here you go: https://t.me/${bot.botInfo.username}?start=${code}`);
  return withButton(ctx, code);
}
chat.command('start', (ctx) => (ctx.match === '' ? giveCode(ctx) : withButton(ctx, ctx.match)));
chat.command('promo', giveCode);

const placeOnce = oncePerKey(async (key, code, sku) => {
  await redeem(code, key);
  try {
    return await order(sku, key);
  } catch (error) {
    await cancelRedemption(code);
    throw error;
  }
});

const app = express();
app.get('/health', (_request, response) => void response.end());
if (!polls) app.post(WEBHOOK_PATH, express.json(), webhookCallback(bot, 'express', { secretToken: secret }));
app.get('/checkout', async (request, response) => {
  const { code } = request.query;
  const known = await voucherByCode(code).catch(() => null);
  if (known?.status === 'issued') response.send(`<h1>Your drink for ${known.code}</h1>`);
  else response.status(404).send('This code is not valid');
});
app.post('/orders', express.json(), async (request, response) => {
  const { key, code, sku } = request.body;
  try {
    const { id } = await placeOnce(key, code, sku);
    response.status(201).json({ order: { id } });
  } catch (error) {
    if (error instanceof Refused) response.status(409).json({ code: error.code, item: error.item });
    else response.status(502).json({ code: 'PARTNER_FAILED' });
  }
});

shopUrl = await listening(createServer(app));
if (polls) bot.start({ onStart: ready });
else await bot.api.setWebhook(shopUrl + WEBHOOK_PATH, { secret_token: secret });
