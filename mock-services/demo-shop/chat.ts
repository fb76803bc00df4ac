import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type JsonAnswer, type JsonRequest, problem } from '../http/json-server.ts';
import type { OrderFlow, OrderResult } from './order-flow.ts';
import { wordsFor } from './order-words.ts';
import type { Orders } from './orders.ts';
import type { Menu } from './partners.ts';

/** Between two words of a streamed answer, as from a fast model. */
const WORD_PAUSE_MS = 15;

const chatBody = z.object({ session: z.string().min(1).max(200), message: z.string().min(1).max(4_000) });

/** What a message got: words, and what came of an order in it. */
interface ChatAnswer {
  reply: { text: string };
  order?: { id: string };
  soldOut?: string;
  closed?: string;
}

/** A chat: "One tea, key k1" orders, anything else is talk. With `Accept: text/event-stream` word by word. */
export function chatWith(flow: OrderFlow, orders: Orders) {
  return async ({ body, headers }: JsonRequest): Promise<JsonAnswer> => {
    const parsed = chatBody.safeParse(body);
    if (!parsed.success)
      return problem(400, 'BAD_INPUT', 'a message needs {"session": "...", "message": "..."}');
    const { session, message } = parsed.data;
    const menu = await flow.menu();
    const sku = orderedItem(message, menu);
    if (sku === null) return sent({ reply: { text: talk(menu) } }, headers.accept);
    const orderKey = /\bkey ([\w-]+)/i.exec(message)?.[1] ?? `${session}-${sku}`;
    const result = await orders.result({ sku, orderKey, code: null });
    if (result.kind !== 'busy') return sent(orderAnswer(result), headers.accept);
    return {
      status: 503,
      body: { code: 'BUSY', reply: { text: wordsFor(result) } },
      headers: { 'retry-after': String(result.retryAfterSec) },
    };
  };
}

function orderedItem(message: string, { items }: Menu): string | null {
  const text = message.toLowerCase();
  const named = items
    .map(({ sku }) => sku)
    .filter((sku) => ['one', 'order'].some((verb) => text.includes(`${verb} ${sku.toLowerCase()}`)));
  // "One tea latte" names tea as well.
  return named.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

const talk = ({ items }: Menu): string =>
  `We have ${items.map(({ sku }) => sku).join(', ')}, all of it fresh. Say "One ${items[0]?.sku}" to order.`;

function orderAnswer(result: OrderResult): ChatAnswer {
  return {
    reply: { text: wordsFor(result) },
    ...(result.kind === 'confirmed' ? { order: { id: result.id } } : {}),
    ...(result.kind === 'sold-out' ? { soldOut: result.item } : {}),
    ...(result.kind === 'closed' ? { closed: result.shop } : {}),
  };
}

function sent(answer: ChatAnswer, accept = ''): JsonAnswer {
  if (!accept.includes('text/event-stream')) return { status: 200, body: answer };
  return {
    status: 200,
    body: Readable.from(events(answer)),
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  };
}

/** The words one by one, what came of the order at the end. */
async function* events({ reply, ...outcome }: ChatAnswer): AsyncGenerator<string> {
  for (const text of reply.text.split(/(?<= )/)) {
    yield event({ reply: { text } });
    await sleep(WORD_PAUSE_MS);
  }
  if (Object.keys(outcome).length > 0) yield event(outcome);
}

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
