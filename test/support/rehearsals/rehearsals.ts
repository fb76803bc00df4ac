import { afterEach } from 'vitest';
import type { CliRun } from './cli-run.ts';
import { untilJudged } from './until-judged.ts';

/** Runs a rehearsal until this machine lets it be judged; what it wrote is removed after the test. */
export function rehearsals() {
  const runs: CliRun[] = [];
  afterEach(() => {
    for (const run of runs.splice(0)) run.remove();
  });
  return (start: () => CliRun) =>
    untilJudged(async () => {
      const run = start();
      runs.push(run);
      return { run, ...(await run.result), report: run.report() };
    });
}
