import type { RunReport } from '../../scripts/report/run-report.ts';

const TRIES = 3;

/**
 * Runs again, at most twice and each time printed, when this shared machine starved the load generator (INVALID,
 * `generator-unhealthy…` as the heaviest reason). Any other verdict is final.
 */
export async function untilJudged<Result extends { report: RunReport }>(
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const result = await attempt();
    const { status, reasons } = result.report.verdict;
    const starved = status === 'INVALID' && reasons[0]?.code.startsWith('generator-unhealthy') === true;
    if (!starved || tries === TRIES) return result;
    console.log(`attempt ${tries} was INVALID and is repeated: ${reasons[0]?.message}`);
  }
}
