import { ENOUGH_TURNS, EXPECTED_IN_RATIO, EXPECTED_ORDERS, SLICE_LENGTHS_MS } from '../core/limits.ts';
import { formatDurationMs, percentText } from '../core/quantities.ts';
import { announcedSteps, outerMultiples } from '../plan/derived/announced-steps.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { expectedStep, measuredOrdersPerSec } from './expected.ts';

const LONGEST_MS = Math.max(...SLICE_LENGTHS_MS);

export interface SliceLengths {
  /** For all events. */
  sliceMs: number;
  journeySliceMs: Readonly<Record<string, number>>;
  /** With think time, for each step of a journey: as the journey's, but long enough to tell a fault from chance. */
  journeyStepSliceMs: Readonly<Record<string, number>>;
  /** As the rule would have it for all events, whatever the plan says. */
  ruleSliceMs: number;
  /** Which events are too few even for the longest slices; null when none are. */
  warning: string | null;
}

/**
 * The shortest slice in which the plan expects at least 100 events in 95 % of the whole slices of the measured time
 * at the lowest multiple, for all events and for each journey by itself; 60 s if none does. If the plan sets the
 * length, a journey gets the shortest from there on in which it can be judged at all. An order counts as one event:
 * with think time it brings more, but no more than one while the target is down.
 * @throws PeakproofError (exit 2) when the forecast or its replayed part is impossible.
 */
export function sliceLengths(plan: LaunchPlan): SliceLengths {
  const given = plan.slo.timeSliceMs;
  const { lowest: multiple } = outerMultiples(announcedSteps(plan));
  const expected = measuredOrdersPerSec(expectedStep(plan, multiple));
  const atLeast = given === null ? EXPECTED_ORDERS : ENOUGH_TURNS;
  const tooFew: string[] = [];
  const lengthFor = (who: string, shareRatio: number): number => {
    const enough = shortest(expected, shareRatio, given ?? 0, atLeast);
    if (enough === undefined) tooFew.push(who);
    return enough ?? LONGEST_MS;
  };
  const sliceMs = given ?? lengthFor('all events', 1);
  const journeySliceMs = Object.fromEntries(
    plan.journeys.map(({ name, shareRatio }) => [name, lengthFor(name, shareRatio)]),
  );
  const ruleSliceMs = shortest(expected, 1, 0, EXPECTED_ORDERS) ?? LONGEST_MS;
  const thinking = plan.client.thinkTime === null ? [] : plan.journeys;
  return {
    sliceMs,
    ruleSliceMs,
    journeySliceMs,
    journeyStepSliceMs: Object.fromEntries(
      thinking.map(({ name, shareRatio }) => [
        name,
        shortest(expected, shareRatio, sliceMs, EXPECTED_ORDERS) ?? LONGEST_MS,
      ]),
    ),
    warning: tooFew.length === 0 ? null : warning(tooFew, multiple, atLeast),
  };
}

const shortest = (
  expectedPerSec: readonly number[],
  shareRatio: number,
  fromMs: number,
  atLeast: number,
): number | undefined =>
  SLICE_LENGTHS_MS.find(
    (lengthMs) => lengthMs >= fromMs && isEnough(expectedPerSec, shareRatio, lengthMs, atLeast),
  );

function isEnough(
  expectedPerSec: readonly number[],
  shareRatio: number,
  lengthMs: number,
  atLeast: number,
): boolean {
  const lengthSec = lengthMs / 1_000;
  const slices = Math.floor(expectedPerSec.length / lengthSec);
  let enough = 0;
  for (let slice = 0; slice < slices; slice++) {
    let events = 0;
    for (let second = slice * lengthSec; second < (slice + 1) * lengthSec; second++) {
      events += (expectedPerSec[second] ?? 0) * shareRatio;
    }
    // 1e-9: 100 orders in a second must not fail as 99.99999999999999.
    if (events >= atLeast * (1 - 1e-9)) enough++;
  }
  return slices > 0 && enough >= EXPECTED_IN_RATIO * slices - 1e-9;
}

function warning(tooFew: readonly string[], multiple: number, atLeast: number): string {
  return (
    `slices are ${formatDurationMs(LONGEST_MS)} for ${tooFew.join(', ')}: ` +
    `at ${multiple}x the plan expects fewer than ${atLeast} events in most shorter ones, or in more than ` +
    `${percentText(1 - EXPECTED_IN_RATIO)} of those too; short outages cannot be told from chance`
  );
}
