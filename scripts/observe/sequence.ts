import { SLICE_LENGTHS_MS } from '../core/limits.ts';
import { DAY_MS } from '../core/quantities.ts';
import type { Observation, ObservationOf } from './observation.ts';

// Whether observations can have come from one run in this order. Says what is wrong, not what it means.

export interface SequenceFinding {
  /** Of the log, from 1. */
  line: number;
  cause: string;
}

/** Every type that this version reads; the compiler holds the list complete. */
const KNOWN: Readonly<Record<Observation['type'], true>> = {
  'run-started': true,
  'step-planned': true,
  'load-started': true,
  'first-start': true,
  'step-ended': true,
  'failed-turn': true,
  confirmed: true,
  cafes: true,
  mark: true,
  threshold: true,
  series: true,
  push: true,
  'push-refused': true,
  probe: true,
  'prober-health': true,
  'fault-on': true,
  'fault-off': true,
  'fault-tally': true,
  'stock-out': true,
  'stock-back': true,
  'shop-closed': true,
  'shop-open': true,
  'invariant-tally': true,
  partners: true,
  charges: true,
  'admin-call': true,
  'mock-health': true,
  cpu: true,
  'k6-log': true,
  'clock-step': true,
  'child-died': true,
  'run-ended': true,
};

/** Looks at observations one by one, in the order of their lines. */
export class SequenceCheck {
  /** The first thing that is wrong. */
  finding: SequenceFinding | null = null;
  /** The first observation of a type that this version does not read. */
  unknown: { line: number; type: string } | null = null;
  started: ObservationOf<'run-started'> | null = null;
  #line = 0;
  #ended = false;
  readonly #planned = new Set<number>();
  readonly #endedSteps = new Set<number>();
  readonly #series = new Set<number>();
  /** Items that are out, shops that are closed and faults in force. */
  readonly #inForce = new Set<string>();

  /** Whether the observation may be folded. */
  take(observation: Observation): boolean {
    this.#line++;
    if (!Object.hasOwn(KNOWN, observation.type)) {
      this.unknown ??= { line: this.#line, type: String(observation.type) };
      return false;
    }
    const cause = this.#wrongWith(observation);
    if (cause !== null) this.#find(cause);
    return cause === null;
  }

  /** The observation taken last has fields that this version can't read. */
  unreadable(why: string): void {
    this.#find(`the observation can't be read: ${why}`);
  }

  #find(cause: string): void {
    this.finding ??= { line: this.#line, cause };
  }

  #wrongWith(observation: Observation): string | null {
    if (!isTime(observation.at)) return `${observation.type} without a time`;
    if (this.#ended) return `${observation.type} after the end of the run`;
    if (this.started === null && observation.type !== 'run-started')
      this.#find(`${observation.type} before the run had started`);
    switch (observation.type) {
      case 'run-started':
        if (this.started !== null) return 'a second start of the run';
        this.started = observation;
        return null;
      case 'run-ended':
        this.#ended = true;
        return null;
      case 'step-planned':
        return this.#plan(observation);
      case 'load-started':
      case 'first-start':
        return Math.abs(observation.startedAt - observation.at) < DAY_MS
          ? this.#unplanned(observation)
          : `${observation.type} a day off its own time`;
      case 'step-ended':
        return this.#endStep(observation);
      case 'series':
        if (this.#series.has(observation.id)) return `a second series ${observation.id}`;
        this.#series.add(observation.id);
        return null;
      case 'push':
        return this.#undeclared(observation);
      case 'stock-out':
      case 'stock-back':
        return this.#alternate(
          observation.type === 'stock-out',
          `${observation.item} at ${observation.partner}`,
        );
      case 'shop-closed':
      case 'shop-open': {
        const { type, partner, shop } = observation;
        const who = shop === null ? partner : `shop ${shop} of ${partner}`;
        return this.#alternate(type === 'shop-closed', `a closure of ${who}`);
      }
      case 'partners':
        return isTime(observation.fromAt) && isOfObjects(observation.partners)
          ? null
          : 'figures of partners that are none';
      case 'invariant-tally':
        return isTally(observation) ? null : `counts of ${observation.invariant} that nothing can have`;
      case 'fault-on':
      case 'fault-off':
        return this.#alternate(observation.type === 'fault-on', `fault ${observation.fault}`);
      default:
        return null;
    }
  }

  #plan(step: ObservationOf<'step-planned'>): string | null {
    if (this.#planned.has(step.step)) return `a second plan of step ${step.step}`;
    this.#planned.add(step.step);
    const lengths = [step.warmUpMs, step.replayedMs, step.settleMs];
    const possible =
      lengths.every((ms) => ms >= 0 && ms < 40 * DAY_MS) &&
      [step.sliceMs, ...Object.values(step.journeySliceMs), ...Object.values(step.journeyStepSliceMs)].every(
        (ms) => SLICE_LENGTHS_MS.some((lengthMs) => lengthMs === ms),
      );
    return possible ? null : `a plan of step ${step.step} that no step can have`;
  }

  #endStep(end: ObservationOf<'step-ended'>): string | null {
    if (this.#endedSteps.has(end.step)) return `a second end of step ${end.step}`;
    this.#endedSteps.add(end.step);
    return this.#unplanned(end);
  }

  #unplanned({ type, step }: { type: string; step: number }): string | null {
    return this.#planned.has(step) ? null : `${type} of step ${step}, which was not planned`;
  }

  /** The mocks say each beginning and each end once: without its beginning, a true "sold out" would look false. */
  #alternate(begins: boolean, what: string): string | null {
    const known = this.#inForce.has(what);
    if (begins) this.#inForce.add(what);
    else this.#inForce.delete(what);
    if (begins === !known) return null;
    return begins ? `a second beginning of ${what}` : `an end of ${what} that had not begun`;
  }

  #undeclared({ samples, histograms }: ObservationOf<'push'>): string | null {
    for (const list of [samples, histograms]) {
      for (const [id] of list)
        if (!this.#series.has(id)) return `a sample of series ${id}, which nothing names`;
    }
    return null;
  }
}

const isTally = ({ checked, broken, examples }: ObservationOf<'invariant-tally'>): boolean =>
  isCount(checked) && isCount(broken) && examples.every((key: unknown) => typeof key === 'string');

/** What partners tell is looked into only by the analysis, long after. */
const isOfObjects = (partners: unknown): boolean =>
  isObject(partners) && Object.values(partners).every((slice) => isObject(slice) && isOfAmounts(slice));

/** Amounts, by names, by names of names. */
const isOfAmounts = (figures: unknown): boolean =>
  isObject(figures)
    ? Object.values(figures).every(isOfAmounts)
    : Number.isFinite(figures) && Number(figures) >= 0;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;

/** Before the year 10000, which ISO 8601 can't write. */
const LATEST_AT = Date.UTC(10_000, 0);
const isTime = (at: unknown): boolean => typeof at === 'number' && at > 0 && at < LATEST_AT;
