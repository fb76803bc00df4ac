import type { ObservationOf } from '../observation.ts';
import type { FaultSpan, RunTimeline } from '../timeline.ts';

type Growing<List> = List extends readonly (infer Item)[] ? Item[] : never;
type StockOut = RunTimeline['stockOuts'][number];
type FaultEvent = ObservationOf<'fault-on' | 'fault-off' | 'fault-tally'>;
type StockEvent = ObservationOf<'stock-out' | 'stock-back'>;
type ShopEvent = ObservationOf<'shop-closed' | 'shop-open'>;
type Closure = RunTimeline['closures'][number];
type InvariantTally = RunTimeline['invariants'][number];

/** Keys of examples that are kept of each invariant. */
const EXAMPLES = 5;

interface Outage {
  fromAt: number;
  toAt: number | null;
}

/** Begins a span, or ends the one that is open; what is so already stays. Spans that were given out do not change. */
function alternate<Span extends Outage>(
  spans: Span[],
  next: Span,
  isSame: (span: Span) => boolean,
  begins: boolean,
): void {
  const open = spans.findLastIndex((span) => span.toAt === null && isSame(span));
  const span = spans[open];
  if (begins && !span) spans.push(next);
  if (!begins && span) spans[open] = { ...span, toAt: next.fromAt };
}

/** What the mocks say: faults, stock and closures as spans of time, and how invariants stood in each step. */
export class MockFold {
  readonly #spans: FaultSpan[] = [];
  readonly #stockOuts: StockOut[] = [];
  readonly #closures: Closure[] = [];
  readonly #invariants = new Map<string, InvariantTally>();
  readonly #slices: Growing<RunTimeline['partnerSlices']> = [];

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
    const out: StockOut = { partner, item, fromAt: at, toAt: null };
    const isSame = (one: StockOut): boolean => one.partner === partner && one.item === item;
    alternate(this.#stockOuts, out, isSame, type === 'stock-out');
  }

  addShop({ type, partner, shop, at }: ShopEvent): void {
    const closure: Closure = { partner, shop, fromAt: at, toAt: null };
    const isSame = (one: Closure): boolean => one.partner === partner && one.shop === shop;
    alternate(this.#closures, closure, isSame, type === 'shop-closed');
  }

  addInvariant(event: ObservationOf<'invariant-tally'>, step: number): void {
    const { partner, invariant, checked, broken } = event;
    const key = JSON.stringify([step, partner, invariant]);
    // The counts only grow in a step: fewer were told by partners that somebody had reset, which mends nothing.
    if ((this.#invariants.get(key)?.broken ?? 0) > broken) return;
    const examples = event.examples.slice(0, EXAMPLES);
    this.#invariants.set(key, { step, partner, invariant, checked, broken, examples });
  }

  addSlice({ fromAt, partners }: ObservationOf<'partners'>, step: number): void {
    this.#slices.push({ step, fromAt, partners });
  }

  get partnerSlices(): RunTimeline['partnerSlices'] {
    return this.#slices.slice();
  }

  get faultSpans(): readonly FaultSpan[] {
    return this.#spans.slice();
  }

  get stockOuts(): readonly StockOut[] {
    return this.#stockOuts.slice();
  }

  get closures(): readonly Closure[] {
    return this.#closures.slice();
  }

  get invariants(): readonly InvariantTally[] {
    return [...this.#invariants.values()];
  }
}
