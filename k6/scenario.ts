import exec from 'k6/execution';

type Scenario = (typeof exec)['scenario'];

let kept: Scenario | undefined;

/** k6's own view of the running scenario. Each look at `exec.scenario` makes a new one, but what it shows is always current. */
export const scenario = (): Scenario => {
  kept ??= exec.scenario;
  return kept;
};
