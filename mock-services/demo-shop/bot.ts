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
export function openBot({ api, flow, orders, vouchers }: BotParts): Bot {
  const say = (chatId: number, text: string, rows: object[][] = []): Promise<void> =>
    api('sendMessage', {
      chat_id: chatId,
      text,
      ...(rows.length > 0 ? { reply_markup: { inline_keyboard: rows } } : {}),
    });

  const showMenu = async (chatId: number): Promise<void> => {
    const { items } = await flow.menu();
    await say(
      chatId,
      'What would you like?',
      items.map(({ sku }) => [{ text: sku, callback_data: sku }]),
    );
  };
  const giveVoucher = async (chatId: number, buyer: string, origin: string): Promise<void> => {
    const voucher = await vouchers?.issue(buyer);
    if (!voucher) return say(chatId, 'All vouchers are gone.');
    const url = `${origin}/checkout?code=${voucher.code}`;
    await say(chatId, `Your code ${voucher.code} takes ${voucher.value} off.`, [[{ text: 'Checkout', url }]]);
  };
  const placeInTurn = async (order: OrderRequest, chatId: number): Promise<OrderResult> => {
    for (let tried = 1; ; tried++) {
      const result = await orders.result(order);
      if (result.kind !== 'busy' || tried === TRIES_IN_QUEUE) return result;
      if (tried === 1) await say(chatId, 'Please wait, you are in the queue.');
      await sleep(result.retryAfterSec * 1_000);
    }
  };

  const onMessage = async ({ from, chat, text = '' }: z.output<typeof message>, origin: string) => {
    const [command, payload] = text.split(' ');
    const wantsVoucher = command === '/promo' || (command === '/start' && payload === 'promo');
    if (wantsVoucher) await giveVoucher(chat.id, buyerOf(from), origin);
    else await showMenu(chat.id);
  };
  const onTap = async ({ id, from, data: sku, message: tapped }: z.output<typeof tap>) => {
    await api('answerCallbackQuery', { callback_query_id: id });
    // Of one keyboard an item can be had once: a second tap is the same order.
    const orderKey = `${buyerOf(from)}-${tapped.message_id}-${sku}`;
    const result = await placeInTurn({ sku, orderKey, code: null }, tapped.chat.id);
    await say(tapped.chat.id, wordsFor(result));
  };
  return (body, origin) => {
    const parsed = update.safeParse(body);
    if (!parsed.success) return null;
    const { message, callback_query } = parsed.data;
    if (message) return onMessage(message, origin);
    return callback_query ? onTap(callback_query) : Promise.resolve();
  };
}

function buyerOf({ id, username, first_name: firstName }: z.output<typeof user>): string {
  return `${username ?? firstName ?? 'tg'}-${id}`;
}
