import { z } from 'zod';
import { amount, ratePerSec } from '../../scripts/core/quantities.ts';
import { APOLOGY } from '../core/apology.ts';
import {
  type Keyed,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerRoute,
  partnerKeys,
} from '../partner.ts';
import { badRequest, failed, refused, succeeded } from '../telegram/answers.ts';
import { BotApi } from '../telegram/bot-api.ts';
import { fieldsOf, integerField, readFields } from '../telegram/fields.ts';

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

type TelegramSpec = z.output<typeof schema>;

class Telegram implements PartnerBehaviour {
  readonly routes: readonly PartnerRoute[];
  readonly readBody = readFields;
  readonly refuse = refused;
  readonly #token: string;
  readonly #bot: BotApi;

  constructor({ token, username, limit, chatLimit, chatBurst }: TelegramSpec) {
    this.#token = token;
    this.#bot = new BotApi({
      token,
      username,
      limitPerSec: limit,
      chatLimitPerSec: chatLimit,
      chatBurst,
    });
    this.routes = [...this.#shopperRoutes(), ...this.#botRoutes()];
  }

  keyOf({ body, query }: Keyed): string | null {
    const fields = fieldsOf(body, query);
    return fields && this.#bot.keyOf(fields);
  }

  gauges() {
    return { queueLength: this.#bot.updates.pending };
  }

  reset(): void {
    this.#bot.reset();
  }

  apologise(): PartnerAnswer {
    return succeeded(this.#bot.messages.message(APOLOGY), 'wrong-answer');
  }

  close(): void {
    this.#bot.close();
  }

  /** What a load script calls in place of the shoppers' phones. */
  #shopperRoutes(): PartnerRoute[] {
    return [
      {
        method: 'POST',
        path: '/peakproof/updates',
        act: ({ body }) => this.#bot.updates.handIn(body),
        exempt: true,
      },
      // By POST with the call that came in the body of a webhook's acknowledgement.
      {
        method: '*',
        path: '/peakproof/chats/:id/messages',
        act: (request) => this.#read(request),
        exempt: true,
      },
      { method: 'GET', path: '/peakproof/bot', act: () => this.#tellReady(), exempt: true },
    ];
  }

  #botRoutes(): PartnerRoute[] {
    const ofMethod = (name: string): PartnerRoute => ({
      method: '*',
      path: `/bot:token/${name}`,
      act: (request) => this.#call(name, request),
    });
    return [
      ...this.#bot.names.map(ofMethod),
      // Another spelling of a method, or one that is not known.
      {
        method: '*',
        path: '/bot:token/:method',
        act: (request) => this.#call(request.params['method'] ?? '', request),
      },
      { method: '*', path: '/*', act: () => failed(404, 'Not Found') },
    ];
  }

  #call(name: string, { params, body, query }: PartnerCall): PartnerAnswer | Promise<PartnerAnswer> {
    if (params['token'] !== this.#token) return failed(401, 'Unauthorized', 'unauthorized');
    const method = this.#bot.method(name);
    if (!method) return failed(404, 'Not Found: method not found', 'unknown-method');
    const fields = fieldsOf(body, query);
    return fields ? method(fields) : badRequest("can't parse the body");
  }

  #read({ params, query, body }: PartnerCall): Promise<PartnerAnswer> {
    if (body !== undefined) this.#bot.callBackWith(body);
    const asked = new Map<string, unknown>(new URLSearchParams(query));
    const withinMs = Math.max(0, Math.min(MAX_READ_MS, integerField(asked, 'withinMs', 0)));
    return this.#bot.read(params['id'] ?? '', integerField(asked, 'after', 0), withinMs);
  }

  #tellReady(): PartnerAnswer {
    return { status: 200, body: { ready: this.#bot.isListening }, outcome: 'info' };
  }
}

export const telegramPartner = {
  schema,
  open: (spec: TelegramSpec): PartnerBehaviour => new Telegram(spec),
};
