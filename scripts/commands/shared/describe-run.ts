import { type SliceLengths, slicesText } from '../../contract/slice-lengths.ts';
import { formatDurationMs } from '../../core/quantities.ts';
import { sumBy } from '../../core/statistics.ts';
import type { Preparation } from '../../run/prepare.ts';

/** What a run will do and until when, one line each, e.g. `3 steps of 11 m 30 s, ends 14:32`. */
export function describeRun(preparation: Preparation, now: Date): string[] {
  const { steps, warnings } = preparation;
  const totalMs = sumBy(steps, (step) => step.lengthMs);
  const ends = new Date(now.getTime() + totalMs).toTimeString().slice(0, 5);
  const first = steps[0];
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
  return [
    ...(first ? [`${count} of ${formatDurationMs(first.lengthMs)}, ends ${ends}`] : []),
    slicesText(preparedSlices(preparation)),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
}

/** Lengths of slices as they are announced. */
export const preparedSlices = (preparation: Preparation): SliceLengths => ({
  lengthMs: preparation.sliceMs,
  journeysMs: preparation.journeySliceMs,
  journeyStepsMs: preparation.journeyStepSliceMs,
});
