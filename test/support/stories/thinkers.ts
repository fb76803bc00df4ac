import type { TurnTally } from '../../../scripts/observe/timeline.ts';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';
import { journey } from '../../demand/example-plan.ts';
import { durationsOf, epochSec, type Fate, isRight, Story, seconds, storyPlan } from './story.ts';

export const STEPS = 3;
export const FIRST_SEC = -10;
const LAST_SEC = 90;

/** Orders of three turns: 100 begin in each second, their later turns 2 s and 4 s after them. */
export const thinkingPlan = (change: (plan: LaunchPlan) => LaunchPlan = (plan) => plan): LaunchPlan =>
  storyPlan((plan) =>
    change({
      ...plan,
      journeys: [journey('checkout', 1, STEPS)],
      client: { ...plan.client, thinkTime: { shape: 'fixed', ms: 2_000 } },
    }),
  );

interface Told {
  plan?: LaunchPlan;
  /** What becomes of the turns that begin in this second with this step; null = they never begin. */
  fate?: (second: number, at: number) => Fate | null;
  /** Orders that begin in this second. */
  orders?: (second: number) => number;
}

export const GOOD: Fate = { outcome: 'good' };

/** Orders go on to the next step whatever the fate says: each test tells all that it needs. */
export function thinkers({ plan = thinkingPlan(), fate = () => GOOD, orders = () => 100 }: Told = {}): Story {
  const begun = seconds(FIRST_SEC, LAST_SEC).flatMap((second) =>
    seconds(0, STEPS).flatMap((at) => {
      const end = fate(second + 2 * at, at);
      return end === null ? [] : [{ second: second + 2 * at, at, count: orders(second), end }];
    }),
  );
  const turns = begun.flatMap(({ second, at, count, end }): TurnTally[] => {
    const { outcome, kind = null, first = 'good', item = null, cafe = null, endsAfterMs = 100 } = end;
    if (endsAfterMs === null) return [];
    const endedBy = (epochSec(second) + 1 + Math.ceil(endsAfterMs / 1_000)) * 1_000;
    return [
      {
        journey: 'checkout',
        second: epochSec(second),
        at: isRight(end) && at === STEPS - 1 ? null : at,
        outcome,
        kind,
        first,
        item,
        cafe,
        count,
        endedBy,
      },
    ];
  });
  const counted = (which: typeof begun) => {
    const counts = new Map<number, number>();
    for (const { second, count } of which) {
      counts.set(epochSec(second), (counts.get(epochSec(second)) ?? 0) + count);
    }
    return new Map([['checkout', counts]]);
  };
  return new Story(plan).step(() => ({
    started: counted(begun),
    ordersStarted: counted(begun.filter(({ at }) => at === 0)),
    turns,
    durations: durationsOf(turns),
  }));
}
