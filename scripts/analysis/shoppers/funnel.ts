import type { Funnel, FunnelStep } from '../../contract/figures.ts';
import { sumOf } from '../../core/statistics.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { byFrequency } from '../turns/event-counts.ts';
import type { StepEvents } from '../turns/events.ts';
import type { OrderEnding } from '../turns/order-ends.ts';

/** How an order ended that was not placed in time. */
type OtherEnding = Exclude<OrderEnding, 'confirmed' | 'censored'>;

/** Of each journey that has a schedule in the rehearsal's step. */
export function funnelsOf(plan: LaunchPlan, step: StepTimeline, events: StepEvents): Funnel[] {
  return step.schedules.map(({ journey }) => {
    const ends = events.orderEnds.get(journey) ?? new Map();
    const names = plan.journeys.find(({ name }) => name === journey)?.steps.map(({ name }) => name) ?? [];
    const started = sumOf(step.ordersStarted.get(journey)?.values() ?? []);
    const counts = [...(events.byJourney.get(journey)?.values() ?? [])];
    const confirmed = countOf(ends, (ending) => ending === 'confirmed');
    const journeySteps = journeyStepsOf(ends, names, confirmed);
    const known = journeySteps[0]?.reached ?? confirmed;
    const neverEnded = sumOf(counts.map(({ kinds }) => kinds.get('never-ended') ?? 0));
    return {
      journey,
      started,
      turnedAway: sumOf(counts.map(({ turnedAway }) => turnedAway)),
      cutOff: Math.max(0, started - known - neverEnded),
      neverEnded,
      steps: journeySteps,
      confirmed,
      unnamed: events.unnamed.get(journey) ?? 0,
    };
  });
}

type JourneyEnds = ReadonlyMap<number, ReadonlyMap<OrderEnding, number>>;

/** From the last step of the journey to the first: whoever got past one had reached it. */
function journeyStepsOf(ends: JourneyEnds, names: readonly string[], confirmed: number): FunnelStep[] {
  const steps: FunnelStep[] = [];
  const length = Math.max(names.length, ...[...ends.keys()].map((at) => at + 1));
  let reached = confirmed;
  for (let index = length - 1; index >= 0; index--) {
    const ended = endedAt(ends.get(index) ?? new Map());
    reached += sumOf(ended.map(({ count }) => count));
    steps.unshift({ index, name: names[index] ?? null, reached, ended });
  }
  return steps;
}

function endedAt(endings: ReadonlyMap<OrderEnding, number>): FunnelStep['ended'] {
  const others = [...endings].filter((one): one is [OtherEnding, number] => isOther(one[0]));
  return byFrequency(new Map(others)).map(({ kind: how, count }) => ({ how, count }));
}

const isOther = (ending: OrderEnding): ending is OtherEnding =>
  ending !== 'confirmed' && ending !== 'censored';

function countOf(ends: JourneyEnds, such: (ending: OrderEnding) => boolean): number {
  return sumOf(
    [...ends.values()].flatMap((endings) =>
      [...endings].filter(([ending]) => such(ending)).map(([, count]) => count),
    ),
  );
}
