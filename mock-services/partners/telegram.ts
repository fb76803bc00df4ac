import { z } from 'zod';
import { amount, ratePerSec } from '../../scripts/core/quantities.ts';
import {
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerRoute,
  partnerKeys,
} from '../partner.ts';
import { badRequest, failed, refused, succeeded } from '../telegram/answers.ts';
import { BotApi } from '../telegram/bot-api.ts';
import { fieldsOf, integerField, readFields } from '../telegram/fields.ts';

const APOLOGY = 'We are so sorry! Everybody wants one today. Please come back a little later.';
/** Longest wait of a shopper for the bot. */
const MAX_READ_MS = 60_000;

const schema = z.strictObject({
  kind: z.literal('telegram'),
  ...partnerKeys,
  /** Of the bot, as its API calls have it in their path. */
  token: z
    .string()
    .regex(/^\d{1,15}:[\w-]{1,100}$/, 'a bot token such as 1000001:peakproof-mock')
    .default('1000001:peakproof-mock'),
  /** Of the bot, as getMe tells it: 5 to 32 letters, digits or _. */
  username: z
    .string()
    .regex(/^\w{5,32}$/, 'a user name of 5 to 32 letters, digits or _')
    .default('peakproof_bot'),
  /** New messages to one chat, per second; null = any number. */
  chatLimit: ratePerSec({ min: 0.001 }).nullable().default(1),
  /** So many at once to a chat after a pause, 1 to 1,000. */
  chatBurst: amount({ min: 1, max: 1_000, integer: true }).default(3),
  /** New messages to all chats together, per second, with a burst of one second's worth; null = any number. */
  limit: ratePerSec({ min: 0.001 }).nullable().default(30),
});

export const telegramPartner = {
  schema,
  open(spec: z.output<typeof schema>): PartnerBehaviour {
    const { token, username } = spec;
    const bot = new BotApi({
      token,
      username,
      limitPerSec: spec.limit,
      chatLimitPerSec: spec.chatLimit,
      chatBurst: spec.chatBurst,
    });

    const call = (name: string, { params, body, query }: PartnerCall) => {
      if (params['token'] !== token) return failed(401, 'Unauthorized', 'unauthorized');
      const method = bot.method(name);
      if (!method) return failed(404, 'Not Found: method not found', 'unknown-method');
      const fields = fieldsOf(body, query);
      return fields ? method(fields) : badRequest("can't parse the body");
    };

    const ofMethod = (name: string): PartnerRoute => ({
      method: '*',
      path: `/bot:token/${name}`,
      act: (request) => call(name, request),
    });

    const read = ({ params, query, body }: PartnerCall): Promise<PartnerAnswer> => {
      if (body !== undefined) bot.callBackWith(body);
      const asked = new Map<string, unknown>(new URLSearchParams(query));
      const withinMs = Math.max(0, Math.min(MAX_READ_MS, integerField(asked, 'withinMs', 0)));
      return bot.read(params['id'] ?? '', integerField(asked, 'after', 0), withinMs);
    };

    const ready = (): PartnerAnswer => ({ status: 200, body: { ready: bot.isListening }, outcome: 'info' });

    return {
      routes: [
        {
          method: 'POST',
          path: '/peakproof/updates',
          act: ({ body }) => bot.updates.handIn(body),
          exempt: true,
        },
        // By POST with the call that came in the body of a webhook's acknowledgement.
        { method: '*', path: '/peakproof/chats/:id/messages', act: read, exempt: true },
        { method: 'GET', path: '/peakproof/bot', act: ready, exempt: true },
        ...bot.names.map(ofMethod),
        // Another spelling of a method, or one that is not known.
        {
          method: '*',
          path: '/bot:token/:method',
          act: (request) => call(request.params['method'] ?? '', request),
        },
        { method: '*', path: '/*', act: () => failed(404, 'Not Found') },
      ],
      keyOf: ({ body, query }) => {
        const fields = fieldsOf(body, query);
        return fields && bot.keyOf(fields);
      },
      readBody: readFields,
      gauges: () => ({ queueLength: bot.updates.pending }),
      reset: () => bot.reset(),
      refuse: refused,
      apologise: () => succeeded(bot.messages.message(APOLOGY), 'wrong-answer'),
      close: () => bot.close(),
    };
  },
};
