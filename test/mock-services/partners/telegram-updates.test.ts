import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { retryDelayMs } from '../../../mock-services/telegram/webhook.ts';
import { call, runMocks } from '../../support/mocks/mock-config.ts';
import { botServer, Shopper, TOKEN, telegram } from '../../support/mocks/telegram.ts';

let mocks: Awaited<ReturnType<typeof runMocks>> | undefined;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await mocks?.close();
});

async function start(keys: Record<string, unknown> = {}) {
  mocks = await runMocks({ partners: [telegram(keys)] });
  const root = mocks.url('tg');
  return {
    root,
    api: (method: string, fields: object = {}) => call(`${root}/bot${TOKEN}/${method}`, fields),
    shopper: (id: number) => new Shopper(root, id),
  };
}

interface Delivery {
  update: { update_id: number; message?: { text: string; chat: { id: number } } };
  headers: IncomingHttpHeaders;
  atMs: number;
  answer: (status: number, body?: string, headers?: Record<string, string>) => void;
}

/** A webhook that hands each delivery to the test, which answers it. */
async function webhook() {
  const waiting: Delivery[] = [];
  const takers: ((delivery: Delivery) => void)[] = [];
  const answer =
    (response: ServerResponse): Delivery['answer'] =>
    (status, body = '', headers = {}) =>
      void response.writeHead(status, headers).end(body);
  const server = await botServer(async (request, response) => {
    const atMs = performance.now();
    const update = (await json(request)) as Delivery['update'];
    const delivery = { update, headers: request.headers, atMs, answer: answer(response) };
    const taker = takers.shift();
    if (taker) taker(delivery);
    else waiting.push(delivery);
  });
  cleanups.push(server.close);
  return {
    url: server.url,
    waiting,
    next: (): Promise<Delivery> => {
      const [first] = waiting.splice(0, 1);
      return first ? Promise.resolve(first) : new Promise((resolve) => takers.push(resolve));
    },
  };
}

const text = ({ update }: Delivery): string | undefined => update.message?.text;
const ok = { ok: true, result: true };
const conflict = (what: string) => ({
  status: 409,
  body: { ok: false, error_code: 409, description: `Conflict: ${what}` },
});

