import { ORDER_EXEC } from '../../k6/contract.ts';
import { USER_AGENT } from '../core/version.ts';
import type { StepSchedule } from './draw.ts';

interface Stage {
  /** Go duration, e.g. `12s`. */
  duration: string;
  /** Arrivals per second at the stage's end. */
  target: number;
}

interface Scenario {
  executor: 'ramping-arrival-rate';
  exec: typeof ORDER_EXEC;
  startRate: number;
  timeUnit: '1s';
  preAllocatedVUs: number;
  maxVUs: number;
  gracefulStop: string;
  stages: readonly Stage[];
}

/** JSON for `k6 run --config`. Options that the script exports would win over these. */
export interface K6Options {
  setupTimeout: string;
  noConnectionReuse: false;
  noVUConnectionReuse: false;
  discardResponseBodies: false;
  maxRedirects: 0;
  userAgent: string;
  systemTags: readonly string[];
  /** By journey: a journey's name is one that k6 accepts for a scenario. */
  scenarios: Readonly<Record<string, Scenario>>;
}

// Each tag multiplies series; these are the ones that `SERIES` in the contract names, and the error code.
const SYSTEM_TAGS = ['scenario', 'name', 'method', 'status', 'expected_response', 'error_code'] as const;

/** What thresholds of a script may name beside; those of addresses would be without number. */
const SCRIPT_TAGS = ['group', 'check'] as const;

// k6 starts an arrival whenever the area under the stages passes a whole number. Half an arrival in front moves them
// from the seconds' ends (where float rounding or a late timer puts them into the next second) to (i - 1/2)/n. The
// microsecond that it takes is all that the schedule is late by.
const HALF_AN_ARRIVAL = { startRate: 500_000, stage: { duration: '1us', target: 500_000 } } as const;

// k6 counts a scenario's duration from before its VUs are activated but the arrivals from after (0.3 s for 10,000
// VUs), and drops in silence what then lies behind the duration's end. It leaves after the last arrival all the same.
const ACTIVATION_MARGIN_SEC = 10;

/**
 * k6's options for one step: one `ramping-arrival-rate` scenario a journey that starts exactly the drawn orders in
 * each second, at the instants that `plannedBetween` assumes. Nothing is added while k6 runs: all VUs are allocated
 * before.
 * @param vus by journey, each at least 1 (`sizeVus`)
 * @param longestOrderMs by journey: no order takes longer
 * @param ofScript a journey is a k6 script without the kit
 */
export function k6Options(
  step: StepSchedule,
  vus: Readonly<Record<string, number>>,
  longestOrderMs: Readonly<Record<string, number>>,
  { ofScript }: { ofScript: boolean } = { ofScript: false },
): K6Options {
  const scenarios = step.schedules.map(({ journey, arrivalsPerSec }) => {
    const allocated = vus[journey];
    const longestMs = longestOrderMs[journey];
    if (allocated === undefined || longestMs === undefined) {
      throw new TypeError(`no VUs given for journey ${journey}, or no longest order`);
    }
    const scenario: Scenario = {
      executor: 'ramping-arrival-rate',
      exec: ORDER_EXEC,
      startRate: HALF_AN_ARRIVAL.startRate,
      timeUnit: '1s',
      preAllocatedVUs: allocated,
      maxVUs: allocated,
      // The last order may take its time; 5 s for the machine.
      gracefulStop: `${longestMs + 5_000}ms`,
      stages: stages(arrivalsPerSec),
    };
    return [journey, scenario] as const;
  });
  return {
    setupTimeout: '60000ms',
    noConnectionReuse: false,
    noVUConnectionReuse: false,
    discardResponseBodies: false,
    // A redirect could lead to a host that the plan does not allow; the journey sees the 3xx instead.
    maxRedirects: 0,
    userAgent: USER_AGENT,
    systemTags: ofScript ? [...SYSTEM_TAGS, ...SCRIPT_TAGS] : SYSTEM_TAGS,
    scenarios: Object.fromEntries(scenarios),
  };
}

/** Two stages for each run of seconds with equal counts: jump to the rate, then hold it. */
function stages(arrivalsPerSec: readonly number[]): Stage[] {
  const runs: { count: number; seconds: number }[] = [];
  for (const count of [...arrivalsPerSec, ...Array<number>(ACTIVATION_MARGIN_SEC).fill(0)]) {
    const last = runs.at(-1);
    if (last?.count === count) last.seconds++;
    else runs.push({ count, seconds: 1 });
  }
  return [
    HALF_AN_ARRIVAL.stage,
    ...runs.flatMap(({ count, seconds }) => [
      { duration: '0s', target: count },
      { duration: `${seconds}s`, target: count },
    ]),
  ];
}
