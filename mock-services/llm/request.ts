import { z } from 'zod';
import { isCanary } from '../../scripts/core/canary.ts';
import { keyField, type PartnerCall, valueAt } from '../partner.ts';

// What a client asks of the model, in OpenAI's format; keys that change nothing here are let through unread.

/** OpenAI's own rule of thumb for English text. */
const CHARACTERS_A_TOKEN = 4;
const MAX_KEY_LENGTH = 512;

const part = z.looseObject({ text: z.string().optional() });
const tokenLimit = z.int().min(1).nullish();

export const chatBody = z
  .object({
    model: z.string().min(1).max(256),
    messages: z
      .array(
        z.object({
          role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
          content: z.union([z.string(), z.array(part)]).nullish(),
        }),
      )
      .min(1),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
    tools: z.array(z.object({ function: z.object({ name: z.string() }).optional() })).nullish(),
    tool_choice: z.unknown().optional(),
    max_tokens: tokenLimit,
    max_completion_tokens: tokenLimit,
  })
  .refine(({ stream, stream_options: options }) => !options || stream === true, {
    path: ['stream_options'],
    message: "only allowed when 'stream' is enabled",
  });

export type ChatRequest = z.output<typeof chatBody>;

/** A text as it would come out token by token. Counted in code points, so that no emoji is cut in two. */
export function tokensOf(text: string): string[] {
  const characters = [...text];
  return Array.from({ length: Math.ceil(characters.length / CHARACTERS_A_TOKEN) }, (_, index) =>
    characters.slice(index * CHARACTERS_A_TOKEN, (index + 1) * CHARACTERS_A_TOKEN).join(''),
  );
}

/** Text of the messages only: images, tools and formats are not counted. */
export function promptTokens({ messages }: ChatRequest): number {
  let characters = 0;
  for (const { content } of messages) {
    if (typeof content === 'string') characters += content.length;
    else for (const { text } of content ?? []) characters += text?.length ?? 0;
  }
  return Math.ceil(characters / CHARACTERS_A_TOKEN);
}

/** Whether the model may call this tool now: it is offered, and no result of a call is waiting to be read. */
export function mayCall({ tools, tool_choice: choice, messages }: ChatRequest, tool: string): boolean {
  const offered = tools?.some((one) => one.function?.name === tool) ?? false;
  return offered && choice !== 'none' && messages.at(-1)?.role !== 'tool';
}

/**
 * The name that the client gave, and the number of messages so far: each turn of a conversation is a request of its
 * own, and a retry is the same one. A prober's name goes before all others.
 */
export function chatKey({ body, headers }: Pick<PartnerCall, 'body' | 'headers'>): string | null {
  const names = [
    headerName(headers['idempotency-key']),
    headerName(headers['x-request-id']),
    keyField(valueAt(body, 'metadata'), 'orderKey'),
    keyField(body, 'safety_identifier'),
    keyField(body, 'user'),
  ].filter((name) => name !== null);
  const name = names.find((one) => isCanary(one)) ?? names[0];
  if (name === undefined) return null;
  const messages = valueAt(body, 'messages');
  return Array.isArray(messages) ? `${name}.${messages.length}` : name;
}

function headerName(value: string | string[] | undefined): string | null {
  return typeof value === 'string' && value !== '' && value.length <= MAX_KEY_LENGTH ? value : null;
}
