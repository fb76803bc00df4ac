import { expect, test } from 'vitest';
import { combine } from '../../../scripts/analysis/slices/combine.ts';

// Every row of the table in docs/measurement.md: load, healthy, prober, planned orders → slice.
test.each([
  ['DOWN', true, 'UP', 100, 'DOWN'],
  ['DOWN', true, 'UNKNOWN', 100, 'DOWN'],
  ['DOWN', true, 'DOWN', 100, 'DOWN'],
  ['DOWN', false, 'DOWN', 100, 'DOWN'],
  ['DOWN', false, 'UP', 100, 'UNKNOWN'],
  ['DOWN', false, 'UNKNOWN', 100, 'UNKNOWN'],
  ['POSSIBLE', true, 'UP', 10, 'UNKNOWN'],
  ['POSSIBLE', true, 'DOWN', 10, 'DOWN'],
  ['UP', true, 'DOWN', 100, 'DOWN'],
  ['UP', true, 'UP', 100, 'UP'],
  ['UP', true, 'UNKNOWN', 100, 'UP'],
  ['UP', false, 'DOWN', 100, 'DOWN'],
  ['UP', false, 'UP', 100, 'UNKNOWN'],
  ['UP', false, 'UNKNOWN', 100, 'UNKNOWN'],
  ['NONE', true, 'DOWN', 100, 'DOWN'],
  ['NONE', false, 'DOWN', 100, 'DOWN'],
  ['NONE', true, 'UP', 19, 'UP'],
  ['NONE', true, 'UP', 20, 'UNKNOWN'],
  ['NONE', false, 'UP', 0, 'UP'],
  ['NONE', true, 'UNKNOWN', 0, 'UNKNOWN'],
  ['DEGRADED', true, 'UP', 100, 'DEGRADED'],
  ['DEGRADED', true, 'DOWN', 100, 'DOWN'],
  ['DEGRADED', false, 'UP', 100, 'UNKNOWN'],
] as const)('load %s, healthy %s, prober %s, %i planned: %s', (load, healthy, prober, planned, state) => {
  expect(combine({ load, healthy, prober, explained: false, planned })).toBe(state);
});

test.each([
  ['UP', true, 'UP'],
  ['DEGRADED', true, 'DEGRADED'],
  ['DOWN', true, 'DOWN'],
  ['DOWN', false, 'UNKNOWN'],
  ['NONE', true, 'UNKNOWN'],
] as const)('canaries that failed as orders did leave load %s, healthy %s: %s', (load, healthy, state) => {
  expect(combine({ load, healthy, prober: 'DOWN', explained: true, planned: 10 })).toBe(state);
});
