import type { ClientSettings } from '../../k6/contract.ts';
import type { JourneySpec } from '../../k6/journey-spec.ts';
import type { PartnerSpec } from '../../mock-services/registry.ts';
import type { Fault } from './fault.ts';

/** A launch plan after defaults and units: what the rest of the program works with. Offsets and lengths in ms. */
export interface LaunchPlan {
  version: 1;
  /** Safe as a folder name: letters, digits, `-`, `_`, `.`. */
  name: string;
  forecast: Forecast;
  slo: {
    /** Downtime allowed in the whole window. */
    allowedDowntimeMs: number;
    /** Declared budget of each step; null = pro rata to the step's length. */
    downtimeBudgetMs: number | null;
    /** A turn answered later than this after its intended start is bad. */
    slowAfterMs: number;
    /** Bad share of a slice above which it is DOWN, 0 to 1. */
    downAboveRatio: number;
    /** Slice length: 1000, 2000, 5000, 10000 or 60000; null = chosen by rule. */
    timeSliceMs: number | null;
  };
  rehearsal: {
    replay: Replay;
    /** Ascending; one step each. */
    multiples: readonly number[];
    /** The gate: the run fails if any step up to this multiple fails. One of `multiples`. */
    mustHold: number;
    /** Staging size / production size, above 0, at most 1. */
    scale: number;
    arrivals: 'poisson' | 'even';
    warmUpMs: number;
    settleMs: number;
    seed: number;
  };
  target: {
    /** Origin, perhaps with a path prefix; no trailing slash. */
    baseUrl: string;
    start: null | {
      command: string;
      /** bot: it has asked the telegram partner for updates, or set its webhook. */
      ready: { when: 'answers'; path: string } | { when: 'bot' };
      readyWithinMs: number;
    };
    /** Host names outside this machine that may be loaded. */
    allowHosts: readonly string[];
    /** Requests per second above which a plan is refused. */
    maxRatePerSec: number;
    /** Orders started per second above which the target promises to shed politely; null = it promises nothing. */
    limitPerSec: number | null;
  };
  journeys: readonly JourneySpec[];
  client: ClientSettings;
  probe: {
    /** Null = five probes a slice, between 1/s and 5/s. */
    everyMs: number | null;
  };
  partners: readonly PartnerSpec[];
  faults: readonly Fault[];
}

export interface PushMessage {
  /** Offset from the window's start. */
  atMs: number;
  /** Share of all orders driven by this push, 0 to 1. */
  shareRatio: number;
  rampMs: number;
  decayMs: number;
}

export type Forecast =
  | {
      form: 'orders';
      orders: number;
      windowMs: number;
      /** null = flat. */
      diurnal: null | { peakToMean: number; peakAtMs: number };
      pushes: readonly PushMessage[];
    }
  /** Straight lines between points, ascending, first at 0; the window ends at the last point. */
  | { form: 'curve'; points: readonly { atMs: number; ratePerSec: number }[]; windowMs: number };

/** Which piece of the window a step replays, in real time. */
export type Replay =
  | { kind: 'around-peak'; lengthMs: number }
  | { kind: 'from'; fromMs: number; lengthMs: number }
  | { kind: 'whole' };
