import type { PartnerAnswer } from '../partner.ts';
import { tokensOf } from './request.ts';

// What the model says, whole or as a stream of server-sent events.

/** Made once for a text that is said again and again: a stream then only puts its own head before each tail. */
export interface Utterance {
  message: Readonly<Record<string, unknown>>;
  /** Events of a stream without their head, and how many tokens have come out before each. */
  tails: readonly { tokensBefore: number; tail: string }[];
  tokens: number;
}

export interface Completion {
  id: string;
  /** Epoch seconds. */
  created: number;
  model: string;
  promptTokens: number;
  stream: boolean;
  /** Whether the stream ends with an event about usage. */
  includeUsage: boolean;
  tokensPerSec: number;
}

type FinishReason = 'stop' | 'length' | 'tool_calls';

export function saying(text: string): Utterance {
  return sayingTokens(tokensOf(text), 'stop');
}

/** The beginning of what it says, as when the client has set a maximum. */
export function sayingAtMost(text: string, maxTokens: number): Utterance {
  const tokens = tokensOf(text);
  return sayingTokens(tokens.slice(0, maxTokens), tokens.length > maxTokens ? 'length' : 'stop');
}

function sayingTokens(tokens: readonly string[], finishReason: FinishReason): Utterance {
  return {
    message: choice({ role: 'assistant', content: tokens.join(''), refusal: null }, finishReason),
    tails: [
      delta(0, { role: 'assistant', content: '', refusal: null }),
      ...tokens.map((content, index) => delta(index, { content })),
      delta(tokens.length, {}, finishReason),
    ],
    tokens: tokens.length,
  };
}

/** @param args JSON, as the model would have written it. */
export function calling(name: string, args: string, callId: string): Utterance {
  const named = tokensOf(name).length;
  const fragments = tokensOf(args);
  const call = { id: callId, type: 'function', function: { name, arguments: args } };
  const opening = { index: 0, ...call, function: { name, arguments: '' } };
  const tokens = named + fragments.length;
  return {
    message: choice({ role: 'assistant', content: null, refusal: null, tool_calls: [call] }, 'tool_calls'),
    tails: [
      delta(0, { role: 'assistant', content: null, refusal: null }),
      delta(0, { tool_calls: [opening] }),
      ...fragments.map((fragment, index) =>
        delta(named + index, { tool_calls: [{ index: 0, function: { arguments: fragment } }] }),
      ),
      delta(tokens, {}, 'tool_calls'),
    ],
    tokens,
  };
}

function choice(message: object, finishReason: FinishReason) {
  return { index: 0, message, logprobs: null, finish_reason: finishReason };
}

function delta(tokensBefore: number, content: object, finishReason: FinishReason | null = null) {
  const choices = [{ index: 0, delta: content, logprobs: null, finish_reason: finishReason }];
  return { tokensBefore, tail: `,"choices":${JSON.stringify(choices)}}\n\n` };
}

/** Either way the last token has come out `tokens / tokensPerSec` after the latency. */
export function completionOf(utterance: Utterance, completion: Completion): PartnerAnswer {
  const { id, created, model, promptTokens, stream, tokensPerSec } = completion;
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: utterance.tokens,
    total_tokens: promptTokens + utterance.tokens,
  };
  const outcome = utterance.message['finish_reason'] === 'tool_calls' ? 'tool-called' : 'answered';
  const tokenMs = 1_000 / tokensPerSec;
  if (stream) return { status: 200, body: null, outcome, pieces: events(utterance, completion, usage) };
  const body = { id, object: 'chat.completion', created, model, choices: [utterance.message], usage };
  return { status: 200, body, outcome, takesMs: utterance.tokens * tokenMs };
}

function events({ tails, tokens }: Utterance, completion: Completion, usage: object) {
  const { id, created, model, includeUsage, tokensPerSec } = completion;
  const tokenMs = 1_000 / tokensPerSec;
  const common = { id, object: 'chat.completion.chunk', created, model };
  // With usage asked for, OpenAI names it in every event and gives it in the last one.
  const head = `data: ${JSON.stringify(includeUsage ? { ...common, usage: null } : common).slice(0, -1)}`;
  const endMs = tokens * tokenMs;
  const pieces = tails.map(({ tokensBefore, tail }) => ({
    afterMs: tokensBefore * tokenMs,
    text: head + tail,
  }));
  if (includeUsage) {
    pieces.push({ afterMs: endMs, text: `data: ${JSON.stringify({ ...common, choices: [], usage })}\n\n` });
  }
  pieces.push({ afterMs: endMs, text: 'data: [DONE]\n\n' });
  return pieces;
}
