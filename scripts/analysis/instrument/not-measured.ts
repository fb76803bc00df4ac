import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';

/** Readings that this platform or run does not give; they void nothing. */
export function notMeasured(plan: LaunchPlan, timeline: RunTimeline, step: StepTimeline): string[] {
  const readings: readonly [string, boolean][] = [
    ['CPU of k6', step.cpu.some((one) => one.cpuRatio !== null)],
    ['time k6 waited for a core', step.cpu.some((one) => one.waitedRatio !== null)],
    ['memory of k6', step.cpu.some((one) => one.rssBytes !== null)],
    ['busy VUs', step.vusSamples.some((one) => one.busy !== null)],
    ['k6’s own count of orders', Object.keys(step.iterations).length > 0],
    ['event-loop delay of the mocks', plan.partners.length === 0 || timeline.mockHealth.length > 0],
    ['event-loop delay of the prober', timeline.proberHealth.length > 0],
  ];
  return readings.flatMap(([name, given]) => (given ? [] : [name]));
}
