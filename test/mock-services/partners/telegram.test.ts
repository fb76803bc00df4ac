import { afterEach, describe, expect, test } from 'vitest';
import { FAULT_KINDS, type FaultSpec, PARTNER_KINDS } from '../../../mock-services/registry.ts';
import { Queries } from '../../../mock-services/telegram/queries.ts';
import { call, latencyFault, runMocks } from '../../support/mocks/mock-config.ts';
import { Shopper, TOKEN, telegram } from '../../support/mocks/telegram.ts';

let mocks: Awaited<ReturnType<typeof runMocks>> | undefined;
afterEach(() => mocks?.close());

async function start(keys: Record<string, unknown> = {}, faults: FaultSpec[] = []) {
  mocks = await runMocks({ partners: [telegram(keys)], faults });
  const root = mocks.url('tg');
  return { root, api: (method: string, fields: object) => call(`${root}/bot${TOKEN}/${method}`, fields) };
}

const sent = { status: 200, body: { ok: true, result: { message_id: 1, text: 'hi', chat: { id: 5 } } } };
const refused = (code: number, description: string) => ({ ok: false, error_code: code, description });

describe('a call', () => {
  test.each([
    ['with a wrong token', '/bot1000001:wrong/getMe', 401, 'Unauthorized'],
    ['of an unknown method', `/bot${TOKEN}/sendMoney`, 404, 'Not Found: method not found'],
    ['of another path', '/hello', 404, 'Not Found'],
    ['of a path above', `/bot${TOKEN}/../admin`, 404, 'Not Found'],
  ])('%s is refused as Telegram does', async (_what, path, status, description) => {
    const { root } = await start();
    expect(await call(root + path)).toMatchObject({ status, body: refused(status, description) });
  });

  test.each(['sendMessage', 'sendmessage', 'SENDMESSAGE'])(
    'of %s works by GET, with its parameters in the query',
    async (method) => {
      const { root } = await start();
      expect(await call(`${root}/bot${TOKEN}/${method}?chat_id=5&text=hi`)).toMatchObject(sent);
    },
  );

  test.each([
    ['a form', () => new URLSearchParams({ chat_id: '5', text: 'hi' })],
    [
      'multipart with a file beside it',
      () => {
        const form = new FormData();
        form.append('chat_id', '5');
        form.append('photo', new Blob(['\r\n--not a boundary\r\n\r\n']), 'tea.jpg');
        form.append('text', 'hi');
        return form;
      },
    ],
    ['JSON without a content type', () => new Blob(['{"chat_id":5,"text":"hi"}'])],
  ])('with %s as its body works', async (_what, body) => {
    const { root } = await start();
    const reply = await fetch(`${root}/bot${TOKEN}/sendMessage`, { method: 'POST', body: body() });
    expect({ status: reply.status, body: await reply.json() }).toMatchObject(sent);
  });

  test.each([
    ['application/json', '{"chat_id":'],
    ['application/json', '[1]'],
    ['multipart/form-data', 'no boundary'],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nnever ends'],
  ])('with a broken body of %s is a bad request', async (type, body) => {
    const { root } = await start();
    const headers = { 'content-type': type };
    const reply = await fetch(`${root}/bot${TOKEN}/sendMessage`, { method: 'POST', headers, body });
    expect(await reply.json()).toEqual(refused(400, "Bad Request: can't parse the body"));
  });

  const invoice = { chat_id: 5, title: 'Tea', description: 'A cup', payload: 'p', currency: 'EUR' };
  test.each<[string, object, string]>([
    ['sendMessage', { text: 'hi' }, 'chat_id is empty'],
    ['sendMessage', { chat_id: 'Ann', text: 'hi' }, 'chat not found'],
    ['sendMessage', { chat_id: 5, text: ' ' }, 'message text is empty'],
    ['sendMessage', { chat_id: 5, text: 'x'.repeat(4_097) }, 'message is too long'],
    [
      'sendMessage',
      { chat_id: 5, text: 'hi', reply_markup: '{' },
      "can't parse reply keyboard markup JSON object",
    ],
    [
      'sendMessage',
      {
        chat_id: 5,
        text: 'hi',
        reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'x'.repeat(65) }]] },
      },
      'BUTTON_DATA_INVALID',
    ],
    [
      'sendMessage',
      { chat_id: 5, text: 'hi', entities: [{ type: 'bold' }] },
      "can't parse entities: an array of type, offset and length is expected",
    ],
    ['editMessageText', { chat_id: 5, message_id: 1, text: 'hi' }, 'message to edit not found'],
    ['deleteMessage', { chat_id: 5, message_id: 1 }, 'message to delete not found'],
    ['sendInvoice', { ...invoice, title: '' }, 'parameter "title" is required'],
    ['sendInvoice', { ...invoice, currency: 'euro' }, 'CURRENCY_INVALID'],
    [
      'sendInvoice',
      { ...invoice, prices: [] },
      "can't parse labeled prices: an array of label and amount is expected",
    ],
    ['sendInvoice', { ...invoice, prices: [{ label: 'free', amount: 0 }] }, 'CURRENCY_TOTAL_AMOUNT_INVALID'],
    ['sendChatAction', { chat_id: 5 }, 'wrong parameter action in request'],
    ['answerCallbackQuery', {}, 'parameter "callback_query_id" is required'],
    [
      'answerPreCheckoutQuery',
      { pre_checkout_query_id: 'q', ok: false },
      'parameter "error_message" is required',
    ],
    [
      'answerPreCheckoutQuery',
      { pre_checkout_query_id: 'q', ok: true },
      'query is too old and response timeout expired or query ID is invalid',
    ],
    ['getUpdates', { limit: 101 }, 'limit must be from 1 to 100'],
    [
      'setWebhook',
      { url: 'http://127.0.0.1:1', secret_token: 'ä' },
      'secret token contains unallowed characters',
    ],
  ])('%s with %j is a bad request', async (method, fields, description) => {
    const { api } = await start();
    expect((await api(method, fields)).body).toEqual(refused(400, `Bad Request: ${description}`));
  });

  test('getMe tells who the bot is', async () => {
    const { root } = await start({ token: '77:abc', username: 'tea_bot' });
    expect((await call(`${root}/bot77:abc/getMe`)).body).toMatchObject({
      result: { id: 77, is_bot: true, username: 'tea_bot' },
    });
  });

  test.each(['setMyCommands', 'logOut', 'close'])('%s is agreed to', async (method) => {
    const { api } = await start();
    expect((await api(method, { commands: [] })).body).toEqual({ ok: true, result: true });
  });
});

