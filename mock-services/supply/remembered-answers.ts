import type { PartnerAnswer } from '../partner.ts';

/** Over 90 s of 1,000 requests/s. */
const MOST_ANSWERS = 100_000;
const MOST_BYTES = 64_000_000;

/** Answers by the request that they were given to; the oldest go first, by number and by size. */
export class RememberedAnswers {
  readonly #answers = new Map<string, { answer: PartnerAnswer; bytes: number }>();
  #bytes = 0;

  get(request: string): PartnerAnswer | undefined {
    return this.#answers.get(request)?.answer;
  }

  /** @param bytes that the answer holds of its own. */
  add(request: string, answer: PartnerAnswer, bytes: number): void {
    this.#answers.set(request, { answer, bytes });
    this.#bytes += bytes;
    for (const [oldest, held] of this.#answers) {
      if (this.#answers.size <= MOST_ANSWERS && this.#bytes <= MOST_BYTES) return;
      this.#answers.delete(oldest);
      this.#bytes -= held.bytes;
    }
  }

  clear(): void {
    this.#answers.clear();
    this.#bytes = 0;
  }
}
