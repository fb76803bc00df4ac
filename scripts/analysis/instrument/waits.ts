import type { Voiding } from '../../contract/verdict-words.ts';
import { WAITED_ABOVE_RATIO, WAITED_COVERED_RATIO } from '../../core/limits.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { Span } from '../judgement.ts';
import { lengthOf, overlaps } from '../time/grid.ts';

/** Tells for each slice whether a k6 process waited for a core too long in it; ask in the order of time. */
export function waitJudge(step: StepTimeline): (slice: Span) => Voiding[] {
  const instances = new Set(step.cpu.map(({ instance }) => instance));
  const waits = [...instances].map((instance) => waitedIn(step, instance));
  return (slice) =>
    waits.flatMap((waited) => {
      const reading = waited(slice);
      return reading !== null && reading > WAITED_ABOVE_RATIO
        ? [{ why: 'waited' as const, reading, allowed: WAITED_ABOVE_RATIO, unit: 'ratio' as const }]
        : [];
    });
}

/** Mean of the readings of one process over a slice; null where they cover too little of it. */
function waitedIn(step: StepTimeline, instance: string): (slice: Span) => number | null {
  const readings = step.cpu
    .filter((one) => one.instance === instance)
    .sort((a, b) => a.at - b.at)
    .flatMap(({ at, waitedRatio }, index, all) => {
      const before = all[index - 1];
      return waitedRatio === null || !before ? [] : [{ fromAt: before.at, toAt: at, waitedRatio }];
    });
  let first = 0;
  return (slice) => {
    while ((readings[first]?.toAt ?? Number.POSITIVE_INFINITY) <= slice.fromAt) first++;
    let coveredMs = 0;
    let waitedMs = 0;
    for (let next = first; ; next++) {
      const reading = readings[next];
      if (!reading || !overlaps(reading, slice)) break;
      const sharedMs = Math.min(reading.toAt, slice.toAt) - Math.max(reading.fromAt, slice.fromAt);
      coveredMs += sharedMs;
      waitedMs += sharedMs * reading.waitedRatio;
    }
    return coveredMs < WAITED_COVERED_RATIO * lengthOf(slice) ? null : waitedMs / coveredMs;
  };
}
