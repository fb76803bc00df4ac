import type { StepTimeline } from '../../observe/timeline.ts';

/** Rates are rounded where they are planned. */
const SAME_PEAK_RATIO = 0.99;

/** Whether a step replays a piece of the window without its busiest second. */
export const leavesPeakOut = ({
  peakOrdersPerSec,
  windowPeakOrdersPerSec,
}: Pick<StepTimeline, 'peakOrdersPerSec' | 'windowPeakOrdersPerSec'>): boolean =>
  peakOrdersPerSec < SAME_PEAK_RATIO * windowPeakOrdersPerSec;