describe('a webhook', () => {
  test('gets an update as JSON with the secret token, and its chat’s next one after a 2xx', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    expect((await api('setWebhook', { url: hook.url, secret_token: 'only-we' })).body).toMatchObject(ok);
    const ann = shopper(5);
    for (const word of ['one', 'two', 'three']) await ann.write(word);
    await shopper(6).write('other');
    const first = await hook.next();
    expect([text(first), first.headers['x-telegram-bot-api-secret-token']]).toEqual(['one', 'only-we']);
    expect(first.headers['content-type']).toBe('application/json');
    const other = await hook.next();
    expect(text(other)).toBe('other');
    other.answer(200);
    expect(hook.waiting).toEqual([]);
    expect((await api('getWebhookInfo')).body).toMatchObject({ result: { url: hook.url } });
    first.answer(204);
    const second = await hook.next();
    expect(text(second)).toBe('two');
    expect((await api('getWebhookInfo')).body).toMatchObject({ result: { pending_update_count: 2 } });
    second.answer(200);
    const third = await hook.next();
    expect([text(third), hook.waiting]).toEqual(['three', []]);
    third.answer(200);
  });

  test('gets the same update again at once after a 500, then 2 s later', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    await api('setWebhook', { url: hook.url });
    await shopper(5).write('hi');
    const first = await hook.next();
    first.answer(500);
    const failedAtMs = performance.now();
    const second = await hook.next();
    expect(second.update).toEqual(first.update);
    expect(second.atMs - failedAtMs).toBeLessThan(1_000);
    second.answer(500);
    const third = await hook.next();
    expect(third.update).toEqual(first.update);
    expect(third.atMs - second.atMs).toBeGreaterThan(1_950);
    third.answer(200);
    expect((await api('getWebhookInfo')).body).toMatchObject({
      result: {
        last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
      },
    });
  });

  test('is left alone as long as its Retry-After says', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    await api('setWebhook', { url: hook.url });
    await shopper(5).write('hi');
    const first = await hook.next();
    first.answer(503, '', { 'retry-after': '1' });
    const second = await hook.next();
    expect(second.atMs - first.atMs).toBeGreaterThan(950);
    second.answer(200);
  });

  test('gets no more at a time than max_connections', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    await api('setWebhook', { url: hook.url, max_connections: 2 });
    for (const id of [1, 2, 3]) await shopper(id).write(`${id}`);
    const both = [await hook.next(), await hook.next()];
    await api('getMe');
    expect(hook.waiting).toEqual([]);
    for (const delivery of both) delivery.answer(200);
    const last = await hook.next();
    last.answer(200);
    expect(text(last)).toBe('3');
  });

  test('may call one method in the body of its answer, but none that asks', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    await api('setWebhook', { url: hook.url });
    const ann = shopper(5);
    await ann.write('one');
    const headers = { 'content-type': 'application/json' };
    (await hook.next()).answer(200, '{"method":"sendmessage","chat_id":5,"text":"in the body"}', headers);
    expect((await ann.sees('sendMessage')).message?.text).toBe('in the body');
    await ann.write('two');
    (await hook.next()).answer(200, '{"method":"deleteWebhook"}', headers);
    await ann.write('three');
    const third = await hook.next();
    expect(text(third)).toBe('three');
    third.answer(200, 'no JSON');
  });

  test('gets what waited for a poller before it was set, unless it drops that', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    await shopper(5).write('early');
    await api('setWebhook', { url: hook.url });
    const first = await hook.next();
    expect(text(first)).toBe('early');
    await api('setWebhook', { url: hook.url, drop_pending_updates: true });
    await shopper(5).write('late');
    const second = await hook.next();
    expect(text(second)).toBe('late');
    second.answer(200);
  });

  test('cannot harm the mock by what it answers', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    await api('setWebhook', { url: hook.url });
    const ann = shopper(5);
    const headers = { 'content-type': 'application/json' };
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const invoice = '"chat_id":5,"title":"t","description":"d","payload":"p","currency":"EUR"';
    for (const body of [
      '{"method":"noSuchMethod"}',
      '{"method":{"toString":1}}',
      `{"method":"sendInvoice",${invoice},"prices":[{"amount":{"valueOf":1}}]}`,
      `{"method":"sendInvoice",${invoice},"prices":[{"amount":1,"deep":${deep}}]}`,
      'x'.repeat(900_000),
    ]) {
      await ann.write('hi');
      (await hook.next()).answer(200, body, headers);
    }
    await ann.write('last');
    const last = await hook.next();
    expect([text(last), await ann.all()]).toEqual(['last', []]);
    last.answer(200);
  });

  test('that nobody listens at is tried again, and getWebhookInfo says why', async () => {
    const { api, shopper } = await start();
    await api('setWebhook', { url: 'http://127.0.0.1:1/hook' });
    await shopper(5).write('hi');
    await expect
      .poll(async () => (await api('getWebhookInfo')).body)
      .toMatchObject({
        result: { pending_update_count: 1, last_error_message: expect.stringMatching(/ECONNREFUSED/) },
      });
  });

  test('stays after a reset, which forgets what was on its way', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    await api('setWebhook', { url: hook.url });
    await shopper(5).write('before');
    const before = await hook.next();
    mocks?.reset({});
    await shopper(5).write('after');
    const after = await hook.next();
    expect(text(after)).toBe('after');
    expect(after.update.update_id).toBeGreaterThan(before.update.update_id);
    after.answer(200);
  });

  test.each([
    ['https://bot.example.org/hook', 'this mock calls only this machine, not bot.example.org'],
    ['http://127.0.0.1.example.org/', 'this mock calls only this machine, not 127.0.0.1.example.org'],
    ['http://127.0.0.1@10.0.0.1/', 'this mock calls only this machine, not 10.0.0.1'],
    ['http://[::ffff:10.0.0.1]/', 'this mock calls only this machine, not [::ffff:a00:1]'],
    ['ftp://127.0.0.1/', 'an HTTP or HTTPS URL must be provided'],
    ['tea', 'invalid webhook URL specified'],
  ])('at %s is refused', async (url, why) => {
    const { api } = await start();
    expect((await api('setWebhook', { url })).body).toEqual({
      ok: false,
      error_code: 400,
      description: `Bad Request: bad webhook: ${why}`,
    });
  });

  test.each(['http://localhost:1', 'http://127.9.9.9:1', 'https://[::1]:1'])('at %s is set', async (url) => {
    const { api } = await start();
    expect((await api('setWebhook', { url })).body).toMatchObject(ok);
  });
});

test.each([
  [1, null, 0],
  [2, null, 2_000],
  [3, null, 4_000],
  [4, null, 8_000],
  [7, null, 60_000],
  [2_000, null, 60_000],
  [1, 5, 5_000],
  [5, 0, 16_000],
  [1, 99_999, 3_600_000],
])(
  'after failure %i in a row and Retry-After %j an update waits %i ms',
  (failures, retryAfterSec, waitMs) => {
    expect(retryDelayMs(failures, retryAfterSec)).toBe(waitMs);
  },
);