describe('a chat', () => {
  test('takes a keyboard as an object or as JSON text, and gives it up with an edit', async () => {
    const { root, api } = await start();
    const keyboard = { inline_keyboard: [[{ text: 'Tea', callback_data: 'tea' }]] };
    await api('sendMessage', { chat_id: 5, text: 'hi', reply_markup: keyboard });
    await api('sendMessage', { chat_id: '5', text: 'hi', reply_markup: JSON.stringify(keyboard) });
    const { body } = await api('editMessageReplyMarkup', { chat_id: 5, message_id: 2 });
    expect(body).toMatchObject({ result: { message_id: 2, text: 'hi' } });
    const seen = await new Shopper(root, 5).all();
    expect(seen.map(({ message }) => message?.reply_markup)).toEqual([keyboard, keyboard, undefined]);
  });

  test('keeps where a link in the text leads, until an edit of the text', async () => {
    const { root, api } = await start();
    const entities = [{ type: 'text_link', offset: 0, length: 4, url: 'http://127.0.0.1/x' }];
    await api('sendMessage', { chat_id: 5, text: 'here', entities });
    await api('sendMessage', { chat_id: 5, text: 'here', entities: JSON.stringify(entities) });
    await api('editMessageText', { chat_id: 5, message_id: 1, text: 'gone' });
    const seen = await new Shopper(root, 5).all();
    expect(seen.map(({ message }) => message?.entities)).toEqual([entities, entities, undefined]);
  });

  test('refuses an edit that changes nothing, as when an update came twice', async () => {
    const { api } = await start();
    await api('sendMessage', { chat_id: 5, text: 'hi' });
    const edit = { chat_id: 5, message_id: 1, text: 'ho' };
    expect((await api('editMessageText', edit)).status).toBe(200);
    expect((await api('editMessageText', edit)).body).toMatchObject({
      error_code: 400,
      description: expect.stringMatching(/^Bad Request: message is not modified: /),
    });
    await api('deleteMessage', { chat_id: 5, message_id: 1 });
    expect((await api('editMessageText', { ...edit, text: 'hm' })).body).toMatchObject({
      description: 'Bad Request: message to edit not found',
    });
  });

  test('numbers the bot’s messages after the user’s', async () => {
    const { root, api } = await start();
    const ann = new Shopper(root, 5);
    await ann.write('one');
    await ann.write('two');
    expect((await api('sendMessage', { chat_id: 5, text: 'hi' })).body).toMatchObject({
      result: { message_id: 3 },
    });
  });

  test('keeps the newest 50 things that the bot did', async () => {
    const { root, api } = await start({ limit: null, chatLimit: null });
    for (let turn = 1; turn <= 53; turn++) await api('sendMessage', { chat_id: 5, text: `${turn}` });
    const { body } = await call(`${root}/peakproof/chats/5/messages?after=1`);
    expect(body).toMatchObject({ missed: 2, messages: { length: 50, 0: { n: 4, message: { text: '4' } } } });
  });

  test('is empty after a reset', async () => {
    const { root, api } = await start();
    await api('sendMessage', { chat_id: 5, text: 'hi' });
    mocks?.reset({});
    expect(await new Shopper(root, 5).all()).toEqual([]);
    expect(await api('sendMessage', { chat_id: 5, text: 'hi' })).toMatchObject(sent);
  });

  test('answers a waiting shopper when the bot has done something', async () => {
    const { root, api } = await start();
    const waiting = new Shopper(root, 5).sees('sendMessage');
    await api('sendMessage', { chat_id: 6, text: 'not this one' });
    await api('sendMessage', { chat_id: 5, text: 'hi' });
    expect((await waiting).message?.text).toBe('hi');
  });
});

