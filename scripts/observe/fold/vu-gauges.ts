import { sumBy } from '../../core/statistics.ts';
import type { StepTimeline } from '../timeline.ts';

type Gauge = 'busy' | 'allocated';
type VuSample = StepTimeline['vusSamples'][number];

/** k6's VU gauges, summed over the k6 processes of a step. */
export class VuGauges {
  readonly #newest: Record<Gauge, Map<string, { at: number; value: number }>> = {
    busy: new Map(),
    allocated: new Map(),
  };
  readonly #samples: VuSample[] = [];

  /** Both gauges of a push share one sample time, and so one entry. */
  take(instance: string, gauge: Gauge, at: number, value: number): void {
    const before = this.#newest[gauge].get(instance);
    if (before && at <= before.at) return;
    this.#newest[gauge].set(instance, { at, value });
    if (this.#samples.at(-1)?.at === at) this.#samples.pop();
    this.#samples.push({ at, busy: this.#sum('busy'), allocated: this.#sum('allocated') });
  }

  get busy(): number | null {
    return this.#sum('busy');
  }

  get samples(): readonly VuSample[] {
    return this.#samples;
  }

  #sum(gauge: Gauge): number | null {
    const values = [...this.#newest[gauge].values()];
    return values.length === 0 ? null : sumBy(values, ({ value }) => value);
  }
}
