import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { completionOf, saying } from '../../../mock-services/llm/completion.ts';
import { PARTNER_KINDS } from '../../../mock-services/registry.ts';
import {
  ANSWER,
  asking,
  chunksOf,
  clientOf,
  llm,
  metric,
  requestsOf,
  TOOL,
  textOf,
} from '../../support/mocks/llm.ts';
import { call, runMocks } from '../../support/mocks/mock-config.ts';

let mocks: Awaited<ReturnType<typeof runMocks>>;
afterEach(() => mocks.close());

const client = (options: Parameters<typeof clientOf>[1] = {}) => clientOf(mocks, options);
const requests = (outcome: string) => requestsOf(mocks, outcome);

describe('an answer', () => {
  beforeEach(async () => {
    mocks = await runMocks({ partners: [llm()] });
  });

  test('is what the plan says, with a token for every four characters', async () => {
    const answer = await client().chat.completions.create(asking(), {
      headers: { 'x-request-id': 'order-7' },
    });
    expect(answer).toMatchObject({
      id: 'chatcmpl-order-7.1',
      object: 'chat.completion',
      model: 'gpt-4o-mini',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: ANSWER, refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 12, total_tokens: 17 },
    });
    expect(answer._request_id).toBe('req_order-7.1');
  });

  test('stops at the maximum that the client sets', async () => {
    const answer = await client().chat.completions.create({ ...asking(), max_completion_tokens: 2 });
    expect(answer.choices[0]).toMatchObject({ message: { content: 'Two latt' }, finish_reason: 'length' });
    expect(answer.usage?.completion_tokens).toBe(2);
    const chunks = await chunksOf(client(), { max_tokens: 2 });
    expect([textOf(chunks), chunks.at(-1)?.choices[0]?.finish_reason]).toEqual(['Two latt', 'length']);
  });

  test('is the same whole and as a stream, for the real accumulator', async () => {
    const headers = { 'x-request-id': 'order-7' };
    const whole = await client().chat.completions.create(asking(), { headers });
    const stream = client().chat.completions.stream(
      { ...asking(), stream_options: { include_usage: true } },
      { headers },
    );
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed).toMatchObject({ id: whole.id, model: whole.model, usage: whole.usage });
    expect(streamed.choices[0]?.finish_reason).toBe('stop');
  });

  test('streams its role, its text token by token, and how it ended, all under one id', async () => {
    const chunks = await chunksOf(client());
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(['chat.completion.chunk']));
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(textOf(chunks)).toBe(ANSWER);
    expect(chunks).toHaveLength(1 + 12 + 1);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([...Array(13).fill(null), 'stop']);
    // No half of a surrogate pair: other clients decode events one by one.
    for (const { choices } of chunks) expect(choices[0]?.delta.content ?? '').toSatisfy(isWellFormed);
  });

  test('tells its usage at the end of a stream, if asked', async () => {
    const chunks = await chunksOf(client(), { stream_options: { include_usage: true } });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 5, completion_tokens: 12, total_tokens: 17 },
    });
    expect((await chunksOf(client())).every((chunk) => !('usage' in chunk))).toBe(true);
  });

  test('ends its stream with [DONE]', async () => {
    const raw = await call(`${mocks.url('brain')}/v1/chat/completions`, { ...asking(), stream: true });
    expect(raw.headers.get('content-type')).toBe('text/event-stream');
    expect(String(raw.body).endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
  });

  test('has an id of its own for each turn of a conversation', async () => {
    const first = await client().chat.completions.create({ ...asking(), user: 'anna' });
    const again = await client().chat.completions.create({ ...asking(), user: 'anna' });
    const { messages } = asking();
    const later = await client().chat.completions.create({
      ...asking(),
      messages: [...messages, ...messages],
      user: 'anna',
    });
    expect([first.id, again.id, later.id]).toEqual(['chatcmpl-anna.1', 'chatcmpl-anna.1', 'chatcmpl-anna.2']);
  });

  test('lists its models', async () => {
    expect((await client().models.list()).data.map(({ id }) => id)).toEqual(['gpt-4o-mini']);
  });
});

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