describe('limits', () => {
  const tooMany = (sec: number) => ({
    ...refused(429, `Too Many Requests: retry after ${sec}`),
    parameters: { retry_after: sec },
  });

  test('a chat takes so many messages, and others are not touched by it', async () => {
    const { api } = await start({ chatLimit: '3/min', chatBurst: 2 });
    const statuses = [];
    for (const chat_id of [5, 5, 5, 6]) statuses.push(await api('sendMessage', { chat_id, text: 'hi' }));
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
    expect(statuses[2]?.body).toEqual(tooMany(20));
    expect(statuses[2]?.headers.get('retry-after')).toBe('20');
  });

  test('all chats together take so many messages; edits and answers do not count', async () => {
    const { api } = await start({ limit: '6/min' });
    await api('sendMessage', { chat_id: 1, text: 'hi' });
    expect((await api('sendMessage', { chat_id: 2, text: 'hi' })).body).toEqual(tooMany(10));
    expect((await api('editMessageText', { chat_id: 1, message_id: 1, text: 'ho' })).status).toBe(200);
    expect((await api('answerCallbackQuery', { callback_query_id: 'q' })).status).toBe(200);
  });

  test('a chat of a canary has none and uses none up', async () => {
    const { root, api } = await start({ limit: '6/min', chatLimit: '6/min', chatBurst: 1 });
    await new Shopper(root, 7, 'canary-1').write('hi');
    for (let turn = 0; turn < 3; turn++) {
      expect((await api('sendMessage', { chat_id: 7, text: 'hi' })).status).toBe(200);
    }
    expect((await api('sendMessage', { chat_id: 5, text: 'hi' })).status).toBe(200);
  });
});

describe('a pre-checkout query', () => {
  test('is answered once', async () => {
    const { root, api } = await start();
    const ann = new Shopper(root, 5);
    await ann.checkOut('order', 350, 'q');
    const answer = { pre_checkout_query_id: 'q', ok: false, error_message: 'sold out' };
    expect((await api('answerPreCheckoutQuery', answer)).status).toBe(200);
    expect(await ann.sees('answerPreCheckoutQuery')).toMatchObject({ ok: false, error_message: 'sold out' });
    expect((await api('answerPreCheckoutQuery', answer)).status).toBe(400);
  });

  test('can be answered for 10 s after it first reached the bot', () => {
    const queries = new Queries();
    for (const id of ['a', 'b']) {
      queries.asked(id, '5');
      queries.delivered(id, 50_000);
      queries.delivered(id, 55_000);
    }
    expect(queries.answerPreCheckout('a', 60_000)).toBe(true);
    expect(queries.answerPreCheckout('b', 60_001)).toBe(false);
  });
});

