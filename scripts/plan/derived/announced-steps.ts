import type { LaunchPlan } from '../launch-plan.ts';

/** A step that a run announces before it starts: what is run, and all that a reader may expect to find of it. */
export interface AnnouncedStep {
  /** From 0, in the order in which steps are run. */
  index: number;
  /** Of the forecast. */
  multiple: number;
}

/** The steps of a rehearsal, lightest first. Whoever needs to know which steps there are asks here, not the plan. */
export function announcedSteps({ rehearsal }: LaunchPlan): readonly AnnouncedStep[] {
  return rehearsal.multiples.map((multiple, index) => ({ index, multiple }));
}

/** The multiples of the lightest and the heaviest step. */
export function outerMultiples(steps: readonly AnnouncedStep[]): { lowest: number; highest: number } {
  const multiples = steps.map(({ multiple }) => multiple);
  return { lowest: Math.min(...multiples), highest: Math.max(...multiples) };
}
