import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { BotApi } from './bot-api.ts';
import type { OrderFlow, OrderRequest, OrderResult } from './order-flow.ts';
import { wordsFor } from './order-words.ts';
import type { Orders } from './orders.ts';
import type { Vouchers } from './vouchers.ts';

/** How often the bot tries to place an order for a shopper who waits. */
const TRIES_IN_QUEUE = 20;

const user = z.object({ id: z.number(), username: z.string().optional(), first_name: z.string().optional() });
const chat = z.object({ id: z.number() });
const message = z.object({ from: user, chat, text: z.string().optional() });
const tap = z.object({
  id: z.string(),
  from: user,
  data: z.string(),
  message: z.object({ message_id: z.number(), chat }),
});
const update = z.object({ message: message.optional(), callback_query: tap.optional() });

/** Reads an update of Telegram; null = it is none. `origin`: where a shopper's browser finds the shop. */
export type Bot = (body: unknown, origin: string) => Promise<void> | null;

interface BotParts {
  api: BotApi;
  flow: OrderFlow;
  orders: Orders;
  /** null = it gives out none. */
  vouchers: Vouchers | null;
}

/** A bot that shows the menu, takes an order by one tap, and gives out vouchers with a link to the web checkout. */
export function openBot(parts: BotParts): Bot {
  return (body, origin) => {
    const parsed = update.safeParse(body);
    if (!parsed.success) return null;
    const { message, callback_query } = parsed.data;
    if (message) return onMessage(parts, message, origin);
    return callback_query ? onTap(parts, callback_query) : Promise.resolve();
  };
}

async function onMessage(
  parts: BotParts,
  { from, chat, text = '' }: z.output<typeof message>,
  origin: string,
): Promise<void> {
  const [command, payload] = text.split(' ');
  const wantsVoucher = command === '/promo' || (command === '/start' && payload === 'promo');
  if (wantsVoucher) await giveVoucher(parts, chat.id, buyerOf(from), origin);
  else await showMenu(parts, chat.id);
}

async function onTap(
  parts: BotParts,
  { id, from, data: sku, message: tapped }: z.output<typeof tap>,
): Promise<void> {
  await parts.api('answerCallbackQuery', { callback_query_id: id });
  // Of one keyboard an item can be had once: a second tap is the same order.
  const orderKey = `${buyerOf(from)}-${tapped.message_id}-${sku}`;
  const result = await placeInTurn(parts, { sku, orderKey, code: null }, tapped.chat.id);
  await say(parts.api, tapped.chat.id, wordsFor(result));
}

async function showMenu({ api, flow }: BotParts, chatId: number): Promise<void> {
  const { items } = await flow.menu();
  const rows = items.map(({ sku }) => [{ text: sku, callback_data: sku }]);
  await say(api, chatId, 'What would you like?', rows);
}

async function giveVoucher(
  { api, vouchers }: BotParts,
  chatId: number,
  buyer: string,
  origin: string,
): Promise<void> {
  const voucher = await vouchers?.issue(buyer);
  if (!voucher) return say(api, chatId, 'All vouchers are gone.');
  const url = `${origin}/checkout?code=${voucher.code}`;
  const text = `Your code ${voucher.code} takes ${voucher.value} off.`;
  await say(api, chatId, text, [[{ text: 'Checkout', url }]]);
}

async function placeInTurn(
  { api, orders }: BotParts,
  order: OrderRequest,
  chatId: number,
): Promise<OrderResult> {
  for (let tried = 1; ; tried++) {
    const result = await orders.result(order);
    if (result.kind !== 'busy' || tried === TRIES_IN_QUEUE) return result;
    if (tried === 1) await say(api, chatId, 'Please wait, you are in the queue.');
    await sleep(result.retryAfterSec * 1_000);
  }
}

function say(api: BotApi, chatId: number, text: string, rows: object[][] = []): Promise<void> {
  return api('sendMessage', {
    chat_id: chatId,
    text,
    ...(rows.length > 0 ? { reply_markup: { inline_keyboard: rows } } : {}),
  });
}

function buyerOf({ id, username, first_name: firstName }: z.output<typeof user>): string {
  return `${username ?? firstName ?? 'tg'}-${id}`;
}
