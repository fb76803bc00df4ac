import OpenAI from 'openai';
import type { ChatCompletionChunk, ChatCompletionFunctionTool } from 'openai/resources';
import { PARTNER_KINDS, type PartnerSpec } from '../../../mock-services/registry.ts';
import type { runMocks } from './mock-config.ts';

// A model named `brain`, and the real client that talks to it.

export const ANSWER = 'Two lattes ☕️ for Zoë 👩‍🚀: ready in ten minutes.';

export const llm = (keys: Record<string, unknown> = {}): PartnerSpec => ({
  name: 'brain',
  ...PARTNER_KINDS.llm.schema.parse({ kind: 'llm', answer: ANSWER, tokensPerSec: '100k', ...keys }),
});

type Mocks = Awaited<ReturnType<typeof runMocks>>;

/** Without retries, unless a test is about them. */
export const clientOf = (
  mocks: Mocks,
  options: Partial<ConstructorParameters<typeof OpenAI>[0]> = {},
): OpenAI => new OpenAI({ apiKey: 'sk-any', baseURL: `${mocks.url('brain')}/v1`, maxRetries: 0, ...options });

export const asking = (content = 'two lattes please') => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user' as const, content }],
});

export const TOOL: ChatCompletionFunctionTool = {
  type: 'function',
  function: { name: 'place_order', parameters: { type: 'object', properties: { sku: { type: 'string' } } } },
};

export async function chunksOf(
  client: OpenAI,
  keys: Partial<OpenAI.ChatCompletionCreateParamsStreaming> = {},
): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  const stream = await client.chat.completions.create({ ...asking(), ...keys, stream: true });
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

export const textOf = (chunks: readonly ChatCompletionChunk[]): string =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

/** Value of the line of /metrics that begins so. */
export async function metric(mocks: Mocks, line: string): Promise<number> {
  const text = await (await fetch(`${mocks.adminUrl}/metrics`)).text();
  const found = text.split('\n').find((one) => one.startsWith(line));
  return Number(found?.slice(line.length) ?? Number.NaN);
}

export const requestsOf = (mocks: Mocks, outcome: string): Promise<number> =>
  metric(mocks, `peakproof_partner_requests_total{partner="brain",outcome="${outcome}"}`);
