import type { Observation } from './observation.ts';
import type { RunTimeline } from './timeline.ts';

type FaultSpan = RunTimeline['faultSpans'][number];
type StockOut = RunTimeline['stockOuts'][number];
type Of<Type extends Observation['type']> = Extract<Observation, { type: Type }>;
type FaultEvent = Of<'fault-on' | 'fault-off' | 'fault-tally'>;
type StockEvent = Of<'stock-out' | 'stock-back'>;

/** What the mocks say of faults and stock, as spans of time. */
export class MockFold {
  readonly #spans: FaultSpan[] = [];
  readonly #stockOuts: StockOut[] = [];

  addFault(event: FaultEvent): void {
    if (event.type === 'fault-on') {
      this.#spans.push({
        fault: event.fault,
        plannedOnAt: event.plannedAt,
        onAt: event.at,
        plannedOffAt: null,
        offAt: null,
        seen: 0,
        hit: 0,
        requestedMedianMs: null,
        achievedMedianMs: null,
      });
      return;
    }
    // The last tally may come long after the end, even in the next step: it names its own span.
    const index = this.#spans.findLastIndex(
      ({ fault, plannedOnAt }) =>
        fault === event.fault && (event.type === 'fault-off' || plannedOnAt === event.plannedOnAt),
    );
    const span = this.#spans[index];
    if (!span) return;
    if (event.type === 'fault-off') {
      this.#spans[index] = { ...span, plannedOffAt: event.plannedAt, offAt: event.at };
      return;
    }
    const { seen, hit, requestedMedianMs, achievedMedianMs } = event;
    this.#spans[index] = { ...span, seen, hit, requestedMedianMs, achievedMedianMs };
  }

  addStock({ type, partner, item, at }: StockEvent): void {
    const open = this.#stockOuts.findLastIndex(
      (out) => out.partner === partner && out.item === item && out.toAt === null,
    );
    const span = this.#stockOuts[open];
    if (type === 'stock-out' && !span) this.#stockOuts.push({ partner, item, fromAt: at, toAt: null });
    if (type === 'stock-back' && span) this.#stockOuts[open] = { ...span, toAt: at };
  }

  get faultSpans(): readonly FaultSpan[] {
    return this.#spans.slice();
  }

  get stockOuts(): readonly StockOut[] {
    return this.#stockOuts.slice();
  }
}
