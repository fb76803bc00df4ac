import { isCanaryChat } from '../../scripts/core/canary.ts';
import { sumBy } from '../../scripts/core/statistics.ts';
import type { TokenBucket } from '../../scripts/core/token-bucket.ts';
import { RecentMap } from '../core/recent-map.ts';

// What the bot did in each chat, for shoppers to read: the newest of it, within fixed memory.

const MAX_CHATS = 100_000;
const RECORDS_PER_CHAT = 50;
/** Of all records together, in characters of JSON. */
const MAX_CHARACTERS = 150_000_000;

interface ChatRecord {
  n: number;
  /** The message it is about, if any. */
  messageId: number | null;
  /** As text: smaller than objects, and its size is known. */
  json: string;
}

/** What a shopper reads of a chat. */
export interface ChatReading {
  /** JSON, ascending by `n`. */
  records: readonly string[];
  /** Records after the asked one that have been forgotten. */
  missed: number;
}

export class Chat {
  readonly id: string;
  /** Of a prober: no limits. */
  canary: boolean;
  /** Newest id of a message in this chat, the bot's or the user's. */
  lastMessageId = 0;
  /** Set where a limit for chats is kept. */
  readonly bucket: TokenBucket | null;
  #records: ChatRecord[] = [];
  #lastN = 0;
  #wake: (() => void) | null = null;

  constructor(id: string, bucket: TokenBucket | null) {
    this.id = id;
    this.canary = isCanaryChat(id);
    this.bucket = bucket;
  }

  /** @returns by how many characters all records have grown. */
  add(content: object, messageId: number | null, nowMs: number): number {
    const n = ++this.#lastN;
    const json = JSON.stringify({ n, at: nowMs, ...content });
    this.#records.push({ n, messageId, json });
    const dropped = this.#records.length > RECORDS_PER_CHAT ? this.#records.shift() : undefined;
    this.wake();
    return json.length - (dropped?.json.length ?? 0);
  }

  /** The message as it is now, as JSON; null when it has been forgotten or never was. */
  message(messageId: number): string | null {
    return this.#records.findLast((record) => record.messageId === messageId)?.json ?? null;
  }

  read(after: number): ChatReading {
    const newer = this.#records.filter(({ n }) => n > after);
    return {
      records: newer.map(({ json }) => json),
      missed: Math.max(0, this.#lastN - after - newer.length),
    };
  }

  /** Reads when there is something, at the latest after `timeoutMs`. A chat has one reader: a newer one ends the wait. */
  async waitAndRead(after: number, timeoutMs: number): Promise<ChatReading> {
    if (this.#lastN <= after && timeoutMs > 0) {
      this.wake();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.wake(), timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.read(after);
  }

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** @returns the characters that it had. */
  forgetRecords(): number {
    const characters = sumBy(this.#records, ({ json }) => json.length);
    this.#records = [];
    return characters;
  }
}

export class Chats {
  readonly #chats = new RecentMap<Chat>(MAX_CHATS);
  readonly #newBucket: () => TokenBucket | null;
  #characters = 0;

  /** @param newBucket the limit of a new chat */
  constructor(newBucket: () => TokenBucket | null) {
    this.#newBucket = newBucket;
  }

  get(id: string): Chat | undefined {
    return this.#chats.get(id);
  }

  /** The chat, new if it has not been met. */
  meet(id: string): Chat {
    const known = this.#chats.get(id);
    if (known) return known;
    const chat = new Chat(id, this.#newBucket());
    if (this.#chats.size === MAX_CHATS) this.#forgetOldest();
    this.#chats.set(id, chat);
    return chat;
  }

  record(chat: Chat, content: object, messageId: number | null): void {
    this.#characters += chat.add(content, messageId, Date.now());
    if (this.#characters <= MAX_CHARACTERS) return;
    for (const [, oldest] of this.#chats) {
      this.#characters -= oldest.forgetRecords();
      if (this.#characters <= MAX_CHARACTERS / 2) return;
    }
  }

  #forgetOldest(): void {
    for (const [id, chat] of this.#chats) {
      this.#characters -= chat.forgetRecords();
      chat.wake();
      this.#chats.delete(id);
      return;
    }
  }

  clear(): void {
    for (const [, chat] of this.#chats) chat.wake();
    this.#chats.clear();
    this.#characters = 0;
  }
}
