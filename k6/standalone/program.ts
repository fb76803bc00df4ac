import { SharedArray } from 'k6/data';
import { compileJourney } from '../journeys/compile.ts';
import type { LoadProgram } from '../journeys/program.ts';
import { fillIn, type StandaloneSpec } from './fill.ts';

// The program of a script that stands alone, made when k6 starts instead of when the script is bundled. The bundler
// puts it in the place of the constant that k6/main.ts reads.

declare const PEAKPROOF_STANDALONE: StandaloneSpec;

interface Made {
  program: LoadProgram;
  hidden: readonly string[];
  problem: string | null;
}

/** Once for all VUs of a process, which so agree on the run's id. */
const [made] = new SharedArray('peakproof', (): Made[] => {
  const freshId = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
  const { spec, hidden, problem } = fillIn(PEAKPROOF_STANDALONE, __ENV, freshId);
  return [
    {
      program: { ...spec, journeys: spec.journeys.map((journey) => compileJourney(journey, spec)) },
      hidden,
      problem,
    },
  ];
});
if (made === undefined) throw new TypeError('a SharedArray of one entry is empty');

export const PEAKPROOF_PROGRAM = made.program;
/** The secrets, which no line of k6's log may show. */
export const hidden = made.hidden;
/** Why nothing may be sent; null = nothing is wrong. */
export const problem = made.problem;
