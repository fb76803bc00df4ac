import { type ClientSettings, ORDER_EXEC } from '../../k6/contract.ts';
import { USER_AGENT } from '../core/version.ts';

/** Longer than any run; the process is told to stop. */
const DURATION = '240h';

/**
 * JSON for `k6 run --config` of the k6 process that sends canaries of scripts without the kit: an iteration of each
 * journey every `everyMs`, whatever became of the ones before. Journeys take turns within that distance.
 */
export function canaryOptions(
  journeys: readonly string[],
  everyMs: number,
  { slowAfterMs }: Pick<ClientSettings, 'slowAfterMs'>,
): object {
  const scenarios = journeys.map((journey, index) => {
    // A canary is given up after slowAfter; twice that for what the script does beside its requests.
    const vus = Math.ceil((2 * slowAfterMs) / everyMs) + 1;
    return [
      journey,
      {
        executor: 'constant-arrival-rate',
        exec: ORDER_EXEC,
        startTime: `${Math.floor((everyMs * index) / journeys.length)}ms`,
        duration: DURATION,
        rate: 1,
        timeUnit: `${everyMs}ms`,
        preAllocatedVUs: vus,
        maxVUs: vus,
        gracefulStop: '0s',
      },
    ];
  });
  return { setupTimeout: '60000ms', userAgent: USER_AGENT, scenarios: Object.fromEntries(scenarios) };
}
