import type { RunReport } from '../../../scripts/contract/run-report.ts';

const TRIES = 3;

/**
 * Runs again, at most twice and each time printed, when this shared machine starved the load generator (INVALID,
 * `generator-unhealthy…` as the heaviest reason, or what the test itself found `unsound`). Any other verdict is final.
 */
export async function untilJudged<Result extends { report: RunReport; unsound?: string | null }>(
  attempt: (tries: number) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const result = await attempt(tries);
    const { status, reasons } = result.report.verdict;
    const starved = status === 'INVALID' && reasons[0]?.code.startsWith('generator-unhealthy') === true;
    const why = starved ? reasons[0]?.message : result.unsound;
    if (!why || tries === TRIES) return result;
    console.log(`attempt ${tries} was ${starved ? 'INVALID' : 'unsound'} and is repeated: ${why}`);
  }
}
