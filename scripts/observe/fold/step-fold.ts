import type { HistogramState, ObservationOf } from '../observation.ts';
import type { DurationsPush, StepTimeline } from '../timeline.ts';
import { counterIncrement, takeHistogram } from '../wire/cumulative.ts';
import { secondOfSlot } from '../wire/slot.ts';
import { HistogramTotals } from './histogram-totals.ts';
import { LiveMeter, type LiveRates } from './live-rates.ts';
import type { SeriesMeaning, TrackedSeries } from './step-series.ts';
import { TallyColumns } from './tally-columns.ts';
import { TrafficCounts } from './traffic-counts.ts';
import type { TurnFate } from './turn-labels.ts';
import { VuGauges } from './vu-gauges.ts';

type StepPlanned = ObservationOf<'step-planned'>;
export type Growing<List> = List extends readonly (infer Item)[] ? Item[] : never;
type SlottedMeaning = Extract<SeriesMeaning, { slot: number }>;

/** How long before the start of the load a turn may claim to begin: clock steps and the late `load-started`. */
const EARLY_MS = 5_000;

/** What is known of one step so far. */
export class StepFold {
  planned: StepPlanned | null = null;
  startedAt: number | null = null;
  endedAt: number | null = null;
  how: StepTimeline['how'] = null;
  readonly firstStartAt = new Map<string, number>();
  readonly cpu: Growing<StepTimeline['cpu']> = [];
  readonly k6Log: Growing<StepTimeline['k6Log']> = [];
  readonly failedTurns: Growing<StepTimeline['failedTurns']> = [];
  readonly thresholds: Growing<StepTimeline['thresholds']> = [];
  readonly refusedPushes: Growing<StepTimeline['refusedPushes']> = [];

  readonly #started: StartedCounts = new Map();
  readonly #ordersStarted: StartedCounts = new Map();
  readonly #turns = new TallyColumns();
  readonly #dropped: Growing<StepTimeline['dropped']> = [];
  readonly #pushes: Growing<StepTimeline['pushes']> = [];
  readonly #vus = new VuGauges();
  readonly #durations = new HistogramTotals<DurationFate & { pushes: DurationsPush[] }>();
  readonly #parts = new HistogramTotals<{ journey: string; part: string }>();
  readonly #traffic = new TrafficCounts();
  /** By instance: newest sample time of the push before, and of the newest push. */
  readonly #pushTimes = new Map<string, { before: number | null; newest: number }>();
  readonly #meter = new LiveMeter();
  readonly #iterations = new Map<string, number>();
  #unplaced = 0;

  /** One push of one k6 process (null: none that is known); `newestSampleAt` null = nothing in it is read. */
  openPush(instance: string | null, at: number, newestSampleAt: number | null): void {
    this.#pushes.push({ at, instance, newestSampleAt });
    if (instance === null || newestSampleAt === null) return;
    const before = this.#pushTimes.get(instance)?.newest ?? null;
    if (before !== null && newestSampleAt <= before) return; // sent twice or out of order
    this.#pushTimes.set(instance, { before, newest: newestSampleAt });
    this.#meter.openPush(instance, before ?? newestSampleAt, newestSampleAt);
  }

  addSample(series: TrackedSeries, at: number, value: number): void {
    const { meaning, instance } = series;
    if (meaning.kind === 'vus') {
      this.#vus.take(instance, meaning.gauge, at, value);
      return;
    }
    const lastAt = series.counter.at;
    const increment = counterIncrement(series.counter, at, value);
    if (increment === 0) return;
    if (meaning.kind === 'requests') this.#traffic.addRequests(at, meaning.journey, increment);
    else if (meaning.kind === 'repeats') this.#traffic.addRepeats(at, meaning, increment);
    else if (meaning.kind === 'iterations') this.#countIterations(meaning.journey, increment);
    else if (meaning.kind === 'unreadable') this.#unplaced += increment;
    else if (meaning.kind === 'dropped') this.#addDropped(series, meaning.journey, lastAt, at, increment);
    else if (meaning.kind === 'started' || meaning.kind === 'ended')
      this.#addSlotted(instance, meaning, at, increment);
  }