describe('faults', () => {
  const fault = (kind: 'error' | 'rate-limit' | 'wrong-answer', keys: object): FaultSpec =>
    ({
      id: 'f',
      ...FAULT_KINDS[kind].schema.parse({ kind, partner: 'tg', at: '0', for: '1h', ...keys }),
    }) as FaultSpec;

  test.each<[FaultSpec, object]>([
    [fault('error', {}), refused(500, 'Internal Server Error')],
    [fault('error', { status: 403 }), refused(403, 'Forbidden: an injected error')],
    [
      fault('error', { status: 429, retryAfter: '7s' }),
      { ...refused(429, 'Too Many Requests: retry after 7'), parameters: { retry_after: 7 } },
    ],
    [fault('wrong-answer', {}), { ok: true, result: { text: expect.stringMatching(/sorry/) } }],
  ])('speak as Telegram does: %j', async (injected, body) => {
    const { root, api } = await start({}, [injected]);
    mocks?.startTimeline(Date.now());
    await mocks?.event(({ type }) => type === 'fault-on');
    expect((await api('sendMessage', { chat_id: 5, text: 'hi' })).body).toMatchObject(body);
    expect(await new Shopper(root, 5).all()).toEqual([]);
  });

  test('befall the method that the plan names, and never the routes of the test', async () => {
    const { root, api } = await start({}, [
      fault('error', { route: '/bot:token/sendInvoice' }),
      { ...fault('error', { route: '/peakproof/updates' }), id: 'side' },
    ]);
    mocks?.startTimeline(Date.now());
    await mocks?.event((event) => event.type === 'fault-on' && event.fault === 'side');
    expect((await api('sendInvoice', { chat_id: 5 })).status).toBe(500);
    expect((await api('sendMessage', { chat_id: 5, text: 'hi' })).status).toBe(200);
    expect((await new Shopper(root, 5).write('hi')).status).toBe(200);
  });

  test('with a share hit the same chats whatever their order', async () => {
    const chats = Array.from({ length: 40 }, (_, index) => index + 1);
    const hit = async (order: readonly number[]): Promise<number[]> => {
      const { api } = await start({ limit: null }, [fault('error', { share: 0.5 })]);
      mocks?.startTimeline(Date.now());
      await mocks?.event(({ type }) => type === 'fault-on');
      const statuses = await Promise.all(
        order.map(async (chat_id) => ({ chat_id, ...(await api('sendMessage', { chat_id, text: 'hi' })) })),
      );
      await mocks?.close();
      return statuses
        .flatMap(({ chat_id, status }) => (status === 500 ? [chat_id] : []))
        .sort((a, b) => a - b);
    };
    const first = await hit(chats);
    expect(first.length).toBeGreaterThan(10);
    expect(first.length).toBeLessThan(30);
    expect(await hit(chats.toReversed())).toEqual(first);
  });

  test('of latency count from the end of a long poll', async () => {
    const { root, api } = await start({}, [
      latencyFault('slow', { partner: 'tg', at: '0', for: '1h', add: '20ms' }),
    ]);
    mocks?.startTimeline(Date.now());
    await mocks?.event(({ type }) => type === 'fault-on');
    await api('getUpdates', { timeout: 1 });
    await new Shopper(root, 5).write('hi');
    mocks?.stopTimeline();
    const tally = await mocks?.event((event) => event.type === 'fault-tally' && event.hit === 1);
    if (tally?.type !== 'fault-tally') throw new Error('no tally');
    expect(tally.achievedMedianMs).toBeGreaterThanOrEqual(20);
    expect(tally.achievedMedianMs).toBeLessThan(500);
  });
});

test.each([
  [{ token: 'secret' }, 'token'],
  [{ username: '@tea bot' }, 'username'],
  [{ limit: 30 }, 'limit'],
  [{ chatLimit: '0/s' }, 'chatLimit'],
  [{ chatBurst: 0 }, 'chatBurst'],
  [{ colour: 'red' }, ''],
])('a plan with %j is refused at "%s"', (keys, path) => {
  const parsed = PARTNER_KINDS.telegram.schema.safeParse({ kind: 'telegram', ...keys });
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});
