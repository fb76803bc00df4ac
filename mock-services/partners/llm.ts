import { z } from 'zod';
import { amount, ratePerSec } from '../../scripts/core/quantities.ts';
import { type Completion, calling, completionOf, saying, sayingAtMost } from '../llm/completion.ts';
import { badRequest, NOT_JSON, overLimit, refuse, WRONG_KEY } from '../llm/errors.ts';
import { Limits } from '../llm/limits.ts';
import { type ChatRequest, chatBody, chatKey, mayCall, promptTokens } from '../llm/request.ts';
import {
  granted,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
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

const APOLOGY = saying(
  'I am so sorry, but I cannot help with that right now. Please try again a little later.',
);
const MODELS_CREATED_SEC = 1_700_000_000;

export const llmPartner = {
  schema,
  open(spec: z.output<typeof schema>, { name }: PartnerContext): PartnerBehaviour {
    const { answer, tool, apiKey, tokensPerSec } = spec;
    const limits = new Limits(spec.limits ?? { requests: null, tokens: null });
    const said = saying(answer);
    const args = JSON.stringify(tool?.arguments ?? {});
    let unnamed = 0;

    const idOf = ({ key }: PartnerCall): string => key?.replace(/[^\w.-]/g, '_') ?? `${name}-${++unnamed}`;

    const completionFor = (id: string, request: ChatRequest): Completion => ({
      id: `chatcmpl-${id}`,
      created: Math.floor(Date.now() / 1_000),
      model: request.model,
      promptTokens: promptTokens(request),
      stream: request.stream === true,
      includeUsage: request.stream_options?.include_usage === true,
      tokensPerSec,
    });

    const utteranceFor = (id: string, request: ChatRequest) => {
      if (tool && mayCall(request, tool.name)) return calling(tool.name, args, `call_${id}`);
      const most = request.max_completion_tokens ?? request.max_tokens ?? said.tokens;
      return most < said.tokens ? sayingAtMost(answer, most) : said;
    };

    const decide = (id: string, { body, canary }: PartnerCall): PartnerAnswer => {
      if (body === undefined) return NOT_JSON;
      const parsed = chatBody.safeParse(body);
      if (!parsed.success) return badRequest(parsed.error);
      const utterance = utteranceFor(id, parsed.data);
      const completion = completionFor(id, parsed.data);
      const over = limits.admit(completion.promptTokens + utterance.tokens, !canary, performance.now());
      const decided = over ? overLimit(completion.model, over) : completionOf(utterance, completion);
      return { ...decided, headers: { ...decided.headers, ...limits.headers() } };
    };

    const known = (act: (id: string, call: PartnerCall) => PartnerAnswer) => (call: PartnerCall) => {
      const id = idOf(call);
      const isKnown = apiKey === null || call.headers.authorization === `Bearer ${apiKey}`;
      const decided = isKnown ? act(id, call) : WRONG_KEY;
      return { ...decided, headers: { ...decided.headers, 'x-request-id': `req_${id}` } };
    };

    const listed = spec.models.map((id) => ({
      id,
      object: 'model',
      created: MODELS_CREATED_SEC,
      owned_by: 'peakproof',
    }));
    const chat = known(decide);
    const models = known(() => granted(200, 'models', { object: 'list', data: listed }));
    return {
      routes: ['/v1', ''].flatMap((base) => [
        { method: 'POST', path: `${base}/chat/completions`, act: chat },
        { method: 'GET', path: `${base}/models`, act: models },
      ]),
      keyOf: chatKey,
      takesAnyBody: true,
      refuse,
      apologise: (call) => {
        const parsed = chatBody.safeParse(call.body);
        if (!parsed.success) return granted(200, 'wrong-answer', { object: 'list', data: [] });
        return completionOf(APOLOGY, completionFor(idOf(call), parsed.data));
      },
      reset: () => {
        unnamed = 0;
        limits.reset();
      },
    };
  },
};
