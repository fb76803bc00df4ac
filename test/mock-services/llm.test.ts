import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from 'openai';
import type { ChatCompletionChunk, ChatCompletionFunctionTool } from 'openai/resources';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  FAULT_KINDS,
  type FaultSpec,
  PARTNER_KINDS,
  type PartnerSpec,
} from '../../mock-services/contract.ts';
import { call, runMocks } from '../support/mock-config.ts';

let mocks: Awaited<ReturnType<typeof runMocks>>;
afterEach(() => mocks.close());

const ANSWER = 'Two lattes ☕️ for Zoë 👩‍🚀: ready in ten minutes.';

const llm = (keys: Record<string, unknown> = {}): PartnerSpec => ({
  name: 'brain',
  ...PARTNER_KINDS.llm.schema.parse({ kind: 'llm', answer: ANSWER, tokensPerSec: '100k', ...keys }),
});

/** Faults in force from now on. */
const runFaulty = async (faults: FaultSpec[], keys: Record<string, unknown> = {}): Promise<void> => {
  mocks = await runMocks({ partners: [llm(keys)], faults });
  mocks.startTimeline(Date.now());
  for (const { id } of faults) await mocks.event((event) => event.type === 'fault-on' && event.fault === id);
};

const when = { partner: 'brain', at: '0', for: '1h' };

/** Without retries, unless a test is about them. */
const client = (options: Partial<ConstructorParameters<typeof OpenAI>[0]> = {}): OpenAI =>
  new OpenAI({ apiKey: 'sk-any', baseURL: `${mocks.url('brain')}/v1`, maxRetries: 0, ...options });

const asking = (content = 'two lattes please') => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user' as const, content }],
});

const TOOL: ChatCompletionFunctionTool = {
  type: 'function',
  function: { name: 'place_order', parameters: { type: 'object', properties: { sku: { type: 'string' } } } },
};

const chunksOf = async (keys: Partial<OpenAI.ChatCompletionCreateParamsStreaming> = {}) => {
  const chunks: ChatCompletionChunk[] = [];
  const stream = await client().chat.completions.create({ ...asking(), ...keys, stream: true });
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};

const textOf = (chunks: readonly ChatCompletionChunk[]): string =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

const rejection = async (promise: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
};

