import fc from 'fast-check';
import type { RunTimeline, StepTimeline } from '../../../scripts/observe/timeline.ts';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';
import { durationsOf, type Fate, Story, storyPlan, T0, type ToldStep, withCafe } from './story.ts';

// Runs that nobody thought of: what befell the target, the canaries and the instrument, drawn at random.

/** Seconds count from T0; the warm-up begins at -10, settle ends at 90. */
export interface Spell {
  from: number;
  length: number;
}

export interface Trouble extends Spell {
  /** null: all of them. */
  journey: number | null;
  ratio: number;
  fate: keyof typeof FATES;
  /** What the canaries meet meanwhile. */
  canaries: 'fail' | 'missing' | 'good';
}

export interface Hole extends Spell {
  kind: 'no-pushes' | 'cpu' | 'mocks-slow' | 'clock-step' | 'push-refused';
}

export interface Tale {
  ratePerSec: number;
  journeys: number;
  sliceSec: number;
  /** Own slice lengths of the journeys, s. */
  journeySliceSec: readonly number[];
  troubles: readonly Trouble[];
  holes: readonly Hole[];
  drops: readonly (Spell & { perSec: number })[];
  /** Spells in which tea was really out. */
  stockOuts: readonly Spell[];
}

const FATES = {
  timeout: { outcome: 'bad', kind: 'timeout', endsAfterMs: 10_000 },
  refused: { outcome: 'bad', kind: 'refused', endsAfterMs: 1_000 },
  '5xx': { outcome: 'bad', kind: '5xx', endsAfterMs: 3_000 },
  '503': { outcome: 'bad', kind: '503' },
  'gave-up': { outcome: 'bad', kind: 'gave-up', endsAfterMs: 30_000 },
  'never-ended': { outcome: 'bad', kind: 'timeout', endsAfterMs: null },
  healed: { outcome: 'good', first: 'bad', endsAfterMs: 2_000 },
  waited: { outcome: 'by-retry-after', first: 'bad', endsAfterMs: 8_000 },
  'by-ticket': { outcome: 'by-ticket', first: 'bad', endsAfterMs: 12_000 },
  'sold-out': { outcome: 'sold-out', item: 'tea' },
  generator: { outcome: 'generator', kind: 'local' },
} satisfies Record<string, Fate>;

const NAMES = ['checkout', 'voucher', 'gift-card'];
const SHARES = [[1], [0.7, 0.3], [0.6, 0.3, 0.1]];

const spell = { from: fc.integer({ min: -9, max: 88 }), length: fc.integer({ min: 1, max: 12 }) };

export const troubles = fc.record<Trouble>({
  ...spell,
  journey: fc.option(fc.nat(2)),
  ratio: fc.constantFrom(0.02, 0.06, 0.08, 0.12, 0.3, 0.6, 1),
  fate: fc.constantFrom(...(Object.keys(FATES) as (keyof typeof FATES)[])),
  canaries: fc.constantFrom('fail', 'missing', 'good'),
});

export const holes = fc.record<Hole>({
  ...spell,
  kind: fc.constantFrom('no-pushes', 'cpu', 'mocks-slow', 'clock-step', 'push-refused'),
});

export const tales: fc.Arbitrary<Tale> = fc.record({
  ratePerSec: fc.constantFrom(8, 30, 100, 200),
  journeys: fc.integer({ min: 1, max: 3 }),
  sliceSec: fc.constantFrom(1, 2, 5),
  journeySliceSec: fc.array(fc.constantFrom(1, 2, 5, 10), { minLength: 3, maxLength: 3 }),
  troubles: fc.array(troubles, { maxLength: 4 }),
  holes: fc.array(holes, { maxLength: 2 }),
  drops: fc.array(fc.record({ ...spell, perSec: fc.integer({ min: 1, max: 20 }) }), { maxLength: 1 }),
  stockOuts: fc.array(fc.record(spell), { maxLength: 1 }),
});

/** How often and from which seed; a longer search by hand sets both. */
export const runs = (numRuns: number): { numRuns: number; seed: number } => ({
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? numRuns),
  seed: Number(process.env['PROPERTY_SEED'] ?? 7),
});

function journeysOf(tale: Tale): readonly string[] {
  return NAMES.slice(0, tale.journeys);
}

function planOf(tale: Tale): LaunchPlan {
  const plan = storyPlan((one) => ({ ...one, slo: { ...one.slo, timeSliceMs: tale.sliceSec * 1_000 } }));
  return tale.troubles.some((one) => one.fate === 'sold-out') ? withCafe(plan) : plan;
}

