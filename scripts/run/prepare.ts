import { FEWEST_SLICES, SHORTEST_MEASURED_MS } from '../core/limits.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { lengthMsOf, measuredMsOf } from '../core/step-length.ts';
import { orderRate } from '../demand/curve.ts';
import { drawStep, type StepSchedule } from '../demand/draw.ts';
import { faultGaps } from '../demand/fault-gaps.ts';
import { checkRates } from '../demand/rate-check.ts';
import { sliceLengths } from '../demand/slices.ts';
import { stockAtStart } from '../demand/stock.ts';
import { sizeVus, type VuSizing } from '../demand/vus.ts';
import type { Machine } from '../engine/machine/machine.ts';
import { instanceName } from '../observe/wire/instance.ts';
import { announcedSteps } from '../plan/derived/announced-steps.ts';
import { budgetMs } from '../plan/derived/step-times.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';

/** Everything a run will do, known before anything starts. */
export interface Preparation {
  steps: readonly PreparedStep[];
  sliceMs: number;
  journeySliceMs: Readonly<Record<string, number>>;
  journeyStepSliceMs: Readonly<Record<string, number>>;
  ruleSliceMs: number;
  /** In the busiest second of the whole window, at 1x of production. */
  windowPeakOrdersPerSec: number;
  warnings: readonly string[];
}

/** What one k6 process starts of a step. */
export interface PreparedInstance {
  /** Its `instance` tag. */
  name: string;
  schedule: StepSchedule;
  vus: VuSizing['byJourney'];
}

export interface PreparedStep {
  index: number;
  /** Of all its k6 processes together. */
  schedule: StepSchedule;
  vus: VuSizing;
  instances: readonly PreparedInstance[];
  /** Partner → item → count at the step's start. */
  stock: Readonly<Record<string, Readonly<Record<string, number>>>>;
  lengthMs: number;
  /** Downtime that the step may spend. */
  budgetMs: number;
}

/** Memory of one VU of a `steps` journey, measured by `npm run bench` (docs/performance.md). */
export const MB_PER_VU = 0.5;

/** @throws PeakproofError when the plan asks for a load that it forbids, or for none (exit 2). */
export function prepare(plan: LaunchPlan, machine: Machine): Preparation {
  checkRates(plan);
  const slices = sliceLengths(plan);
  const gaps = faultGaps(plan, slices.sliceMs);
  const limits = {
    freeMemoryBytes: machine.freeMemoryBytes,
    openFileLimit: machine.openFileLimit?.soft ?? null,
    localPorts: machine.localPorts,
  };
  const stock = stockAtStart(plan);
  const steps = announcedSteps(plan).map((step) => {
    const schedule = drawStep(plan, step);
    const vus = sizeVus(plan, schedule, limits, MB_PER_VU);
    return {
      index: step.index,
      schedule,
      vus,
      instances: [{ name: instanceName(step.index, 0), schedule, vus: vus.byJourney }],
      stock,
      lengthMs: lengthMsOf(schedule),
      budgetMs: budgetMs(plan, measuredMsOf(schedule)),
    };
  });
  return {
    steps,
    sliceMs: slices.sliceMs,
    journeySliceMs: slices.journeySliceMs,
    journeyStepSliceMs: slices.journeyStepSliceMs,
    ruleSliceMs: slices.ruleSliceMs,
    windowPeakOrdersPerSec: orderRate(plan.forecast).peakRatePerSec,
    warnings: [
      ...(slices.warning === null ? [] : [slices.warning]),
      ...gaps,
      ...steps.flatMap(capWarning),
      ...verdictWarnings(steps, slices.sliceMs),
    ],
  };
}

function capWarning({ schedule, vus }: PreparedStep): string[] {
  if (vus.cappedBy === null) return [];
  const covered =
    vus.hangCoveredMs === null ? '' : `; a total hang is covered for ${formatDurationMs(vus.hangCoveredMs)}`;
  const short = vus.coversNormalSecond ? '' : '; too few even for its busiest second';
  return [
    `${schedule.multiple}x wants ${vus.wanted} VUs, ${vus.cappedBy} allow ${vus.total}${covered}${short}`,
  ];
}

/** What makes a PASS impossible, or a FAIL a matter of one slice, whatever the target does. */
function verdictWarnings(steps: readonly PreparedStep[], sliceMs: number): string[] {
  const [step] = steps;
  if (!step) return [];
  const measuredMs = measuredMsOf(step.schedule);
  const slices = Math.floor(measuredMs / sliceMs);
  const tooShort = measuredMs < SHORTEST_MEASURED_MS || slices < FEWEST_SLICES;
  const slice = formatDurationMs(sliceMs);
  return [
    ...(tooShort
      ? [
          `${formatDurationMs(measuredMs)} in ${slices} slices can't PASS; a pass needs ${SHORTEST_MEASURED_MS / 1_000} s and ${FEWEST_SLICES} slices`,
        ]
      : []),
    ...(sliceMs > step.budgetMs
      ? [
          `one DOWN slice of ${slice} is more than the ${formatDurationMs(step.budgetMs)} a step may be down, so a single bad slice FAILs it; a higher rate or slo.timeSlice makes slices shorter`,
        ]
      : []),
  ];
}
