import { judgeRun } from '../../scripts/analysis/judge.ts';
import type { Judgement, Status } from '../../scripts/analysis/judgement.ts';
import { parseLog } from '../../scripts/observe/log.ts';
import type { Observation } from '../../scripts/observe/observation.ts';
import { foldAll, observationsOf } from '../support/saved-run.ts';
import { Story, seconds, storyPlan, T0, withCafe } from '../support/story.ts';

// Saved runs to be damaged: 100 orders/s, 60 s replayed and 30 s settle, a budget of 20 s.

export const PLAN = withCafe(storyPlan());

function savedRun(tell: (story: Story) => Story): readonly Observation[] {
  const story = tell(new Story(PLAN)).run(() => ({
    mockHealth: seconds(-30, 125).map((at) => ({
      at: T0 + at * 1_000 + 300,
      loopDelayP99Ms: 1,
      requests: 100,
    })),
    proberHealth: seconds(-30, 125).map((at) => ({ at: T0 + at * 1_000 + 600, loopDelayP99Ms: 1 })),
  }));
  return observationsOf(story.timeline());
}

/** PASS with nothing charged. */
export const healthyRun = savedRun((story) => story);
/** PASS with 5 s charged. */
export const shakenRun = savedRun((story) => story.outage(20, 25));
/** FAIL with 35 s charged. */
export const downRun = savedRun((story) => story.outage(15, 50));
/** FAIL with 21 s charged: one more than the budget. */
export const barelyDownRun = savedRun((story) => story.outage(20, 41));

export interface Judged {
  status: Status;
  codes: readonly string[];
  /** What the verdict rests on; null when the load never started. */
  figures: Figures | null;
}

interface Figures {
  chargedMs: number;
  possibleMs: number;
  requestWeightedMs: number;
  started: number;
  good: number;
  bad: number;
  soldOut: number;
  harness: number;
}

export function judged(observations: Iterable<Observation>): Judged {
  return summaryOf(judgeRun(PLAN, foldAll(observations)));
}

function summaryOf({ status, reasons, steps }: Judgement): Judged {
  const measured = steps[0]?.measured;
  const codes = reasons.map(({ code }) => code);
  if (!measured) return { status, codes, figures: null };
  const { chargedMs, possibleMs, requestWeightedMs } = measured.downtime;
  const { started, good, bad, soldOut, harness } = measured.orders;
  return {
    status,
    codes,
    figures: { chargedMs, possibleMs, requestWeightedMs, started, good, bad, soldOut, harness },
  };
}

/** A log as it lies on the disk: one that is not what was written is never judged. */
export function judgedText(text: string): Judged {
  const { observations, damage } = parseLog(text);
  return damage === null
    ? judged(observations)
    : { status: 'INVALID', codes: ['observations-damaged'], figures: null };
}

/** Slices by which the edges of an outage may be off (docs/measurement.md, accuracy). */
const EDGES_MS = 2_000;

/**
 * Whether two judgements rest on the same figures: downtime to the ms; orders, and what weighs them, within the 0.1 %
 * in which independent totals must agree. `edges`: downtime within what an outage's edges may be off; where there is
 * none, there must be none.
 */
export function sameFigures(a: Judged, b: Judged, edges = false): boolean {
  const [one, other] = [a.figures, b.figures];
  if (one === null || other === null) return one === other;
  const within = (left: number, right: number, whole: number) => Math.abs(left - right) <= 0.001 * whole;
  const counts = ['started', 'good', 'bad', 'soldOut', 'harness'] as const;
  const sameTime = (left: number, right: number) =>
    left === right || (edges && right > 0 && left >= right - EDGES_MS / 2 && left <= right + EDGES_MS);
  return (
    sameTime(one.chargedMs, other.chargedMs) &&
    sameTime(one.possibleMs, other.possibleMs) &&
    within(one.requestWeightedMs, other.requestWeightedMs, 90_000) &&
    counts.every((count) => within(one[count], other[count], other.started))
  );
}
