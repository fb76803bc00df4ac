import { formatDurationMs } from '../core/quantities.ts';

/** Every length of slices in which a step is judged, ms. */
export interface SliceLengths {
  /** Of all turns. */
  lengthMs: number;
  journeysMs: Readonly<Record<string, number>>;
  /** With think time: of the steps of a journey. */
  journeyStepsMs: Readonly<Record<string, number>>;
  /** In which those were judged that held too few turns; ascending. */
  longerMs?: readonly number[] | undefined;
}

/** For people, e.g. `slices of 1 s; chat 5 s; steps of checkout 2 s; too thin ones in 10 s`. */
export function slicesText({ lengthMs, journeysMs, journeyStepsMs, longerMs = [] }: SliceLengths): string {
  const journeys = Object.entries(journeysMs).filter(([, ms]) => ms !== lengthMs);
  const steps = Object.entries(journeyStepsMs).filter(([name, ms]) => ms !== (journeysMs[name] ?? lengthMs));
  return [
    `slices of ${formatDurationMs(lengthMs)}`,
    ...journeys.map(([name, ms]) => `${name} ${formatDurationMs(ms)}`),
    ...steps.map(([name, ms]) => `steps of ${name} ${formatDurationMs(ms)}`),
    ...(longerMs.length === 0 ? [] : [`too thin ones in ${longerMs.map(formatDurationMs).join(', ')}`]),
  ].join('; ');
}
