import type { K6Options } from '../../scripts/demand/k6-options.ts';

type Scenario = K6Options['scenarios'][string];

/**
 * Start offsets in ms that k6 computes for a scenario: the arithmetic of `cal` in k6 v2.2.0
 * (lib/executor/ramping_arrival_rate.go), float for float on amd64. What lies at or behind the end of the scenario's
 * duration, k6 may drop.
 */
export function k6Arrivals(scenario: Scenario): { offsetsMs: number[]; durationMs: number } {
  const timeUnit = 1e9;
  const offsetsMs: number[] = [];
  let stageStart = 0;
  let doneSoFar = 0;
  let endCount = 0;
  let from = scenario.startRate / timeUnit;
  let arrival = 1;
  for (const stage of scenario.stages) {
    const to = stage.target / timeUnit;
    const length = nanoseconds(stage.duration);
    endCount += from === to ? length * to : length * ((to - from) / 2 + from);
    for (; arrival <= endCount; arrival++) {
      const left = arrival - doneSoFar;
      const root = Math.sqrt(Math.max(0, length * (from * from * length + 2 * left * (to - from))));
      const into = from === to ? left / to : (from * length - root) / (from - to);
      offsetsMs.push((Math.trunc(into) + stageStart) / 1e6);
    }
    doneSoFar = endCount;
    from = to;
    stageStart += length;
  }
  return { offsetsMs, durationMs: stageStart / 1e6 };
}

function nanoseconds(duration: string): number {
  const [, amount, unit] = /^(\d+)(us|s)$/.exec(duration) ?? [];
  return Number(amount) * (unit === 'us' ? 1e3 : 1e9);
}