/** Value of a line of /metrics. */
const metric = async (line: string): Promise<number> => {
  const text = await (await fetch(`${mocks.adminUrl}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.slice(line.length) ?? Number.NaN,
  );
};
const requests = (outcome: string): Promise<number> =>
  metric(`peakproof_partner_requests_total{partner="brain",outcome="${outcome}"}`);

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
    const chunks = await chunksOf({ max_tokens: 2 });
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
    const chunks = await chunksOf();
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
    const chunks = await chunksOf({ stream_options: { include_usage: true } });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 5, completion_tokens: 12, total_tokens: 17 },
    });
    expect((await chunksOf()).every((chunk) => !('usage' in chunk))).toBe(true);
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
    expect(await metric('peakproof_partner_latency_requested_seconds_sum{partner="brain"}')).toBeCloseTo(
      0.2,
      6,
    );
  });

  test('depends on the key of a request and not on the order of arrival', async () => {
    mocks = await runMocks({ partners: [llm({ latency: { median: '5ms', sigma: 0.5 } })] });
    const drawnSec = async (user: string): Promise<number> => {
      const sum = 'peakproof_partner_latency_requested_seconds_sum{partner="brain"}';
      const before = await metric(sum);
      await client().chat.completions.create({ ...asking(), user });
      return (await metric(sum)) - before;
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
    const chunks = await chunksOf({ tools: [TOOL], user: 'anna' });
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

describe('a limit', () => {
  test('of requests is a RateLimitError with the headers of OpenAI', async () => {
    mocks = await runMocks({ partners: [llm({ limits: { requests: '2/min', tokens: '6k/min' } })] });
    const first = await client().chat.completions.create(asking()).withResponse();
    expect(first.response.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(first.response.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect(first.response.headers.get('x-ratelimit-reset-requests')).toBe('30s');
    expect(first.response.headers.get('x-ratelimit-limit-tokens')).toBe('6000');
    expect(first.response.headers.get('x-ratelimit-remaining-tokens')).toBe('5983');
    expect(first.response.headers.get('x-ratelimit-reset-tokens')).toBe('170ms');
    await client().chat.completions.create(asking());
    const error = await rejection(client().chat.completions.create(asking()));
    if (!(error instanceof RateLimitError)) throw error;
    expect(error).toMatchObject({ status: 429, type: 'requests', code: 'rate_limit_exceeded', param: null });
    expect(error.message).toMatch(
      /^429 Rate limit reached for gpt-4o-mini on requests per min \(RPM\): Limit 2, Used 2, Requested 1\. Please try again in [\d.]+s\.$/,
    );
    expect(error.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    const waitMs = Number(error.headers.get('retry-after-ms'));
    expect(waitMs).toBeGreaterThan(20_000);
    expect(waitMs).toBeLessThanOrEqual(30_000);
    expect(error.headers.get('retry-after')).toBe(String(Math.ceil(waitMs / 1_000)));
    expect(error.requestID).toMatch(/^req_brain-\d+$/);
  });

  /** 598 of 600 tokens: the client's text and one token of answer. */
  const LARGE = 'abcd'.repeat(597);
  const TOKENS = { answer: 'Yes.', limits: { tokens: '600/min' } };

  test('of tokens heals after the time that it names, by the retries of the client', async () => {
    mocks = await runMocks({ partners: [llm(TOKENS)] });
    await client().chat.completions.create(asking(LARGE));
    // Eight tokens lack, at 10/s: the client's own 0.5 s would be too short, so it must have read the header.
    const answer = await client({ maxRetries: 1 }).chat.completions.create(asking('abcd'.repeat(9)));
    expect(answer.choices[0]?.message.content).toBe('Yes.');
    expect([await requests('rate-limited'), await requests('answered')]).toEqual([1, 2]);
  });

  test('of tokens takes nothing from a request that is too large for it, ever', async () => {
    mocks = await runMocks({ partners: [llm(TOKENS)] });
    const error = await rejection(client().chat.completions.create(asking('abcd'.repeat(600))));
    if (!(error instanceof RateLimitError)) throw error;
    expect(error).toMatchObject({ type: 'tokens', code: 'rate_limit_exceeded' });
    expect(error.message).toContain('Request too large for gpt-4o-mini');
    expect(error.headers.get('retry-after-ms')).toBeNull();
    await client().chat.completions.create(asking(LARGE));
  });

  test('is not used up by canaries, though they meet it', async () => {
    mocks = await runMocks({ partners: [llm({ limits: { requests: '1/min' } })] });
    const canary = () => client().chat.completions.create({ ...asking(), user: 'canary-1' });
    await canary();
    await canary();
    await client().chat.completions.create(asking(), { headers: { 'x-request-id': 'order-1' } });
    expect(await rejection(canary())).toBeInstanceOf(RateLimitError);
    await mocks.reset({});
    await canary();
  });
});

const fault = {
  error: (keys: object = {}) => ({
    id: 'f',
    ...FAULT_KINDS.error.schema.parse({ kind: 'error', ...when, ...keys }),
  }),
  hang: () => ({ id: 'f', ...FAULT_KINDS.hang.schema.parse({ kind: 'hang', ...when }) }),
  truncate: () => ({ id: 'f', ...FAULT_KINDS.truncate.schema.parse({ kind: 'truncate', ...when }) }),
  malformed: () => ({ id: 'f', ...FAULT_KINDS.malformed.schema.parse({ kind: 'malformed', ...when }) }),
  reset: () => ({ id: 'f', ...FAULT_KINDS.reset.schema.parse({ kind: 'reset', ...when }) }),
  rateLimit: () => ({
    id: 'f',
    ...FAULT_KINDS['rate-limit'].schema.parse({ kind: 'rate-limit', ...when, limit: '1/min' }),
  }),
  wrongAnswer: (keys: object = {}) => ({
    id: 'f',
    ...FAULT_KINDS['wrong-answer'].schema.parse({ kind: 'wrong-answer', ...when, ...keys }),
  }),
};

describe('a fault', () => {
  test('of 500 makes one failing call of the app three calls of the partner', async () => {
    await runFaulty([fault.error()]);
    const error = await rejection(client({ maxRetries: 2 }).chat.completions.create(asking()));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 500, type: 'server_error', code: 'injected_error' });
    mocks.stopTimeline();
    expect(mocks.ledger()).toContainEqual(expect.objectContaining({ type: 'fault-tally', seen: 3, hit: 3 }));
  });

  test('that hangs is a timeout to the client', async () => {
    await runFaulty([fault.hang()]);
    const error = await rejection(client({ timeout: 150 }).chat.completions.create(asking()));
    expect(error).toBeInstanceOf(APIConnectionTimeoutError);
  });

  test('that cuts a stream lets the client read half and then fails', async () => {
    await runFaulty([fault.truncate()]);
    const texts: string[] = [];
    const stream = await client().chat.completions.create({ ...asking(), stream: true });
    const error = await rejection(
      (async () => {
        for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content ?? '');
      })(),
    );
    expect(ANSWER.startsWith(texts.join(''))).toBe(true);
    expect(texts.length).toBeGreaterThan(3);
    expect(error).not.toBeInstanceOf(APIError);
    expect(error).toMatchObject({ name: 'TypeError', message: 'terminated' });
    expect(error).toHaveProperty('cause.code', 'UND_ERR_SOCKET');
  });

  test('that cuts or garbles a whole answer is no APIError, and the client does not retry it', async () => {
    await runFaulty([fault.truncate()]);
    const cut = await rejection(client({ maxRetries: 2 }).chat.completions.create(asking()));
    expect(cut).toMatchObject({ name: 'TypeError', message: 'terminated' });
    expect(await requests('answered')).toBe(1);
    await mocks.close();
    await runFaulty([fault.malformed()]);
    const garbled = await rejection(client({ maxRetries: 2 }).chat.completions.create(asking()));
    expect(garbled).toMatchObject({ name: 'SyntaxError' });
    expect(await requests('answered')).toBe(1);
  });

  test('that resets the connection is retried and then an APIConnectionError', async () => {
    await runFaulty([fault.reset()]);
    const error = await rejection(client({ maxRetries: 1 }).chat.completions.create(asking()));
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).toHaveProperty('cause.cause.code', 'ECONNRESET');
    expect(await requests('lost')).toBe(2);
  });

  test('of a rate limit speaks the format of OpenAI', async () => {
    await runFaulty([fault.rateLimit()]);
    await client().chat.completions.create(asking());
    const error = await rejection(client().chat.completions.create(asking()));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ type: 'requests', code: 'rate_limit_exceeded' });
  });

  test('of a wrong answer is an apology in words, as a stream too, and no tool call', async () => {
    await runFaulty([fault.wrongAnswer()], { tool: { name: 'place_order' } });
    const whole = await client().chat.completions.create({ ...asking(), tools: [TOOL] });
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'stop' });
    expect(whole.choices[0]?.message.content).toContain('so sorry');
    expect(whole.choices[0]?.message.tool_calls).toBeUndefined();
    const chunks = await chunksOf({ tools: [TOOL] });
    expect(textOf(chunks)).toBe(whole.choices[0]?.message.content);
    expect(await requests('wrong-answer')).toBe(2);
  });

  test('of a wrong answer with a body of its own is that body, even to a stream', async () => {
    await runFaulty([fault.wrongAnswer({ body: { choices: [] } })]);
    const raw = await call(`${mocks.url('brain')}/v1/chat/completions`, { ...asking(), stream: true });
    expect([raw.status, raw.body]).toEqual([200, { choices: [] }]);
  });
});

describe('a request', () => {
  test('with a wrong key is an AuthenticationError that uses nothing up', async () => {
    mocks = await runMocks({ partners: [llm({ apiKey: 'sk-mock', limits: { requests: '1/min' } })] });
    const error = await rejection(client().chat.completions.create(asking()));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
    expect(await rejection(client().models.list())).toBeInstanceOf(AuthenticationError);
    await client({ apiKey: 'sk-mock' }).chat.completions.create(asking());
  });

  test.each([
    ['no messages', { model: 'm', messages: [] }, 'messages'],
    ['no model', { messages: asking().messages }, 'model'],
    ['an unknown role', { model: 'm', messages: [{ role: 'boss', content: 'hi' }] }, 'messages[0].role'],
    ['a stream that is no boolean', { ...asking(), stream: 'yes' }, 'stream'],
    [
      'usage of a stream without one',
      { ...asking(), stream_options: { include_usage: true } },
      'stream_options',
    ],
    ['no tokens to answer with', { ...asking(), max_tokens: 0 }, 'max_tokens'],
    ['half a surrogate as user and no messages', { model: 'm', user: '\ud800' }, 'messages'],
    ['a list as body', [], null],
    ['bad JSON', '{"model":', null],
    ['no body', '', null],
  ])('with %s is a bad request', async (_what, body, param) => {
    mocks = await runMocks({ partners: [llm()] });
    const raw = await call(`${mocks.url('brain')}/v1/chat/completions`, body);
    expect(raw.status).toBe(400);
    expect(raw.body).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param, code: null },
    });
    await client().chat.completions.create(asking());
  });

  test('that is bad is a BadRequestError to the client', async () => {
    mocks = await runMocks({ partners: [llm()] });
    const error = await rejection(client().chat.completions.create({ ...asking(), messages: [] }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ param: 'messages', type: 'invalid_request_error' });
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
