import { codeColumns } from '../../contract/columns.ts';
import { COUNT_COLUMNS, type CountColumn, type EventSeries } from '../../contract/series.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import { wasAnswered } from '../shoppers/latency.ts';
import type { Canary } from '../slices/prober.ts';
import type { SliceIndex } from '../time/slice-index.ts';
import type { BadTurn, EventCounts } from '../turns/event-counts.ts';
import { droppedOf } from '../turns/event-counts.ts';
import type { StepEvents } from '../turns/events.ts';
import { endedColumns, wasGood } from './ended-percentiles.ts';

/** What happened in a step, before it is cut into slices. */
export interface Happened {
  step: Pick<StepTimeline, 'traffic' | 'durations'>;
  events: Pick<StepEvents, 'byJourney'>;
  /** Planned orders by journey and epoch second. */
  planned: ReadonlyMap<string, ReadonlyMap<number, number>>;
  canaries: readonly Canary[];
}

/** Columns that hardly differ from another one: nearly every order that is planned starts, and nearly every turn is good. */
const LIKE: Readonly<Partial<Record<CountColumn, CountColumn>>> = {
  started: 'planned',
  turns: 'started',
  good: 'turns',
  confirmed: 'good',
  firstBad: 'bad',
  endedGood: 'endedAnswered',
};
const LIKE_ANSWERED = {
  endedGoodP50Ms: 'endedAnsweredP50Ms',
  endedGoodP95Ms: 'endedAnsweredP95Ms',
  endedGoodP99Ms: 'endedAnsweredP99Ms',
} as const;

const FROM_COUNTS: Partial<Record<CountColumn, (counts: EventCounts) => number>> = {
  started: ({ ordersStarted }) => ordersStarted,
  dropped: droppedOf,
  turns: ({ started }) => started,
  good: ({ good }) => good,
  bad: ({ bad }) => bad,
  firstBad: ({ firstBad }) => firstBad,
  confirmed: ({ confirmed }) => confirmed,
  late: ({ late }) => late,
  soldOut: ({ soldOut }) => soldOut,
  closed: ({ closed }) => closed,
  byTicket: ({ byTicket }) => byTicket,
  byRetryAfter: ({ byRetryAfter }) => byRetryAfter,
};
const COUNTED = Object.entries(FROM_COUNTS) as [CountColumn, (counts: EventCounts) => number][];

/** Of one journey, or of all with null. */
export function eventColumns(
  { step, events, planned, canaries }: Happened,
  journey: string | null,
  indexOf: SliceIndex,
  length: number,
): EventSeries {
  const sums = new Sums(indexOf, length);
  const isOne = (one: { journey: string }): boolean => journey === null || one.journey === journey;
  const secondsOf = <Value>(byJourney: ReadonlyMap<string, ReadonlyMap<number, Value>>) =>
    [...byJourney].flatMap(([name, seconds]) => (isOne({ journey: name }) ? [seconds] : []));
  for (const seconds of secondsOf(planned)) {
    for (const [second, count] of seconds) sums.add('planned', second, count);
  }
  for (const seconds of secondsOf(events.byJourney)) {
    for (const [second, counts] of seconds) sums.addCounts(second, counts);
  }
  for (const one of step.traffic) {
    if (!isOne(one)) continue;
    sums.add('endedRequests', one.second, one.requests);
    sums.add('endedRepeats', one.second, one.repeats);
  }
  for (const one of canaries) {
    if (isOne(one)) sums.add(one.failed ? 'canariesBad' : 'canariesGood', one.scheduledAt / 1_000, 1);
  }
  const durations = step.durations.filter(isOne);
  const answered = endedColumns(durations.filter(wasAnswered), indexOf, length);
  const good = endedColumns(durations.filter(wasGood), indexOf, length);
  const columns = {
    ...sums.columns,
    endedAnswered: answered.counts,
    endedGood: good.counts,
    endedAnsweredP50Ms: answered.p50,
    endedAnsweredP95Ms: answered.p95,
    endedAnsweredP99Ms: answered.p99,
    endedGoodP50Ms: good.p50,
    endedGoodP95Ms: good.p95,
    endedGoodP99Ms: good.p99,
  };
  const outside = { ...sums.outside, endedAnswered: answered.outside, endedGood: good.outside };
  return {
    ...codeColumns(columns, { ...LIKE, ...LIKE_ANSWERED }),
    badKinds: codeColumns(Object.fromEntries([...sums.badKinds].sort(([a], [b]) => (a < b ? -1 : 1)))),
    outside: Object.fromEntries(Object.entries(outside).filter(([, count]) => count !== 0)),
  };
}

type CountColumns = Record<CountColumn, number[]>;

class Sums {
  readonly columns: CountColumns;
  readonly outside: Record<string, number> = {};
  readonly badKinds = new Map<BadTurn, number[]>();
  readonly #indexOf: SliceIndex;
  readonly #length: number;

  constructor(indexOf: SliceIndex, length: number) {
    this.#indexOf = indexOf;
    this.#length = length;
    const names = Object.keys(COUNT_COLUMNS) as CountColumn[];
    this.columns = Object.fromEntries(names.map((name) => [name, this.#zeros()])) as CountColumns;
  }

  /** @param second epoch; may be within one */
  add(name: CountColumn, second: number, count: number): void {
    this.#addAt(name, this.#indexOf(second * 1_000), count);
  }

  addCounts(second: number, counts: EventCounts): void {
    const index = this.#indexOf(second * 1_000);
    for (const [name, of] of COUNTED) {
      const count = of(counts);
      if (count !== 0) this.#addAt(name, index, count);
    }
    for (const [kind, count] of counts.kinds) {
      if (index === -1) {
        this.#addOutside(`bad ${kind}`, count);
        continue;
      }
      const column = this.badKinds.get(kind) ?? this.#zeros();
      this.badKinds.set(kind, column);
      column[index] = (column[index] ?? 0) + count;
    }
  }

  #addAt(name: CountColumn, index: number, count: number): void {
    if (index === -1) this.#addOutside(name, count);
    else this.columns[name][index] = (this.columns[name][index] ?? 0) + count;
  }

  #addOutside(name: string, count: number): void {
    this.outside[name] = (this.outside[name] ?? 0) + count;
  }

  #zeros = (): number[] => Array<number>(this.#length).fill(0);
}
