import { STATUS_CODES } from 'node:http';
import { Agent, request } from 'undici';
import { isLocalUrl } from '../core/local-address.ts';
import { MAX_BODY_BYTES } from '../http/http-limits.ts';
import { readFields } from './fields.ts';
import type { PendingUpdate } from './update.ts';

/** Without an answer for so long, an update counts as not delivered. */
const ANSWER_WITHIN_MS = 60_000;
const MAX_RETRY_DELAY_MS = 60_000;
const MAX_RETRY_AFTER_SEC = 3_600;

export interface WebhookSettings {
  url: string;
  secretToken: string | null;
  maxConnections: number;
}

interface WebhookEvents {
  /** An update leaves, for the first time or again. */
  delivering: (update: PendingUpdate) => void;
  /** The bot has acknowledged it; `reply` are the fields of a body that may be a call. */
  delivered: (update: PendingUpdate, reply: object | null) => void;
  expired: (update: PendingUpdate) => void;
}

/** How long after its n-th failure in a row an update is sent again: at once, then 2, 4, 8 s … or as the bot said. */
export function retryDelayMs(failures: number, retryAfterSec: number | null): number {
  if (retryAfterSec !== null && retryAfterSec > 0)
    return Math.min(retryAfterSec, MAX_RETRY_AFTER_SEC) * 1_000;
  return failures <= 1 ? 0 : Math.min(MAX_RETRY_DELAY_MS, 2 ** (failures - 1) * 1_000);
}

/** Why the mock does not call this address; null = it does. Only this machine: no stranger gets invented updates. */
export function webhookUrlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'bad webhook: invalid webhook URL specified';
  const { protocol, hostname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:')
    return 'bad webhook: an HTTP or HTTPS URL must be provided';
  return isLocalUrl(text) ? null : `bad webhook: this mock calls only this machine, not ${hostname}`;
}

interface Lane {
  updates: PendingUpdate[];
  failures: number;
}

interface Delivered {
  ok: boolean;
  reply: object | null;
  retryAfterSec: number | null;
}

/** Sends updates to the bot's webhook: of each chat one at a time, the next when the bot has acknowledged it. */
export class WebhookSender {
  readonly settings: WebhookSettings;
  lastError: { at: number; message: string } | null = null;
  readonly #events: WebhookEvents;
  readonly #agent: Agent;
  readonly #headers: Record<string, string>;
  readonly #lanes = new Map<string, Lane>();
  /** Chats whose next update may leave, in order. */
  readonly #ready = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #outstanding = 0;
  #stopped = false;

  constructor(settings: WebhookSettings, events: WebhookEvents) {
    this.settings = settings;
    this.#events = events;
    this.#agent = new Agent({
      headersTimeout: ANSWER_WITHIN_MS,
      bodyTimeout: ANSWER_WITHIN_MS,
      // A bot on this machine has a certificate of its own making.
      connect: { rejectUnauthorized: false },
    });
    this.#headers = {
      'content-type': 'application/json',
      ...(settings.secretToken === null ? {} : { 'x-telegram-bot-api-secret-token': settings.secretToken }),
    };
  }

  push(update: PendingUpdate): void {
    const lane = this.#lanes.get(update.chat);
    if (lane) {
      lane.updates.push(update);
      return;
    }
    this.#lanes.set(update.chat, { updates: [update], failures: 0 });
    this.#ready.add(update.chat);
    this.#pump();
  }

  /** What is outstanding is given up. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    void this.#agent.destroy().catch(() => {});
  }

  #pump(): void {
    for (const chat of this.#ready) {
      if (this.#stopped || this.#outstanding >= this.settings.maxConnections) return;
      this.#ready.delete(chat);
      const lane = this.#lanes.get(chat);
      const update = lane && this.#nextOf(lane);
      if (lane && update) void this.#deliver(chat, lane, update);
      else this.#lanes.delete(chat);
    }
  }

  #nextOf({ updates }: Lane): PendingUpdate | undefined {
    const nowMs = performance.now();
    for (let [next] = updates; next && next.expiresAtMs < nowMs; [next] = updates) {
      updates.shift();
      this.#events.expired(next);
    }
    return updates[0];
  }

  async #deliver(chat: string, lane: Lane, update: PendingUpdate): Promise<void> {
    this.#outstanding++;
    this.#events.delivering(update);
    const { ok, reply, retryAfterSec } = await this.#send(update);
    this.#outstanding--;
    if (this.#stopped) return;
    if (ok) {
      lane.updates.shift();
      lane.failures = 0;
      this.#events.delivered(update, reply);
    } else lane.failures++;
    const waitMs = ok ? 0 : retryDelayMs(lane.failures, retryAfterSec);
    if (waitMs === 0) this.#ready.add(chat);
    else this.#later(chat, waitMs);
    this.#pump();
  }

  #later(chat: string, waitMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#ready.add(chat);
      this.#pump();
    }, waitMs);
    this.#timers.add(timer);
  }

  async #send(update: PendingUpdate): Promise<Delivered> {
    try {
      const { statusCode, headers, body } = await request(this.settings.url, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: this.#headers,
        body: update.json,
      });
      const text = await limitedText(body);
      if (statusCode >= 200 && statusCode < 300) {
        return { ok: true, reply: replyOf(text, headers['content-type']), retryAfterSec: null };
      }
      this.#failed(`Wrong response from the webhook: ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim());
      const retryAfter = headers['retry-after'];
      const inSec =
        typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
      return { ok: false, reply: null, retryAfterSec: inSec };
    } catch (error) {
      this.#failed(error instanceof Error ? error.message || error.name : String(error));
      return { ok: false, reply: null, retryAfterSec: null };
    }
  }

  #failed(message: string): void {
    this.lastError = { at: Date.now(), message };
  }
}

async function limitedText(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The webhook answered with too large a body');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Fields of a body that may be a call; an acknowledgement in any other form is none. */
function replyOf(body: Buffer, contentType: string | string[] = ''): object | null {
  if (body.length === 0) return null;
  const fields = readFields(body, String(contentType));
  return typeof fields === 'object' ? fields : null;
}