describe('the pace', () => {
  test('of a stream begins with the first token and ends after the last', () => {
    const asked = { id: 'i', created: 1, model: 'm', promptTokens: 1, stream: true, includeUsage: true };
    const { pieces = [] } = completionOf(saying('abcdefghij'), { ...asked, tokensPerSec: 50 });
    // Role, three tokens, how it ended, usage, [DONE].
    expect(pieces.map(({ afterMs }) => afterMs)).toEqual([0, 0, 20, 40, 60, 60, 60]);
    const whole = completionOf(saying('abcdefghij'), { ...asked, stream: false, tokensPerSec: 50 });
    expect(whole.takesMs).toBe(60);
  });

  const SLOW = { answer: 'abcd'.repeat(10), tokensPerSec: 50 };

  test('is that of the plan: the stream and the whole answer take as long', async () => {
    mocks = await runMocks({ partners: [llm(SLOW)] });
    const beganAtMs = performance.now();
    const atMs: number[] = [];
    for await (const chunk of await client().chat.completions.create({ ...asking(), stream: true })) {
      if (chunk.choices[0]?.delta.content) atMs.push(performance.now() - beganAtMs);
    }
    // Ten tokens, 20 ms each: the last begins after nine of them.
    expect(atMs).toHaveLength(10);
    expect(atMs.at(-1)).toBeGreaterThanOrEqual(180);
    expect(atMs[9]).toBeGreaterThan(atMs[4] ?? Number.POSITIVE_INFINITY);
    const wholeAtMs = performance.now();
    await client().chat.completions.create(asking());
    expect(performance.now() - wholeAtMs).toBeGreaterThanOrEqual(200);
    expect(
      await metric(mocks, 'peakproof_partner_latency_requested_seconds_sum{partner="brain"}'),
    ).toBeCloseTo(0.2, 6);
  });

  test('depends on the key of a request and not on the order of arrival', async () => {
    mocks = await runMocks({ partners: [llm({ latency: { median: '5ms', sigma: 0.5 } })] });
    const drawnSec = async (user: string): Promise<number> => {
      const sum = 'peakproof_partner_latency_requested_seconds_sum{partner="brain"}';
      const before = await metric(mocks, sum);
      await client().chat.completions.create({ ...asking(), user });
      return (await metric(mocks, sum)) - before;
    };
    const users = ['anna', 'ben', 'cleo', 'dan'];
    const first = new Map<string, number>();
    for (const user of users) first.set(user, await drawnSec(user));
    await mocks.reset({});
    for (const user of [...users].reverse()) {
      expect(await drawnSec(user)).toBeCloseTo(first.get(user) ?? Number.NaN, 9);
    }
    expect(new Set(first.values()).size).toBe(users.length);
  });
});

describe('a tool', () => {
  const tool = { name: 'place_order', arguments: { sku: 'latte', note: 'für Zoë 👩‍🚀' } };
  beforeEach(async () => {
    mocks = await runMocks({ partners: [llm({ tool })] });
  });

  test('is called when it is offered, whole and streamed alike', async () => {
    const whole = await client().chat.completions.create({ ...asking(), tools: [TOOL], user: 'anna' });
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [
          {
            id: 'call_anna.1',
            type: 'function',
            function: { name: 'place_order', arguments: JSON.stringify(tool.arguments) },
          },
        ],
      },
    });
    const stream = client().chat.completions.stream({ ...asking(), tools: [TOOL], user: 'anna' });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.finish_reason).toBe('tool_calls');
    expect(streamed.choices[0]?.message.tool_calls).toMatchObject(whole.choices[0]?.message.tool_calls ?? []);
  });

  test('streams its name first and then its arguments in fragments', async () => {
    const chunks = await chunksOf(client(), { tools: [TOOL], user: 'anna' });
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(deltas[0]).toEqual({
      index: 0,
      id: 'call_anna.1',
      type: 'function',
      function: { name: 'place_order', arguments: '' },
    });
    expect(deltas.length).toBeGreaterThan(3);
    for (const { index, id, function: fragment } of deltas.slice(1)) {
      expect([index, id, fragment?.name]).toEqual([0, undefined, undefined]);
    }
    expect(deltas.map(({ function: fragment }) => fragment?.arguments).join('')).toBe(
      JSON.stringify(tool.arguments),
    );
  });

  test('is called once, and its result is answered in words', async () => {
    const asked: unknown[] = [];
    const runner = client().chat.completions.runTools({
      ...asking(),
      tools: [
        {
          type: 'function',
          function: {
            name: 'place_order',
            description: 'orders',
            parameters: {},
            parse: JSON.parse,
            function: (args: unknown) => {
              asked.push(args);
              return 'accepted';
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe(ANSWER);
    expect(asked).toEqual([tool.arguments]);
    expect([await requests('tool-called'), await requests('answered')]).toEqual([1, 1]);
  });

  test('is left alone when it is not offered or not wanted', async () => {
    const other = { ...TOOL, function: { ...TOOL.function, name: 'cancel_order' } };
    const answers = [
      await client().chat.completions.create(asking()),
      await client().chat.completions.create({ ...asking(), tools: [other] }),
      await client().chat.completions.create({ ...asking(), tools: [TOOL], tool_choice: 'none' }),
    ];
    expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual([ANSWER, ANSWER, ANSWER]);
  });
});

test.each([
  [{ answer: '' }, 'answer'],
  [{ tokensPerSec: 0 }, 'tokensPerSec'],
  [{ limits: { requests: 500 } }, 'limits.requests'],
  [{ limits: { words: '1/s' } }, 'limits'],
  [{ tool: { name: 'no spaces' } }, 'tool.name'],
  [{ models: [] }, 'models'],
  [{ apiKey: '' }, 'apiKey'],
])('a plan with %j is refused at "%s"', async (keys, path) => {
  mocks = await runMocks({});
  const parsed = PARTNER_KINDS.llm.schema.safeParse({ kind: 'llm', ...keys });
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});
