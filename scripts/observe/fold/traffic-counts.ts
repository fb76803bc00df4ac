import { REPEATS, type Repeat } from '../../../k6/contract.ts';
import type { StepTimeline } from '../timeline.ts';

type Traffic = StepTimeline['traffic'][number];
/** Repeats of requests that the target itself asked for. */
const INVITED: readonly Repeat[] = ['retry-after', 'ticket'];

/** Requests to the target by journey and the second of the sample that told of them. */
export class TrafficCounts {
  readonly #byJourney = new Map<
    string,
    Map<number, { -readonly [Field in keyof Traffic]: Traffic[Field] }>
  >();
  readonly #repeats = new Map<string, Map<Repeat, number>>();

  addRequests(at: number, journey: string, count: number): void {
    this.#at(at, journey).requests += count;
  }

  addRepeats(at: number, { journey, why }: { journey: string; why: Repeat }, count: number): void {
    const second = this.#at(at, journey);
    second.repeats += count;
    if (INVITED.includes(why)) second.invited += count;
    const own = this.#repeats.get(journey) ?? new Map<Repeat, number>();
    this.#repeats.set(journey, own.set(why, (own.get(why) ?? 0) + count));
  }

  /** Ascending. */
  get seconds(): Traffic[] {
    return [...this.#byJourney.values()]
      .flatMap((seconds) => [...seconds.values()].map((second) => ({ ...second })))
      .sort((a, b) => a.second - b.second);
  }

  get repeats(): StepTimeline['repeats'] {
    return [...this.#repeats].flatMap(([journey, own]) =>
      REPEATS.flatMap((why) => {
        const count = own.get(why) ?? 0;
        return count === 0 ? [] : [{ journey, why, count }];
      }),
    );
  }

  #at(at: number, journey: string): { requests: number; repeats: number; invited: number } {
    const second = Math.floor(at / 1_000);
    const own = this.#byJourney.get(journey) ?? new Map();
    this.#byJourney.set(journey, own);
    const known = own.get(second) ?? { journey, second, requests: 0, repeats: 0, invited: 0 };
    own.set(second, known);
    return known;
  }
}
