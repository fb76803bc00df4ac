import type { PartnerAnswer } from '../partner.ts';
import { badRequest, failed, succeeded } from './answers.ts';
import type { Chats } from './chats.ts';
import { type Fields, integerField, jsonField, textField, truthField } from './fields.ts';
import type { Queries } from './queries.ts';
import { type PendingUpdate, readUpdate } from './update.ts';
import { conflicting, UpdateQueue } from './update-queue.ts';
import { WebhookSender, type WebhookSettings, webhookUrlProblem } from './webhook.ts';

const MAX_POLL_SEC = 50;
const SECRET_TOKEN = /^[\w-]{1,256}$/;

interface Parts {
  chats: Chats;
  queries: Queries;
  /** Makes a call that came in the body of an acknowledgement. */
  callBack: (method: string, fields: Fields) => void;
}

/** The way of updates to the bot: to its webhook, or to whoever polls. */
export class BotUpdates {
  readonly #parts: Parts;
  readonly #queue: UpdateQueue;
  #sender: WebhookSender | null = null;
  /** Kinds that the bot asked for; null = all. */
  #allowed: ReadonlySet<string> | null = null;
  /** Goes on after a reset: a bot takes no update with a lower id than it has seen. */
  #lastId = 0;
  /** A bot has polled. */
  #asked = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#queue = new UpdateQueue((update) => this.#delivering(update));
  }

  get isAsked(): boolean {
    return this.#asked || this.#sender !== null;
  }

  get pending(): number {
    return this.#queue.size;
  }

  /** An update from the test's side. */
  handIn(body: unknown): PartnerAnswer {
    const update = readUpdate(body, this.#lastId + 1, performance.now());
    if (!update)
      return badRequest('an Update with one of message, callback_query, … and its chat is expected');
    const { chats, queries } = this.#parts;
    const chat = chats.meet(update.chat);
    chat.canary ||= update.canary;
    chat.lastMessageId = Math.max(chat.lastMessageId, update.messageId);
    if (this.#allowed && !this.#allowed.has(update.kind)) return accepted(null, 'not-asked-for');
    if (update.queryId !== null) queries.asked(update.queryId, update.chat);
    const via = this.#sender ? 'webhook' : 'polling';
    if (!this.#queue.add(update)) return failed(503, 'too many updates wait for the bot');
    this.#lastId = update.id;
    this.#sender?.push(update);
    return accepted(update.id, via);
  }

  getUpdates(fields: Fields): PartnerAnswer | Promise<PartnerAnswer> {
    if (this.#sender) {
      return conflicting(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    }
    this.#asked = true;
    this.#allow(fields);
    const timeoutSec = Math.min(MAX_POLL_SEC, integerField(fields, 'timeout', 0));
    return this.#queue.poll(
      integerField(fields, 'offset', 0),
      integerField(fields, 'limit', 100),
      timeoutSec * 1_000,
    );
  }

  setWebhook(fields: Fields): PartnerAnswer {
    const url = textField(fields, 'url');
    if (url === '') return this.deleteWebhook(fields);
    const problem = webhookUrlProblem(url);
    if (problem !== null) return badRequest(problem);
    const secretToken = textField(fields, 'secret_token');
    if (secretToken !== '' && !SECRET_TOKEN.test(secretToken)) {
      return badRequest('secret token contains unallowed characters');
    }
    this.#allow(fields);
    if (truthField(fields, 'drop_pending_updates')) this.#queue.clear();
    this.#queue.endPoll('terminated by setWebhook request');
    const maxConnections = Math.min(100, Math.max(1, integerField(fields, 'max_connections', 40)));
    this.#sendTo({ url, secretToken: secretToken || null, maxConnections });
    return {
      ...succeeded(true, 'webhook'),
      body: { ok: true, result: true, description: 'Webhook was set' },
    };
  }

  deleteWebhook(fields: Fields): PartnerAnswer {
    if (truthField(fields, 'drop_pending_updates')) this.#queue.clear();
    const description = this.#sender ? 'Webhook was deleted' : 'Webhook is already deleted';
    this.#sender?.stop();
    this.#sender = null;
    return { ...succeeded(true, 'webhook'), body: { ok: true, result: true, description } };
  }

  getWebhookInfo(): PartnerAnswer {
    const { settings, lastError = null } = this.#sender ?? {};
    return succeeded(
      {
        url: settings?.url ?? '',
        has_custom_certificate: false,
        pending_update_count: this.#queue.size,
        ...(settings ? { max_connections: settings.maxConnections } : {}),
        ...(lastError
          ? { last_error_date: Math.floor(lastError.at / 1_000), last_error_message: lastError.message }
          : {}),
        ...(this.#allowed ? { allowed_updates: [...this.#allowed] } : {}),
      },
      'info',
    );
  }

  /** Forgets what is on its way; the webhook stays, for the bot is still there. */
  reset(): void {
    this.#queue.clear();
    if (this.#sender) this.#sendTo(this.#sender.settings);
  }

  close(): void {
    this.#sender?.stop();
    this.#queue.endPoll('the mock ends');
  }

  #sendTo(settings: WebhookSettings): void {
    this.#sender?.stop();
    this.#sender = new WebhookSender(settings, {
      delivering: (update) => this.#delivering(update),
      delivered: (update, reply) => {
        this.#queue.remove(update.id);
        const fields: Fields = new Map(reply ? Object.entries(reply) : []);
        this.#parts.callBack(textField(fields, 'method'), fields);
      },
      expired: ({ id }) => this.#queue.remove(id),
    });
    for (const update of this.#queue.all()) this.#sender.push(update);
  }

  #delivering({ queryId }: PendingUpdate): void {
    if (queryId !== null) this.#parts.queries.delivered(queryId, performance.now());
  }

  /** Without `allowed_updates` the last ones stay; an empty list stands for all. */
  #allow(fields: Fields): void {
    const kinds = jsonField(fields, 'allowed_updates');
    if (Array.isArray(kinds)) this.#allowed = kinds.length > 0 ? new Set(kinds.filter(isText)) : null;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** @param via how the bot gets it; `not-asked-for` = never, its `allowed_updates` leave it out. */
function accepted(updateId: number | null, via: 'webhook' | 'polling' | 'not-asked-for'): PartnerAnswer {
  return succeeded({ update_id: updateId, via }, 'accepted');
}
