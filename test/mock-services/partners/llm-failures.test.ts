import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import { FAULT_KINDS, type FaultSpec } from '../../../mock-services/registry.ts';
import {
  ANSWER,
  asking,
  chunksOf,
  clientOf,
  llm,
  requestsOf,
  TOOL,
  textOf,
} from '../../support/mocks/llm.ts';
import { call, runMocks } from '../../support/mocks/mock-config.ts';

let mocks: Awaited<ReturnType<typeof runMocks>>;
afterEach(() => mocks.close());

const client = (options: Parameters<typeof clientOf>[1] = {}) => clientOf(mocks, options);
const requests = (outcome: string) => requestsOf(mocks, outcome);

const rejection = async (promise: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
};

/** Faults in force from now on. */
const runFaulty = async (faults: FaultSpec[], keys: Record<string, unknown> = {}): Promise<void> => {
  mocks = await runMocks({ partners: [llm(keys)], faults });
  mocks.startTimeline(Date.now());
  for (const { id } of faults) await mocks.event((event) => event.type === 'fault-on' && event.fault === id);
};

const when = { partner: 'brain', at: '0', for: '1h' };

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
    const headers = { 'x-request-id': 'trace-1' };
    const canary = () => client().chat.completions.create({ ...asking(), user: 'canary-1' }, { headers });
    expect((await canary()).id).toBe('chatcmpl-canary-1.1');
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
    const chunks = await chunksOf(client(), { tools: [TOOL] });
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