describe('getUpdates', () => {
  const ids = (reply: { body: unknown }): number[] => {
    const { result } = reply.body as { result: { update_id: number }[] };
    return result.map(({ update_id }) => update_id);
  };

  test('gives again what no offset has confirmed', async () => {
    const { api, shopper } = await start();
    for (const word of ['one', 'two', 'three']) await shopper(5).write(word);
    expect(ids(await api('getUpdates', { limit: 2 }))).toEqual([1, 2]);
    expect(ids(await api('getUpdates', { offset: 2 }))).toEqual([2, 3]);
    expect(ids(await api('getUpdates'))).toEqual([2, 3]);
    expect(ids(await api('getUpdates', { offset: -1 }))).toEqual([3]);
    expect(ids(await api('getUpdates', { offset: 4 }))).toEqual([]);
    expect(ids(await api('getUpdates'))).toEqual([]);
  });

  test('waits for an update', async () => {
    const { api, shopper } = await start();
    const waiting = api('getUpdates', { timeout: 10 });
    await shopper(5).write('hi');
    expect((await waiting).body).toMatchObject({ result: [{ message: { text: 'hi' } }] });
  });

  test('loses nothing when its poller has gone', async () => {
    const { root, api, shopper } = await start();
    const aborter = new AbortController();
    const gone = fetch(`${root}/bot${TOKEN}/getUpdates?timeout=10`, { signal: aborter.signal });
    await api('getMe');
    aborter.abort();
    await expect(gone).rejects.toThrow();
    await shopper(5).write('hi');
    expect(ids(await api('getUpdates'))).toEqual([1]);
  });

  test('of a second poller ends the first with 409', async () => {
    const { root, api } = await start();
    const agentOf = fetch(`${root}/bot${TOKEN}/getUpdates?timeout=10`);
    await api('getMe');
    const second = api('getUpdates', { timeout: 1 });
    const first = await agentOf;
    expect({ status: first.status, body: await first.json() }).toEqual(
      conflict('terminated by other getUpdates request; make sure that only one bot instance is running'),
    );
    expect((await second).status).toBe(200);
  });

  test('is refused while a webhook is set, and gets the updates after its end', async () => {
    const { api, shopper } = await start();
    const hook = await webhook();
    await api('setWebhook', { url: hook.url });
    await shopper(5).write('hi');
    const delivery = await hook.next();
    expect(await api('getUpdates')).toMatchObject(
      conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      ),
    );
    expect((await api('deleteWebhook')).body).toMatchObject({ ...ok, description: 'Webhook was deleted' });
    delivery.answer(200);
    await shopper(6).write('ho');
    expect(ids(await api('getUpdates'))).toEqual([1, 2]);
    await api('deleteWebhook', { drop_pending_updates: true });
    expect(ids(await api('getUpdates'))).toEqual([]);
  });

  test('is ended by setWebhook', async () => {
    const { root, api } = await start();
    const poll = fetch(`${root}/bot${TOKEN}/getUpdates?timeout=10`);
    await api('getMe');
    await api('setWebhook', { url: 'http://127.0.0.1:1' });
    expect(await (await poll).json()).toMatchObject({
      description: 'Conflict: terminated by setWebhook request',
    });
  });

  test('gets only the kinds of updates that it asked for', async () => {
    const { api, shopper } = await start();
    await api('getUpdates', { allowed_updates: ['message'] });
    expect((await shopper(5).checkOut('p', 1)).body).toMatchObject({
      result: { update_id: null, via: 'not-asked-for' },
    });
    expect((await shopper(5).write('hi')).body).toMatchObject({ result: { update_id: 1, via: 'polling' } });
    await api('getUpdates', { allowed_updates: [] });
    await shopper(5).checkOut('p', 1);
    expect(ids(await api('getUpdates'))).toEqual([1, 2]);
  });
});

test.each<[string, unknown]>([
  ['no body', ''],
  ['a text', '"hi"'],
  ['a list', []],
  ['no kind', { update_id: 1 }],
  ['two kinds', { message: { chat: { id: 1 } }, edited_message: { chat: { id: 1 } } }],
  ['no chat', { message: { text: 'hi' } }],
  ['no text as the name', { message: { chat: { id: {} }, from: { first_name: { toString: 1 } } } }],
  ['a query without an id', { callback_query: { from: { id: 1 } } }],
])('an update with %s is refused', async (_what, body) => {
  const { root } = await start();
  expect((await call(`${root}/peakproof/updates`, body)).status).toBe(400);
});

test('the partner can end while a poller and a shopper wait', async () => {
  const { root } = await start();
  const waiting = [`/bot${TOKEN}/getUpdates?timeout=50`, '/peakproof/chats/5/messages?withinMs=50000'].map(
    (path) => fetch(root + path).catch((error: unknown) => error),
  );
  await call(`${root}/bot${TOKEN}/getMe`);
  await mocks?.close();
  mocks = undefined;
  expect(await Promise.all(waiting)).toHaveLength(2);
});
