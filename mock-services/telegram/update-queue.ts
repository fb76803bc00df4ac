import type { PartnerAnswer } from '../partner.ts';
import { badRequest, failed } from './answers.ts';
import type { PendingUpdate } from './update.ts';

const MAX_PENDING = 100_000;
/** Of all that wait together. */
const MAX_CHARACTERS = 100_000_000;
const MAX_BATCH = 100;

interface Waiter {
  /** `conflict` = refused with this reason; otherwise it looks for updates. */
  end: (conflict?: string) => void;
}

/** Updates that the bot has not confirmed, in order of their ids, and the poller that waits for them. */
export class UpdateQueue {
  readonly #pending = new Map<number, PendingUpdate>();
  readonly #delivered: (update: PendingUpdate) => void;
  #waiter: Waiter | null = null;
  #characters = 0;

  /** @param delivered is told of each update that is given to a poller */
  constructor(delivered: (update: PendingUpdate) => void) {
    this.#delivered = delivered;
  }

  get size(): number {
    return this.#pending.size;
  }

  all(): readonly PendingUpdate[] {
    return [...this.#pending.values()];
  }

  /** @returns false when there are too many. */
  add(update: PendingUpdate): boolean {
    if (this.#pending.size >= MAX_PENDING || this.#characters >= MAX_CHARACTERS) return false;
    this.#pending.set(update.id, update);
    this.#characters += update.json.length;
    this.#waiter?.end();
    return true;
  }

  remove(id: number): void {
    this.#characters -= this.#pending.get(id)?.json.length ?? 0;
    this.#pending.delete(id);
  }

  clear(): void {
    this.#pending.clear();
    this.#characters = 0;
  }

  /** `getUpdates`: what is there, or what comes within `timeoutMs`. A newer poll ends an older one's wait with 409. */
  poll(offset: number, limit: number, timeoutMs: number): PartnerAnswer | Promise<PartnerAnswer> {
    if (limit < 1 || limit > MAX_BATCH) return badRequest('limit must be from 1 to 100');
    this.#confirm(offset);
    this.endPoll('terminated by other getUpdates request; make sure that only one bot instance is running');
    const batch = this.#batch(limit);
    if (batch.length > 0 || timeoutMs <= 0) return given(batch);
    const beganAtMs = performance.now();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        end: (conflict) => {
          clearTimeout(timer);
          this.#waiter = null;
          const answer = conflict === undefined ? given(this.#batch(limit)) : conflicting(conflict);
          resolve({ ...answer, waitedMs: performance.now() - beganAtMs });
        },
      };
      const timer = setTimeout(() => waiter.end(), timeoutMs);
      this.#waiter = waiter;
    });
  }

  endPoll(conflict: string): void {
    this.#waiter?.end(conflict);
  }

  #confirm(offset: number): void {
    const gone = offset < 0 ? this.#pending.size + offset : Number.POSITIVE_INFINITY;
    let number = 0;
    for (const id of this.#pending.keys()) {
      if (number++ >= gone || (offset >= 0 && id >= offset)) return;
      this.remove(id);
    }
  }

  #batch(limit: number): string[] {
    const nowMs = performance.now();
    const batch: string[] = [];
    for (const update of this.#pending.values()) {
      if (update.expiresAtMs < nowMs) {
        this.remove(update.id);
        continue;
      }
      if (batch.length === limit) break;
      this.#delivered(update);
      batch.push(update.json);
    }
    return batch;
  }
}

const given = (batch: readonly string[]): PartnerAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: `{"ok":true,"result":[${batch.join(',')}]}`,
  outcome: batch.length > 0 ? 'updates' : 'no-updates',
});

export const conflicting = (why: string): PartnerAnswer => failed(409, `Conflict: ${why}`, 'conflict');