  addHistogram(series: TrackedSeries, at: number, state: HistogramState): void {
    const { meaning } = series;
    if (meaning.kind !== 'duration' && meaning.kind !== 'part') return;
    const grown = takeHistogram(series.histogram, at, state);
    if (!grown) return;
    const { key, journey } = meaning;
    if (meaning.kind === 'part') {
      this.#parts.add(key, { journey, part: meaning.part }, series.histogram);
      return;
    }
    const { outcome, bad } = meaning;
    const { pushes } = this.#durations.add(
      key,
      { journey, outcome, kind: bad, pushes: [] },
      series.histogram,
    );
    if (grown.count > 0) pushes.push(durationsPush(at, grown));
  }

  live(): LiveRates | null {
    return this.#meter.rates(this.#vus.busy);
  }

  /** null while the step has not been planned. Shares nothing that changes later. */
  timeline(): StepTimeline | null {
    if (!this.planned) return null;
    const { type: _type, at: _at, ...plan } = this.planned;
    return {
      ...plan,
      startedAt: this.startedAt,
      firstStartAt: Object.fromEntries(this.firstStartAt),
      endedAt: this.endedAt,
      how: this.how,
      started: copyOf(this.#started),
      ordersStarted: copyOf(this.#ordersStarted),
      turns: this.#turns.inOrder(),
      failedTurns: this.failedTurns.slice(),
      thresholds: this.thresholds.slice(),
      dropped: this.#dropped.slice(),
      unplaced: this.#unplaced,
      vusSamples: this.#vus.samples.slice(),
      pushes: this.#pushes.slice(),
      refusedPushes: this.refusedPushes.slice(),
      durations: this.#durations.sums().map((one) => ({ ...one, pushes: one.pushes.slice() })),
      parts: this.#parts.sums(),
      traffic: this.#traffic.seconds,
      repeats: this.#traffic.repeats,
      iterations: Object.fromEntries(this.#iterations),
      cpu: this.cpu.slice(),
      k6Log: this.k6Log.slice(),
    };
  }

  #addSlotted(instance: string, meaning: SlottedMeaning, at: number, count: number): void {
    const second = secondOfSlot(meaning.slot, at);
    if (this.#beforeLoad(second)) {
      this.#unplaced += count;
    } else if (meaning.kind === 'started') {
      addStarted(this.#started, meaning.journey, second, count);
      if (meaning.beginsOrder) addStarted(this.#ordersStarted, meaning.journey, second, count);
      this.#meter.count(instance, 'started', count);
    } else {
      this.#turns.add(meaning.fate, second, count, at);
      this.#meter.count(instance, SERVED.has(meaning.fate.outcome) ? 'served' : 'errors', count);
    }
  }

  #countIterations(journey: string, count: number): void {
    this.#iterations.set(journey, (this.#iterations.get(journey) ?? 0) + count);
  }

  #beforeLoad(second: number): boolean {
    const loadFrom = this.startedAt ?? this.planned?.at ?? null;
    return loadFrom !== null && (second + 1) * 1_000 <= loadFrom - EARLY_MS;
  }

  /** Drops happened after what the push before told; a first push reaches back to the start of the load. */
  #addDropped(
    series: TrackedSeries,
    journey: string,
    lastAt: number | null,
    toAt: number,
    count: number,
  ): void {
    const before = this.#pushTimes.get(series.instance)?.before ?? this.startedAt ?? this.planned?.at ?? null;
    const fromAt = [before, lastAt].find((candidate) => candidate !== null && candidate < toAt);
    this.#dropped.push({ journey, fromAt: fromAt ?? toAt - 1, toAt, count });
    this.#meter.count(series.instance, 'dropped', count);
  }
}

/** By journey, then by epoch second. */
type StartedCounts = Map<string, Map<number, number>>;

function addStarted(counts: StartedCounts, journey: string, second: number, count: number): void {
  const perSecond = counts.get(journey) ?? new Map<number, number>();
  counts.set(journey, perSecond.set(second, (perSecond.get(second) ?? 0) + count));
}

function copyOf(counts: StartedCounts): StartedCounts {
  return new Map([...counts].map(([journey, perSecond]) => [journey, new Map(perSecond)]));
}

/** Flat, as there are very many. */
const durationsPush = (
  at: number,
  { count, sum, schema, zeroCount, buckets }: HistogramState,
): DurationsPush => ({
  at,
  count,
  sumMs: sum * 1_000,
  schema,
  zeroCount,
  buckets,
});

type DurationFate = Pick<TurnFate, 'journey' | 'outcome' | 'kind'>;
const SERVED: ReadonlySet<TurnFate['outcome']> = new Set([
  'good',
  'by-ticket',
  'by-retry-after',
  'sold-out',
  'closed',
]);
