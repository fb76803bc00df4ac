import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { parseDurationMs } from '../core/quantities.ts';
import { checkRates, peakRates } from '../demand/rate-check.ts';
import { sliceLengths } from '../demand/slices.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { loadPlan } from '../plan/load.ts';
import type { ForecastInput } from '../plan/schema/forecast-schema.ts';
import type { PlanInput } from '../plan/schema/schema.ts';
import type { PlanProblem } from '../plan/source/problems.ts';
import { commentedPlan, type Fit } from './commented-plan.ts';
import type { Wishes } from './wishes.ts';

type Option = `--${keyof Wishes}`;
type WishedPath =
  | `target.${keyof PlanInput['target']}`
  | `forecast.${keyof Extract<ForecastInput, { orders: number }>}`;

/** Where a wish stands in the plan. */
const OPTION_OF: ReadonlyMap<string, Option> = new Map<WishedPath, Option>([
  ['target.baseUrl', '--target'],
  ['forecast.orders', '--orders'],
  ['forecast.window', '--window'],
]);

const SHORTER_MS = 10_000;
const SHORTEST_WINDOW_MS = 60_000;
const MOST_REQUESTS_PER_SEC = 1e9;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The plan for these wishes, which `peakproof plan` accepts.
 * @throws PeakproofError (exit 2) `usage`: a wish is none that a plan can have
 */
export function writtenPlan(wishes: Wishes, env: Env): string {
  const windowMs = parseDurationMs(wishes.window);
  if (windowMs !== null && windowMs < SHORTEST_WINDOW_MS) {
    throw refusal('--window', wishes.window, 'is too short for a push, a fault and their end', '1m or more');
  }
  if (wishes.target?.includes('${')) {
    throw refusal('--target', wishes.target, 'would be filled in from the environment', 'the address itself');
  }
  const asIs: Fit = { maxRatePerSec: null, timeSliceMs: null };
  const plan = loaded(commentedPlan(wishes, asIs), env);
  const { requestsPerSec } = peakRates(plan);
  const fit: Fit = {
    maxRatePerSec: requestsPerSec > plan.target.maxRatePerSec ? roomyRate(requestsPerSec) : null,
    timeSliceMs: shorterSliceMs(plan),
  };
  if (requestsPerSec > MOST_REQUESTS_PER_SEC) throw tooMany(wishes);
  const text = commentedPlan(wishes, fit);
  try {
    checkRates(loaded(text, env));
  } catch (error) {
    throw error instanceof PeakproofError && error.code === 'no-load' ? tooFew(wishes) : error;
  }
  return text;
}

const tooFew = ({ orders }: Wishes): PeakproofError =>
  refusal('--orders', orders, 'brings not one order in a step', 'more orders, or a shorter --window');

const tooMany = ({ orders }: Wishes): PeakproofError =>
  refusal('--orders', orders, 'is beyond any load', 'fewer orders, or a longer --window');

function loaded(text: string, env: Env): LaunchPlan {
  const result = loadPlan(text, { fileName: 'launch.yaml', env });
  if (!result.ok) throw firstRefusal(result.problems);
  return result.plan;
}

/** By default slices get longer than a step may be down when the time at 1x brings few orders; often they need not. */
function shorterSliceMs(plan: LaunchPlan): number | null {
  if (sliceLengths(plan).sliceMs <= SHORTER_MS) return null;
  const shorter = sliceLengths({ ...plan, slo: { ...plan.slo, timeSliceMs: SHORTER_MS } });
  return Object.values(shorter.journeySliceMs).every((ms) => ms === SHORTER_MS) ? SHORTER_MS : null;
}

/** What is wrong with a wish, for whoever is typing it; null = nothing. */
export function problemWith(wishes: Wishes, env: Env): string | null {
  try {
    writtenPlan(wishes, env);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The plan is ours but for the wishes, so a problem anywhere else is no wish of the user. */
function firstRefusal([first]: readonly PlanProblem[]): Error {
  const option = OPTION_OF.get(first?.path ?? '');
  if (!first || option === undefined) return new Error(`init wrote a bad plan: ${JSON.stringify(first)}`);
  return refusal(option, first.received, first.message, first.allowed);
}

function refusal(option: Option, received: string, message: string, allowed: string): PeakproofError {
  return new PeakproofError({
    code: 'usage',
    message: `${option} ${received} ${message}; allowed is ${allowed}`,
    hint: 'see peakproof init --help',
    exitCode: EXIT.usage,
  });
}

/** The next number with one digit and zeros. */
function roomyRate(perSec: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(perSec));
  return Math.ceil(perSec / magnitude) * magnitude;
}
