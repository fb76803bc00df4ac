import { expect, test } from 'vitest';
import { combine } from '../../../scripts/analysis/slices/combine.ts';

// Every row of the table in docs/measurement.md: load, healthy, prober, slices that the prober calls DOWN in a row,
// planned orders → slice.
test.each([
  ['DOWN', true, 'UP', 0, 100, 'DOWN'],
  ['DOWN', true, 'UNKNOWN', 0, 100, 'DOWN'],
  ['DOWN', true, 'DOWN', 1, 100, 'DOWN'],
  ['DOWN', false, 'DOWN', 1, 100, 'DOWN'],
  ['DOWN', false, 'UP', 0, 100, 'UNKNOWN'],
  ['DOWN', false, 'UNKNOWN', 0, 100, 'UNKNOWN'],
  ['UP', true, 'DOWN', 2, 100, 'DOWN'],
  ['UP', true, 'DOWN', 1, 100, 'UP'],
  ['UP', true, 'UP', 0, 100, 'UP'],
  ['UP', true, 'UNKNOWN', 0, 100, 'UP'],
  ['UP', false, 'DOWN', 1, 100, 'DOWN'],
  ['UP', false, 'UP', 0, 100, 'UNKNOWN'],
  ['UP', false, 'UNKNOWN', 0, 100, 'UNKNOWN'],
  ['NONE', true, 'DOWN', 1, 100, 'DOWN'],
  ['NONE', false, 'DOWN', 1, 100, 'DOWN'],
  ['NONE', true, 'UP', 0, 19, 'UP'],
  ['NONE', true, 'UP', 0, 20, 'UNKNOWN'],
  ['NONE', false, 'UP', 0, 0, 'UP'],
  ['NONE', true, 'UNKNOWN', 0, 0, 'UNKNOWN'],
  ['DEGRADED', true, 'UP', 0, 100, 'DEGRADED'],
  ['DEGRADED', true, 'DOWN', 2, 100, 'DOWN'],
  ['DEGRADED', false, 'UP', 0, 100, 'UNKNOWN'],
] as const)(
  'load %s, healthy %s, prober %s (%i in a row), %i planned: %s',
  (load, healthy, prober, proberDownRun, planned, state) => {
    const proberPossibleRun = proberDownRun;
    expect(combine({ load, healthy, prober, proberDownRun, proberPossibleRun, planned }).state).toBe(state);
  },
);

test.each([
  ['UP', 'DOWN', true],
  ['DOWN', 'UP', true],
  ['UP', 'UP', false],
  ['DOWN', 'DOWN', false],
  ['NONE', 'DOWN', false],
  ['UP', 'UNKNOWN', false],
] as const)('load %s and prober %s disagree: %s', (load, prober, disagreement) => {
  const evidence = { load, prober, healthy: true, proberDownRun: 1, proberPossibleRun: 1, planned: 100 };
  expect(combine(evidence).disagreement).toBe(disagreement);
});

test('a slice that the prober alone calls DOWN, beside one it knows nothing of, is UNKNOWN', () => {
  const evidence = { load: 'UP', healthy: true, prober: 'DOWN', proberDownRun: 1, planned: 100 } as const;
  expect(combine({ ...evidence, proberPossibleRun: 2 }).state).toBe('UNKNOWN');
  expect(combine({ ...evidence, load: 'DOWN', proberPossibleRun: 2 }).state).toBe('DOWN');
});
