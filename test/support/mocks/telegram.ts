import { createServer, type RequestListener } from 'node:http';
import { closeServer, listen } from '../../../mock-services/http/http-limits.ts';
import { PARTNER_KINDS, type PartnerSpec } from '../../../mock-services/registry.ts';
import { call, type Reply } from './mock-config.ts';

export const TOKEN = '1000001:peakproof-mock';

/** The partner as a user writes it. */
export const telegram = (keys: Record<string, unknown> = {}): PartnerSpec => ({
  name: 'tg',
  ...PARTNER_KINDS.telegram.schema.parse({ kind: 'telegram', ...keys }),
});

/** A bot's own server, at any free port of this machine. */
export async function botServer(listener: RequestListener) {
  const server = createServer(listener);
  return { url: await listen(server, '127.0.0.1', 0), close: () => closeServer(server) };
}

export interface Seen {
  n: number;
  at: number;
  method: string;
  message?: {
    message_id: number;
    text?: string;
    entities?: unknown;
    reply_markup?: unknown;
    invoice?: { total_amount: number };
  };
  [field: string]: unknown;
}

/** The user of a chat: hands in updates and reads what the bot does. */
export class Shopper {
  readonly id: number;
  readonly #root: string;
  readonly #user: object;
  #after = 0;
  #seen: Seen[] = [];
  #messageId = 0;

  constructor(root: string, id: number, firstName = 'Ann') {
    this.#root = root;
    this.id = id;
    this.#user = { id, is_bot: false, first_name: firstName };
  }

  handIn(update: object): Promise<Reply> {
    return call(`${this.#root}/peakproof/updates`, update);
  }

  #message(content: object): Promise<Reply> {
    const chat = { id: this.id, type: 'private', first_name: 'Ann' };
    this.#messageId++;
    const frame = { message_id: this.#messageId, from: this.#user, chat, date: 1_700_000_000 };
    return this.handIn({ message: { ...frame, ...content } });
  }

  write(text: string): Promise<Reply> {
    const [command = ''] = /^\/\S+/.exec(text) ?? [];
    const entities = command === '' ? [] : [{ type: 'bot_command', offset: 0, length: command.length }];
    return this.#message({ text, entities });
  }

  press(data: string, { message }: Seen, id = `press-${this.id}`): Promise<Reply> {
    const shown = { chat: { id: this.id, type: 'private' }, date: 1_700_000_000, ...message };
    const instance = `chat-${this.id}`;
    return this.handIn({
      callback_query: { id, from: this.#user, message: shown, chat_instance: instance, data },
    });
  }

  checkOut(payload: string, total: number, id = `checkout-${this.id}`): Promise<Reply> {
    const amount = { currency: 'EUR', total_amount: total, invoice_payload: payload };
    return this.handIn({ pre_checkout_query: { id, from: this.#user, ...amount } });
  }

  pay(payload: string, total: number): Promise<Reply> {
    return this.#message({
      successful_payment: {
        currency: 'EUR',
        total_amount: total,
        invoice_payload: payload,
        telegram_payment_charge_id: `t-${this.id}`,
        provider_payment_charge_id: `p-${this.id}`,
      },
    });
  }

  /** The next thing the bot did with this method, whether it has been done or is to come. */
  async sees(method: string): Promise<Seen> {
    for (;;) {
      const index = this.#seen.findIndex((seen) => seen.method === method);
      const [found] = index < 0 ? [] : this.#seen.splice(index, 1);
      if (found) return found;
      await this.#read(10);
    }
  }

  /** All that it did so far and that nobody has looked at. */
  async all(): Promise<Seen[]> {
    await this.#read(0);
    return this.#seen.splice(0);
  }

  async #read(timeoutSec: number): Promise<void> {
    const path = `/peakproof/chats/${this.id}/messages?after=${this.#after}&withinMs=${1_000 * timeoutSec}`;
    const reply = await fetch(this.#root + path);
    const { messages }: { messages: Seen[] } = JSON.parse(await reply.text());
    this.#seen.push(...messages);
    this.#after = messages.at(-1)?.n ?? this.#after;
  }
}
