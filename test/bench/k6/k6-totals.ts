import type { BadKind, Outcome } from '../../../k6/contract.ts';
import { SERIES, SLOT_MODULUS } from '../../../k6/contract.ts';
import type { HistogramState } from '../../../scripts/observe/observation.ts';
import { addHistograms } from '../../../scripts/observe/wire/histogram.ts';

// What k6 would push each second of a launch: the totals of the series that have changed since the push before.

export interface Fate {
  outcome: Outcome;
  kind?: BadKind;
  first: 'good' | 'bad';
  at: number;
  /** From the start of a turn to its end. */
  endsAfterMs: number;
  /** Share of the turns. */
  ratio: number;
}

export interface LaunchLoad {
  /** Turns of each journey that start in a second, counted from the start of the load. */
  journeys: readonly { journey: string; perSec: (second: number) => number }[];
  /** What becomes of the turns that start in a second; shares sum to 1. Every fate has at least one turn. */
  fatesAt: (second: number) => readonly Fate[];
  lengthSec: number;
  /** Epoch second. */
  startSec: number;
}

export interface PushedTotal {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Epoch ms. */
  at: number;
  value: number | HistogramState;
}

/** Pushes come this long after each whole second. */
const PUSH_OFFSET_MS = 350;
const INSTANCE = { instance: 'step0-0' };
const REQUESTS = ['GET /menu', 'POST /cart', 'POST /orders'];

interface Running {
  journey: string;
  second: number;
  fate: Fate;
  count: number;
  ended: number;
}

export class K6Totals {
  readonly #load: LaunchLoad;
  readonly #totals = new Map<string, PushedTotal & { value: number }>();
  readonly #changed = new Map<string, PushedTotal>();
  readonly #durations = new Map<string, HistogramState>();
  #running: Running[] = [];

  constructor(load: LaunchLoad) {
    this.#load = load;
  }

  /** Pushes there are until every turn has ended. */
  get pushes(): number {
    return this.#load.lengthSec + 35;
  }

