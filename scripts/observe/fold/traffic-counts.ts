import { REPEATS, type Repeat } from '../../../k6/contract.ts';
import type { StepTimeline } from '../timeline.ts';

type Traffic = StepTimeline['traffic'][number];
/** Repeats of requests that the target itself asked for. */
const INVITED: readonly Repeat[] = ['retry-after', 'ticket'];

/** Requests to the target by the second of the sample that told of them; at most one entry a push. */
export class TrafficCounts {
  readonly #seconds = new Map<number, { -readonly [Field in keyof Traffic]: Traffic[Field] }>();
  readonly #repeats = new Map<string, Map<Repeat, number>>();

  addRequests(at: number, count: number): void {
    this.#at(at).requests += count;
  }

  addRepeats(at: number, { journey, why }: { journey: string; why: Repeat }, count: number): void {
    const second = this.#at(at);
    second.repeats += count;
    if (INVITED.includes(why)) second.invited += count;
    const own = this.#repeats.get(journey) ?? new Map<Repeat, number>();
    this.#repeats.set(journey, own.set(why, (own.get(why) ?? 0) + count));
  }

  /** Ascending. */
  get seconds(): Traffic[] {
    return [...this.#seconds.values()].map((second) => ({ ...second })).sort((a, b) => a.second - b.second);
  }

  get repeats(): StepTimeline['repeats'] {
    return [...this.#repeats].flatMap(([journey, own]) =>
      REPEATS.flatMap((why) => {
        const count = own.get(why) ?? 0;
        return count === 0 ? [] : [{ journey, why, count }];
      }),
    );
  }

  #at(at: number): { requests: number; repeats: number; invited: number } {
    const second = Math.floor(at / 1_000);
    const known = this.#seconds.get(second) ?? { second, requests: 0, repeats: 0, invited: 0 };
    this.#seconds.set(second, known);
    return known;
  }
}
