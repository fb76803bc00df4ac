import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../scripts/observe/observation.ts';
import type { StepTimeline } from '../../../scripts/observe/timeline.ts';
import { endedSeries, fold, type Push, push, S, startedSeries, T } from './story.ts';

describe('properties', () => {
  /** One flush of a k6 process: what grew since the flush before, by series. */
  const flushes = fc.array(fc.array(fc.nat(5), { minLength: 4, maxLength: 4 }), {
    minLength: 1,
    maxLength: 12,
  });

  /** Four slotted series as totals, one push for each flush, the n-th after n + 1 seconds. */
  function stream(increments: number[][], instance: number, shiftSec = 0): Observation[] {
    const labels = { instance: `step0-${instance}` };
    const shifted = (second: number) => (second + shiftSec) % 256;
    const id = (index: number) => instance * 10 + index + 1;
    const totals = [0, 0, 0, 0];
    return [
      startedSeries(id(0), shifted(0), labels.instance),
      startedSeries(id(1), shifted(1), labels.instance),
      endedSeries(id(2), shifted(0), labels),
      endedSeries(id(3), shifted(1), { ...labels, outcome: 'bad', kind: '5xx', first: 'bad' }),
      ...increments.map((growth, index) => {
        const at = T + shiftSec * 1_000 + index * 1_000 + 1_500;
        for (const [position, by] of growth.entries()) totals[position] = (totals[position] ?? 0) + by;
        const grown = totals.flatMap((total, position) =>
          (growth[position] ?? 0) > 0 ? [[id(position), at, total] as const] : [],
        );
        return push(at, grown);
      }),
    ];
  }

  /** Counts by second and fate, whichever pushes they came with. */
  function tallies(step: StepTimeline, shiftSec = 0): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [second, count] of step.started.get('checkout') ?? []) {
      counts[`started ${second - S - shiftSec}`] = count;
    }
    for (const { second, outcome, kind, count } of step.turns) {
      const key = `${outcome} ${kind} ${second - S - shiftSec}`;
      counts[key] = (counts[key] ?? 0) + count;
    }
    return counts;
  }

  const sum = (a: Record<string, number>, b: Record<string, number>): Record<string, number> =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]),
    );

  test('nothing is lost and nothing is added', () => {
    fc.assert(
      fc.property(flushes, (increments) => {
        const total = Object.values(tallies(fold(stream(increments, 0)))).reduce((a, b) => a + b, 0);
        expect(total).toBe(increments.flat().reduce((a, b) => a + b, 0));
      }),
    );
  });

  test('pushes may be left out in between: the next total holds what they said', () => {
    fc.assert(
      fc.property(flushes, fc.array(fc.boolean()), (increments, lost) => {
        const all = stream(increments, 0);
        const closing = push(T + 20_000, finalTotals(all, T + 20_000));
        const some = all.filter((observation, index) => observation.type !== 'push' || !lost[index]);
        expect(tallies(fold([...some, closing]))).toEqual(tallies(fold([...all, closing])));
      }),
    );
  });

  test('a push cut in two says the same', () => {
    fc.assert(
      fc.property(flushes, fc.nat(4), (increments, cut) => {
        const all = stream(increments, 0);
        const halves = all.flatMap((observation) =>
          observation.type === 'push'
            ? [
                push(observation.at, observation.samples.slice(0, cut)),
                push(observation.at, observation.samples.slice(cut)),
              ]
            : [observation],
        );
        expect(tallies(fold(halves))).toEqual(tallies(fold(all)));
      }),
    );
  });

  test('pushes sent twice, or again later, say nothing new', () => {
    fc.assert(
      fc.property(flushes, fc.nat(11), (increments, again) => {
        const all = stream(increments, 0);
        const repeated = all.filter(({ type }) => type === 'push')[again % increments.length];
        expect(tallies(fold([...all.flatMap((one) => [one, one]), ...(repeated ? [repeated] : [])]))).toEqual(
          tallies(fold(all)),
        );
      }),
    );
  });

  test('two processes add up, however their pushes interleave', () => {
    fc.assert(
      fc.property(flushes, flushes, fc.array(fc.boolean()), (a, b, order) => {
        const [left, right] = [stream(a, 0), stream(b, 1)];
        const mixed: Observation[] = [];
        for (const fromLeft of order) mixed.push(...(fromLeft ? left : right).splice(0, 1));
        const together = tallies(fold([...mixed, ...left, ...right]));
        expect(together).toEqual(sum(tallies(fold(stream(a, 0))), tallies(fold(stream(b, 1)))));
      }),
    );
  });

  test('a shift by whole seconds shifts the seconds and nothing else', () => {
    fc.assert(
      fc.property(flushes, fc.nat(1_000), (increments, shiftSec) => {
        const shifted = tallies(fold(stream(increments, 0, shiftSec)), shiftSec);
        expect(shifted).toEqual(tallies(fold(stream(increments, 0))));
      }),
    );
  });

  function finalTotals(observations: readonly Observation[], at: number): Push['samples'] {
    const totals = new Map<number, number>();
    for (const observation of observations) {
      if (observation.type === 'push') for (const [id, , value] of observation.samples) totals.set(id, value);
    }
    return [...totals].map(([id, value]) => [id, at, value]);
  }
});
