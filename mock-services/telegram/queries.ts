import { RecentMap } from '../core/recent-map.ts';

/** Queries remembered, over 90 s of 1,000 a second. */
const REMEMBERED_QUERIES = 100_000;
/** Telegram's: after that the shopper's payment has failed. */
const PRE_CHECKOUT_MS = 10_000;

interface Query {
  chat: string;
  deliveredAtMs: number | null;
  answered: boolean;
}

/** Callback and pre-checkout queries that shoppers sent, by id. */
export class Queries {
  readonly #queries = new RecentMap<Query>(REMEMBERED_QUERIES);

  asked(id: string, chat: string): void {
    this.#queries.set(id, { chat, deliveredAtMs: null, answered: false });
  }

  /** The bot got it, for the first time or again: the first time counts. */
  delivered(id: string, nowMs: number): void {
    const query = this.#queries.get(id);
    if (query) query.deliveredAtMs ??= nowMs;
  }

  chatOf(id: string): string | null {
    return this.#find(id)?.chat ?? null;
  }

  /** @returns whether a pre-checkout query can be answered: it is known, has no answer yet and is not too old. */
  answerPreCheckout(id: string, nowMs: number): boolean {
    const query = this.#find(id);
    if (!query || query.answered) return false;
    if (query.deliveredAtMs !== null && nowMs - query.deliveredAtMs > PRE_CHECKOUT_MS) return false;
    query.answered = true;
    return true;
  }

  /** A load script sends updates to a webhook past this mock; the ids of its queries are the chat's and four digits. */
  #find(id: string): Query | undefined {
    const known = this.#queries.get(id);
    if (known || !/^[12]\d{19}$/.test(id)) return known;
    const query: Query = { chat: id.slice(0, -4), deliveredAtMs: null, answered: false };
    this.#queries.set(id, query);
    return query;
  }

  clear(): void {
    this.#queries.clear();
  }
}