/** The tale as a story; `worse` are more troubles that come before all others, so that they take from these too. */
export function told(tale: Tale, worse: readonly Trouble[] = []): Story {
  const names = journeysOf(tale);
  const shares = Object.fromEntries(names.map((name, at) => [name, SHARES[names.length - 1]?.[at] ?? 0]));
  const story = new Story(planOf(tale), { ratePerSec: tale.ratePerSec, shares });
  for (const { from, length, ratio, fate, journey } of [...worse, ...tale.troubles]) {
    story.turns(from, from + length, FATES[fate], ratio, journey === null ? null : (names[journey] ?? null));
  }
  for (const { from, length, canaries } of tale.troubles) {
    if (canaries === 'fail') story.probesFail(from, from + length);
    if (canaries === 'missing') story.probesMissing(from, from + length);
  }
  const journeySliceMs = Object.fromEntries(
    names.map((name, at) => [name, (tale.journeySliceSec[at] ?? 1) * 1_000]),
  );
  story.step((step) => ({ journeySliceMs, ...dropped(tale, step) }));
  // One canary for each journey, as the prober sends them.
  story.run((run) => ({
    probes: run.probes.flatMap((probe) => names.map((journey) => ({ ...probe, journey }))),
    // Silent mocks would be a hole of their own.
    mockHealth: Array.from({ length: 140 }, (_, second) => ({
      at: at(second - 10),
      loopDelayP99Ms: 11,
      requests: 10,
    })),
    stockOuts: tale.stockOuts.map(({ from, length }) => ({
      partner: 'beanhouse',
      item: 'tea',
      ...span(from, length),
    })),
  }));
  for (const hole of tale.holes) pierce(story, hole);
  return story;
}

/** Arrivals that k6 dropped: they were planned and did not start. */
function dropped(tale: Tale, step: StepTimeline): Pick<StepTimeline, 'dropped' | 'schedules'> {
  const drops = tale.drops.flatMap(({ from, length, perSec }) =>
    Array.from({ length }, (_, second) => ({
      journey: 'checkout',
      fromAt: at(from + second),
      toAt: at(from + second + 1),
      count: perSec,
    })),
  );
  const offsetSec = Math.floor((step.startedAt ?? T0) / 1_000);
  const schedules = step.schedules.map((schedule) => ({
    ...schedule,
    arrivalsPerSec: schedule.arrivalsPerSec.map(
      (count, second) =>
        count +
        drops
          .filter((one) => one.journey === schedule.journey && one.fromAt / 1_000 === offsetSec + second)
          .reduce((sum, one) => sum + one.count, 0),
    ),
  }));
  return { dropped: drops, schedules };
}

/** Takes from the instrument, never from the target. */
function pierce(story: Story, { kind, from, length }: Hole): Story {
  const { fromAt, toAt } = span(from, length);
  const seconds = Array.from({ length: length + 6 }, (_, second) => at(from + second));
  switch (kind) {
    case 'no-pushes':
      return story.step((step) => {
        const pushes = step.pushes.filter((push) => push.at <= fromAt || push.at > toAt);
        return { pushes, traffic: toldBy(pushes, step.traffic), durations: durationsToldBy(pushes, step) };
      });
    case 'cpu':
      return story.step((step) => ({
        cpu: byTime([
          ...step.cpu,
          ...seconds.map((one) => ({
            ...{ at: one, instance: 'step0-0' },
            ...{ cpuRatio: 0.95, waitedRatio: null, rssBytes: null },
          })),
        ]),
      }));
    case 'mocks-slow':
      return story.run((run) => ({
        mockHealth: run.mockHealth.map((one) =>
          seconds.includes(one.at) ? { ...one, loopDelayP99Ms: 80 } : one,
        ),
      }));
    case 'clock-step':
      return story.run((run) => ({ clockSteps: byTime([...run.clockSteps, { at: fromAt, byMs: 900 }]) }));
    case 'push-refused':
      return story.step((step) => ({
        refusedPushes: byTime([...step.refusedPushes, { at: fromAt, status: 503, reason: 'busy' }]),
      }));
  }
}

/** Requests are told of by the next push that comes. */
function toldBy(pushes: StepTimeline['pushes'], traffic: StepTimeline['traffic']): StepTimeline['traffic'] {
  const told = new Map<string, StepTimeline['traffic'][number]>();
  for (const one of traffic) {
    const { journey } = one;
    const second = heardAt(pushes, one.second * 1_000) / 1_000;
    const known = told.get(`${second} ${journey}`) ?? {
      journey,
      second,
      requests: 0,
      repeats: 0,
      invited: 0,
    };
    told.set(`${second} ${journey}`, {
      ...known,
      requests: known.requests + one.requests,
      repeats: known.repeats + one.repeats,
      invited: known.invited + one.invited,
    });
  }
  return [...told.values()];
}

function durationsToldBy(pushes: StepTimeline['pushes'], { turns }: ToldStep): StepTimeline['durations'] {
  return durationsOf(turns.map((turn) => ({ ...turn, endedBy: heardAt(pushes, turn.endedBy) })));
}

/** When the next push comes, epoch ms; NaN: none does. */
const heardAt = (pushes: StepTimeline['pushes'], at: number): number =>
  pushes.find((push) => push.at >= at)?.at ?? Number.NaN;

const at = (second: number): number => T0 + second * 1_000;
const span = (from: number, length: number) => ({ fromAt: at(from), toAt: at(from + length) });

function byTime<Item extends { at: number }>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => a.at - b.at);
}

export function stepIn(run: RunTimeline): StepTimeline {
  const [step] = run.steps;
  if (!step) throw new Error('the tale has no step');
  return step;
}
