import { z } from 'zod';
import { amount, ratePerSec } from '../../scripts/core/quantities.ts';
import {
  type Completion,
  calling,
  completionOf,
  saying,
  sayingAtMost,
  type Utterance,
} from '../llm/completion.ts';
import { badRequest, NOT_JSON, overLimit, refuse, WRONG_KEY } from '../llm/errors.ts';
import { Limits } from '../llm/limits.ts';
import { type ChatRequest, chatBody, chatKey, mayCall, promptTokens } from '../llm/request.ts';
import {
  granted,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
  type PartnerRoute,
  partnerKeys,
} from '../partner.ts';

/** An event for each token is made when a stream begins: about 100 kB for the longest answer. */
const MAX_ANSWER_LENGTH = 4_000;

const perMinute = () => ratePerSec({ min: 0.001 }).nullable().default(null);

const schema = z.strictObject({
  kind: z.literal('llm'),
  ...partnerKeys,
  /** Tokens that come out per second once the first one has, 0.1 to 100k. */
  tokensPerSec: amount({ min: 0.1, max: 100_000 }).default(80),
  /** What the model says, 1 to 4,000 characters. */
  answer: z
    .string()
    .min(1)
    .max(MAX_ANSWER_LENGTH)
    .default('Sure! One iced latte for pick-up in ten minutes. Anything else?'),
  /** What it calls instead whenever a request offers a tool of this name and has no tool result last; null = nothing. */
  tool: z
    .strictObject({
      name: z.string().regex(/^[\w-]{1,64}$/, 'a tool name of 1 to 64 letters, digits, _ or -'),
      /** Sent as JSON, up to 4,000 characters of it. */
      arguments: z
        .record(z.string(), z.unknown())
        .refine(
          (value) => JSON.stringify(value).length <= MAX_ANSWER_LENGTH,
          'at most 4,000 characters of JSON',
        )
        .default({}),
    })
    .nullable()
    .default(null),
  /** More than these is answered 429; a minute's worth at once after a pause. null = no limit. */
  limits: z.strictObject({ requests: perMinute(), tokens: perMinute() }).nullable().default(null),
  /** What clients must send as bearer token; null = anything or nothing. Not a real key. */
  apiKey: z.string().min(1).max(256).nullable().default(null),
  /** What the list of models names; a request may name any other. */
  models: z.array(z.string().min(1).max(256)).min(1).max(100).default(['gpt-4o-mini']),
});

type LlmSpec = z.output<typeof schema>;

const APOLOGY = saying(
  'I am so sorry, but I cannot help with that right now. Please try again a little later.',
);
const MODELS_CREATED_SEC = 1_700_000_000;

class LanguageModel implements PartnerBehaviour {
  readonly routes: readonly PartnerRoute[] = ['/v1', ''].flatMap((base) => [
    { method: 'POST', path: `${base}/chat/completions`, act: (call) => this.#chat(call) },
    { method: 'GET', path: `${base}/models`, act: (call) => this.#listModels(call) },
  ]);
  readonly keyOf = chatKey;
  readonly takesAnyBody = true;
  readonly refuse = refuse;
  readonly #spec: LlmSpec;
  readonly #name: string;
  readonly #limits: Limits;
  readonly #said: Utterance;
  /** Of its tool, as JSON. */
  readonly #args: string;
  readonly #models: object;
  #unnamed = 0;

  constructor(spec: LlmSpec, { name }: PartnerContext) {
    this.#spec = spec;
    this.#name = name;
    this.#limits = new Limits(spec.limits ?? { requests: null, tokens: null });
    this.#said = saying(spec.answer);
    this.#args = JSON.stringify(spec.tool?.arguments ?? {});
    this.#models = { object: 'list', data: spec.models.map(shownModel) };
  }

  reset(): void {
    this.#unnamed = 0;
    this.#limits.reset();
  }

  apologise(call: PartnerCall): PartnerAnswer {
    const parsed = chatBody.safeParse(call.body);
    if (!parsed.success) return granted(200, 'wrong-answer', { object: 'list', data: [] });
    return completionOf(APOLOGY, this.#completionFor(this.#idOf(call), parsed.data));
  }

  #chat(call: PartnerCall): PartnerAnswer {
    const id = this.#idOf(call);
    return withId(id, this.#knows(call) ? this.#complete(id, call) : WRONG_KEY);
  }

  #listModels(call: PartnerCall): PartnerAnswer {
    const id = this.#idOf(call);
    return withId(id, this.#knows(call) ? granted(200, 'models', this.#models) : WRONG_KEY);
  }

  #complete(id: string, { body, canary }: PartnerCall): PartnerAnswer {
    if (body === undefined) return NOT_JSON;
    const parsed = chatBody.safeParse(body);
    if (!parsed.success) return badRequest(parsed.error);
    const utterance = this.#utteranceFor(id, parsed.data);
    const completion = this.#completionFor(id, parsed.data);
    const tokens = completion.promptTokens + utterance.tokens;
    const over = this.#limits.admit(tokens, !canary, performance.now());
    const decided = over ? overLimit(completion.model, over) : completionOf(utterance, completion);
    return { ...decided, headers: { ...decided.headers, ...this.#limits.headers() } };
  }

  #utteranceFor(id: string, request: ChatRequest): Utterance {
    const { tool, answer } = this.#spec;
    if (tool && mayCall(request, tool.name)) return calling(tool.name, this.#args, `call_${id}`);
    const most = request.max_completion_tokens ?? request.max_tokens ?? this.#said.tokens;
    return most < this.#said.tokens ? sayingAtMost(answer, most) : this.#said;
  }

  #completionFor(id: string, request: ChatRequest): Completion {
    return {
      id: `chatcmpl-${id}`,
      created: Math.floor(Date.now() / 1_000),
      model: request.model,
      promptTokens: promptTokens(request),
      stream: request.stream === true,
      includeUsage: request.stream_options?.include_usage === true,
      tokensPerSec: this.#spec.tokensPerSec,
    };
  }

  #idOf({ key }: PartnerCall): string {
    return key?.replace(/[^\w.-]/g, '_') ?? `${this.#name}-${++this.#unnamed}`;
  }

  #knows({ headers }: PartnerCall): boolean {
    const { apiKey } = this.#spec;
    return apiKey === null || headers.authorization === `Bearer ${apiKey}`;
  }
}

const shownModel = (id: string) => ({
  id,
  object: 'model',
  created: MODELS_CREATED_SEC,
  owned_by: 'peakproof',
});

function withId(id: string, answer: PartnerAnswer): PartnerAnswer {
  return { ...answer, headers: { ...answer.headers, 'x-request-id': `req_${id}` } };
}

export const llmPartner = {
  schema,
  open: (spec: LlmSpec, context: PartnerContext): PartnerBehaviour => new LanguageModel(spec, context),
};
