import type { StepReport } from '../../../scripts/contract/run-report.ts';

type Measured = 'downtime' | 'generator' | 'slices' | 'series' | 'orders' | 'prober';

/** A step whose load has started: its figures are there. */
export type LoadedStep = StepReport & { [Field in Measured]: NonNullable<StepReport[Field]> };

/** Throws, with the whole step, when the load never started. */
export function loadedStep(step: StepReport | undefined): LoadedStep {
  if (!isLoaded(step)) throw new Error(`the load never started: ${JSON.stringify(step)}`);
  return step;
}

function isLoaded(step: StepReport | undefined): step is LoadedStep {
  return step !== undefined && step.downtime !== null;
}
