import type { LoadSpec } from '../../../k6/contract.ts';
import type { JourneySpec, TelegramStep } from '../../../k6/journey-spec.ts';
import { journey, step } from '../../support/journeys.ts';

// The same requests as a journey of ours and as the k6 script that a careful user would write for them.

export interface BenchJourney {
  name: string;
  requestsPerOrder: number;
  spec: JourneySpec;
  /** Body of the order function; `n` is the number of the order, `send` and `ask` send JSON with headers and timeout. */
  theirs: string;
}

const ORDER = step({
  headers: { 'Idempotency-Key': '{{orderKey}}' },
  json: { cart: '{{cart}}' },
  confirmed: { status: 201, has: 'order.id', where: {} },
  soldOut: { status: 409, has: null, where: { code: 'SOLD_OUT' }, item: 'item' },
});
const MENU = step({ name: 'GET /menu', method: 'GET', path: '/menu' });

export const CHECKOUT: BenchJourney = {
  name: 'steps',
  requestsPerOrder: 3,
  spec: journey([
    MENU,
    step({
      name: 'POST /cart',
      path: '/cart',
      json: { sku: '{{sku}}', name: '{{firstName}}' },
      capture: { cart: 'id' },
    }),
    ORDER,
  ]),
  theirs: `
  ask('/menu', 'GET /menu');
  const cart = send('/cart', { sku: 'drink-' + (n % 2 + 1), name: names[n % 4] }, 'POST /cart').json('id');
  const ordered = send('/orders', { cart }, 'POST /orders', { 'Idempotency-Key': 'bench-' + n });
  check(ordered, { confirmed: (r) => r.status === 201 && r.json('order.id') !== undefined });`,
};

export const CHAT: BenchJourney = {
  name: 'chat-bot',
  requestsPerOrder: 4,
  spec: {
    ...journey([
      step({
        name: 'POST /chat (talk)',
        path: '/chat',
        json: { session: '{{shopper}}', message: '{{message}}' },
        times: [{ count: 3, shareRatio: 1 }],
        says: ['What do you have?', 'Is the {{sku}} hot?'],
        confirmed: { status: null, has: 'reply.text', where: {} },
      }),
      step({
        name: 'POST /chat (order)',
        path: '/chat',
        json: { session: '{{shopper}}', message: 'One {{sku}}, key {{orderKey}}' },
        confirmed: { status: null, has: 'order.id', where: {} },
      }),
    ]),
    kind: 'chat-bot',
  },
  theirs: `
  const session = 's' + n;
  for (let i = 0; i < 3; i++) {
    const said = send('/chat', { session, message: i % 2 ? 'What do you have?' : 'Is the tea hot?' }, 'POST /chat (talk)');
    check(said, { replied: (r) => r.json('reply.text') !== undefined });
  }
  const ordered = send('/chat', { session, message: 'One tea, key ' + n }, 'POST /chat (order)');
  check(ordered, { confirmed: (r) => r.json('order.id') !== undefined });`,
};

const turn = (parts: Pick<TelegramStep, 'name' | 'act' | 'confirms'>): TelegramStep => ({
  kind: 'telegram',
  capture: {},
  reply: { contains: 'Order', matches: null, button: null, invoice: false },
  soldOut: null,
  closed: null,
  queued: null,
  ...parts,
});

export const BOT: BenchJourney = {
  name: 'telegram-bot',
  requestsPerOrder: 4,
  spec: {
    ...journey([
      turn({ name: 'send /start', act: { do: 'send', text: '/start' }, confirms: false }),
      turn({ name: 'tap Tea', act: { do: 'tap', button: 'Tea' }, confirms: true }),
    ]),
    kind: 'telegram-bot',
    chat: { partner: 'telegram', webhook: { path: '/telegram', secret: 'hush' } },
  },
  theirs: `
  const id = 1e12 + n;
  const user = { id, is_bot: false, first_name: names[n % 4], username: 'u' + n, language_code: 'en' };
  const secret = { 'X-Telegram-Bot-Api-Secret-Token': 'hush' };
  const read = (after) => send('/peakproof/chats/' + id + '/messages?after=' + after + '&withinMs=10000', {}, 'partner chat').json('messages').at(-1);
  send('/telegram', { update_id: 2 * n, message: { message_id: 1, from: user, chat: { id, type: 'private' }, date: Math.floor(Date.now() / 1000), text: '/start', entities: [{ type: 'bot_command', offset: 0, length: 6 }] } }, 'send /start', secret);
  const menu = read(0);
  const data = menu.message.reply_markup.inline_keyboard[0][0].callback_data;
  send('/telegram', { update_id: 2 * n + 1, callback_query: { id: 'q' + n, from: user, message: menu.message, chat_instance: String(id), data } }, 'tap Tea', secret);
  check(read(menu.n), { confirmed: (m) => m.message.text.includes('Order') });`,
};

/** The checkout as an order in own code. */
export const OWN_CODE = `
import { order } from 'peakproof/k6';
export default order(function* (shop) {
  yield* shop.get('/menu');
  const cart = yield* shop.post('/cart', { json: { sku: shop.sku, name: shop.firstName } });
  const placed = yield* shop.post('/orders', {
    headers: { 'Idempotency-Key': shop.orderKey },
    json: { cart: cart.at('id') },
  });
  return shop.confirmed(placed.status === 201 && placed.at('order.id'));
});
`;

/** A journey of so many requests, the last of which orders. */
export const browsing = (requests: number): JourneySpec =>
  journey([
    ...Array.from({ length: requests - 1 }, () => MENU),
    { ...ORDER, body: { as: 'json', json: {} } },
  ]);

export function loadSpec(baseUrl: string, spec: JourneySpec): LoadSpec {
  return {
    runId: 'bench',
    baseUrl,
    stepIndex: 0,
    seed: 7,
    cafes: [{ name: 'beanhouse', shareRatio: 1, menu: ['drink-1', 'drink-2'], movesRatio: 0 }],
    partnerUrls: { telegram: baseUrl },
    loggedEvery: {},
    client: {
      timeoutMs: 10_000,
      patienceMs: 30_000,
      slowAfterMs: 3_000,
      thinkTime: null,
      retries: {
        max: 3,
        retryOn: ['timeout', '5xx', '429'],
        backoff: { baseMs: 1_000, factor: 2, jitter: 'full' },
      },
      doubleTapRatio: 0,
    },
    journeys: [spec],
  };
}

export function handWritten(baseUrl: string, { theirs }: BenchJourney): string {
  return `
import http from 'k6/http';
import { check } from 'k6';
import exec from 'k6/execution';
const headers = { 'User-Agent': 'peakproof/bench', 'X-Load-Test': 'bench', 'Content-Type': 'application/json' };
const names = ['Ann', 'Ben', 'Cleo', 'Dan'];
const ask = (path, name) => http.get('${baseUrl}' + path, { headers, timeout: '10s', tags: { name } });
const send = (path, body, name, more = {}) =>
  http.post('${baseUrl}' + path, JSON.stringify(body), { headers: { ...headers, ...more }, timeout: '10s', tags: { name } });
export function order() {
  const n = exec.scenario.iterationInTest;${theirs}
}
`;
}