  /** The push that follows the end of a second; they must be asked for in order, from 0. */
  push(second: number): { at: number; series: readonly PushedTotal[] } {
    const at = (this.#load.startSec + second + 1) * 1_000 + PUSH_OFFSET_MS;
    this.#changed.clear();
    for (const { journey, perSec } of this.#load.journeys) {
      if (second === 0) this.#decide(journey, 0, perSec(0));
      const already = second === 0 ? 0 : begunEarly(perSec(second));
      this.#start(journey, second, perSec(second) - already, at);
      this.#start(journey, second + 1, begunEarly(perSec(second + 1)), at);
      this.#decide(journey, second + 1, perSec(second + 1));
    }
    this.#end(at);
    const busy = this.#running.reduce((sum, { count, ended }) => sum + count - ended, 0);
    return {
      at,
      series: [
        ...this.#changed.values(),
        { name: SERIES.vusBusy, labels: INSTANCE, at: at - 400, value: busy },
        { name: SERIES.vusMax, labels: INSTANCE, at: at - 400, value: 60_000 },
      ],
    };
  }

  #start(journey: string, second: number, count: number, at: number): void {
    if (second >= this.#load.lengthSec) return;
    this.#add(
      SERIES.turnsStarted,
      { ...INSTANCE, scenario: journey, slot: this.#slot(second) },
      at - 5,
      count,
    );
  }

  /** Shares out the turns of a second among its fates. */
  #decide(journey: string, second: number, planned: number): void {
    if (second >= this.#load.lengthSec) return;
    let left = planned;
    const fates = this.#load.fatesAt(second);
    for (const [index, fate] of fates.entries()) {
      const share = Math.max(1, Math.round(planned * fate.ratio));
      const count = index === fates.length - 1 ? left : Math.min(left, share);
      left -= count;
      if (count > 0) this.#running.push({ journey, second, fate, count, ended: 0 });
    }
  }

  #end(at: number): void {
    for (const one of this.#running) {
      const { fate, journey, second, count } = one;
      const sinceMs = at - (this.#load.startSec + second) * 1_000 - fate.endsAfterMs;
      const ended = Math.floor(count * Math.min(1, Math.max(0, sinceMs / 1_000)));
      const more = ended - one.ended;
      one.ended = ended;
      if (more === 0) continue;
      const own = {
        ...INSTANCE,
        scenario: journey,
        ...(fate.outcome === 'good' ? {} : { outcome: fate.outcome }),
        ...(fate.kind ? { kind: fate.kind } : {}),
      };
      const placed = {
        ...own,
        slot: this.#slot(second),
        ...(fate.outcome === 'good' ? {} : { at: String(fate.at) }),
        ...(fate.outcome === 'good' && fate.first === 'bad' ? { first: 'bad' } : {}),
      };
      this.#add(SERIES.turnsEnded, placed, at - 7, more);
      const turns = this.#add(SERIES.turnDuration, own, at - 7, more);
      const key = keyOf(SERIES.turnDuration, own);
      // No second is like the one before: up to 15 % slower or faster.
      const typicalSec =
        (fate.outcome === 'bad' ? 3 : 0.1) * (1 + 0.15 * Math.sin(second * 12.9898 + 78.233));
      const value = withMore(this.#durations.get(key) ?? NO_TURNS, histogramOf(more, typicalSec));
      this.#durations.set(key, value);
      this.#changed.set(key, { ...turns, value });
      this.#addRequests(journey, fate, at, more);
    }
    this.#running = this.#running.filter(({ count, ended }) => ended < count);
  }

  #addRequests(journey: string, fate: Fate, at: number, count: number): void {
    for (const [index, name] of REQUESTS.entries()) {
      if (index > fate.at) return;
      const failed = fate.outcome === 'bad' && index === fate.at;
      const labels = {
        ...INSTANCE,
        scenario: journey,
        name,
        method: name.slice(0, name.indexOf(' ')),
        status: failed ? '500' : '200',
        expected_response: String(!failed),
      };
      this.#add(SERIES.requests, labels, at - 7, count);
    }
  }

  #slot(second: number): string {
    return String((this.#load.startSec + second) % SLOT_MODULUS);
  }

  #add(
    name: string,
    labels: Record<string, string>,
    at: number,
    count: number,
  ): PushedTotal & { value: number } {
    const key = keyOf(name, labels);
    const total = { name, labels, at, value: (this.#totals.get(key)?.value ?? 0) + count };
    this.#totals.set(key, total);
    if (count > 0) this.#changed.set(key, total);
    return total;
  }
}

const NO_TURNS: HistogramState = { count: 0, sum: 0, schema: 3, zeroCount: 0, buckets: [] };

function withMore(before: HistogramState, more: HistogramState): HistogramState {
  const sum = addHistograms(before, more);
  return { ...sum, sum: Math.round(sum.sum * 1e6) / 1e6 };
}

const begunEarly = (planned: number): number => Math.floor((planned * PUSH_OFFSET_MS) / 1_000);

export function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name} ${Object.values(labels).join(' ')}`;
}

/** Durations spread over 40 buckets around a typical one, as far as their number reaches. */
export function histogramOf(count: number, typicalSec: number): HistogramState {
  const middle = Math.round(8 * Math.log2(Math.max(typicalSec, 0.001)));
  const buckets: number[] = [];
  let left = count;
  for (let offset = -20; offset < 20; offset++) {
    const inBucket = Math.floor(count * 0.133 * Math.exp(-(offset ** 2) / 18));
    if (inBucket === 0) continue;
    left -= inBucket;
    buckets.push(middle + offset, inBucket);
  }
  if (left > 0) buckets.push(middle + 20, left);
  return { count, sum: count * typicalSec, schema: 3, zeroCount: 0, buckets };
}
