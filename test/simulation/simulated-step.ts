import type { BadKind } from '../../k6/contract.ts';
import { judgeStep } from '../../scripts/analysis/judge-step.ts';
import type { StepReport } from '../../scripts/contract/run-report.ts';
import { sliceLengths } from '../../scripts/demand/slices.ts';
import type { ProbeObservation } from '../../scripts/observe/observation.ts';
import type { StepTimeline, TurnTally } from '../../scripts/observe/timeline.ts';
import { probeEveryMs } from '../../scripts/plan/derived/step-times.ts';
import type { LaunchPlan } from '../../scripts/plan/launch-plan.ts';
import { examplePlan, flat, HOUR_MS, journey } from '../demand/example-plan.ts';
import { durationsOf, emptyTimeline, Story, T0 } from '../support/stories/story.ts';
import { type Draw, drawsOf } from './draw.ts';

// Steps of ten minutes, drawn turn by turn and judged by the real analysis: no load, no clock.

export const MEASURED_SEC = 600;
export const WARM_UP_SEC = 10;
const SETTLE_SEC = 30;
/** A canary or an order is answered so soon. */
const ANSWERED_MS = 200;

/** The shoppers of one journey of a simulated step. */
export interface Shoppers {
  journey: string;
  ratePerSec: number;
  /** Journey steps with think time between them. */
  turns: number;
  arrivals: 'even' | 'poisson';
  /** Probability that a turn with this journey step fails if it is meant to start in this second from T0. */
  failing: (second: number, journeyStep: number) => number;
  kind: BadKind;
}

export interface SimulatedStep {
  shoppers: readonly Shoppers[];
  seed: number;
  budgetMs: number;
  timeSliceMs?: number;
  thinkSec?: number;
}

/** Judges one step that is drawn from its seed. */
export function simulate(simulated: SimulatedStep): StepReport {
  const plan = planOf(simulated);
  const draw = drawsOf(simulated.seed);
  const told = simulated.shoppers.map((one) => tell(one, draw, simulated.thinkSec ?? 2));
  const lengths = sliceLengths(plan);
  const template = new Story(plan).timeline();
  const [blank] = template.steps;
  if (!blank) throw new Error('a story has a step');
  const turns = told.flatMap((one) => one.turns).sort((a, b) => a.endedBy - b.endedBy);
  const step: StepTimeline = {
    ...blank,
    ...{ sliceMs: lengths.sliceMs, journeySliceMs: lengths.journeySliceMs },
    journeyStepSliceMs: lengths.journeyStepSliceMs,
    schedules: told.map(({ journey: name, arrivals }) => ({ journey: name, arrivalsPerSec: arrivals })),
    firstStartAt: {},
    started: new Map(told.map((one) => [one.journey, one.started])),
    ordersStarted: new Map(told.map((one) => [one.journey, one.begun])),
    turns,
    durations: durationsOf(turns),
    traffic: [],
  };
  const probes = simulated.shoppers
    .flatMap((one) => canaries(one, probeEveryMs(plan, lengths.sliceMs), draw))
    .sort((a, b) => a.scheduledAt - b.scheduledAt);
  return judgeStep(plan, { ...emptyTimeline, ...template, steps: [step], probes }, step, new Map());
}

function planOf({ shoppers, budgetMs, timeSliceMs, thinkSec = 2 }: SimulatedStep): LaunchPlan {
  const total = shoppers.reduce((sum, { ratePerSec }) => sum + ratePerSec, 0);
  const thinks = shoppers.some(({ turns }) => turns > 1);
  return examplePlan({
    forecast: flat(total * 3_600, HOUR_MS),
    slo: { downtimeBudgetMs: budgetMs, timeSliceMs: timeSliceMs ?? null },
    journeys: shoppers.map((one) => journey(one.journey, one.ratePerSec / total, one.turns)),
    rehearsal: {
      replay: { kind: 'around-peak', lengthMs: (MEASURED_SEC - SETTLE_SEC) * 1_000 },
      multiples: [1],
      mustHold: 1,
      settleMs: SETTLE_SEC * 1_000,
      warmUpMs: WARM_UP_SEC * 1_000,
    },
    client: { thinkTime: thinks ? { shape: 'fixed', ms: thinkSec * 1_000 } : null },
  });
}

type BySecond = Map<number, number>;

function tell(
  { journey: name, ratePerSec, turns, arrivals, failing, kind }: Shoppers,
  draw: Draw,
  thinkSec: number,
) {
  const [begun, started] = [new Map() as BySecond, new Map() as BySecond];
  const ended: TurnTally[] = [];
  const planned: number[] = [];
  let owed = 0;
  for (let second = -WARM_UP_SEC; second < MEASURED_SEC; second++) {
    owed += ratePerSec;
    const due = arrivals === 'even' ? Math.floor(owed + 1e-9) : draw.poisson(ratePerSec);
    owed -= arrivals === 'even' ? due : ratePerSec;
    planned.push(due);
    if (due > 0) begun.set(epochSec(second), due);
    let left = due;
    for (let at = 0; at < turns && left > 0; at++) {
      const when = second + at * thinkSec;
      started.set(epochSec(when), (started.get(epochSec(when)) ?? 0) + left);
      const bad = draw.binomial(left, failing(when, at));
      const isLast = at === turns - 1;
      const tally = (of: 'good' | 'bad', count: number): TurnTally => ({
        journey: name,
        second: epochSec(when),
        outcome: of,
        kind: of === 'bad' ? kind : null,
        at: isLast && (of === 'good' || kind === 'slow') ? null : at,
        first: of,
        item: null,
        cafe: null,
        count,
        endedBy: (epochSec(when) + 2) * 1_000,
      });
      if (bad > 0) ended.push(tally('bad', bad));
      left -= bad;
      if (left > 0) ended.push(tally('good', left));
    }
  }
  return { journey: name, begun, started, turns: ended, arrivals: planned };
}

/** A canary does not think: all its turns are in one second. */
function canaries(
  { journey: name, turns, failing, kind }: Shoppers,
  everyMs: number,
  draw: Draw,
): ProbeObservation[] {
  const probes: ProbeObservation[] = [];
  for (let offsetMs = -WARM_UP_SEC * 1_000; offsetMs < MEASURED_SEC * 1_000; offsetMs += everyMs) {
    const second = Math.floor(offsetMs / 1_000);
    let bad = false;
    for (let at = 0; at < turns && !bad; at++) bad = draw.binomial(1, failing(second, at)) === 1;
    const scheduledAt = T0 + offsetMs;
    probes.push({
      type: 'probe',
      at: scheduledAt + ANSWERED_MS,
      journey: name,
      scheduledAt,
      startedAt: scheduledAt,
      outcome: bad ? 'bad' : 'good',
      kind: bad ? kind : null,
      item: null,
      cafe: null,
      name: null,
      detail: null,
    });
  }
  return probes;
}

const epochSec = (second: number): number => T0 / 1_000 + second;
