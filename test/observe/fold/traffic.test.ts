import { expect, test } from 'vitest';
import { SERIES } from '../../../k6/contract.ts';
import type { HistogramState } from '../../../scripts/observe/observation.ts';
import { fold, push, S, series, T } from './story.ts';

const requests = (id: number, labels: Record<string, string> = {}) =>
  series(id, SERIES.requests, { scenario: 'checkout', name: 'POST /orders', ...labels });
const repeats = (id: number, why: string, journey = 'checkout') =>
  series(id, SERIES.repeats, { scenario: journey, why });

test('requests and repeats are counted in the second of the sample that tells of them', () => {
  const step = fold([
    requests(1),
    requests(2, { status: '503', instance: 'step0-1' }),
    repeats(3, 'retry'),
    push(T + 2_000, [
      [1, T + 1_900, 40],
      [2, T + 1_100, 5],
      [3, T + 1_200, 7],
    ]),
    push(T + 3_000, [[1, T + 2_100, 44]]),
  ]);
  expect(step.traffic).toEqual([
    { journey: 'checkout', second: S + 1, requests: 45, repeats: 7, invited: 0 },
    { journey: 'checkout', second: S + 2, requests: 4, repeats: 0, invited: 0 },
  ]);
});

test('what a shopper asks of a mocked partner is no load on the target', () => {
  const step = fold([
    requests(1, { name: 'partner messages' }),
    requests(2, { name: 'GET /partner list' }),
    push(T + 2_000, [
      [1, T + 1_900, 40],
      [2, T + 1_900, 3],
    ]),
  ]);
  expect(step.traffic).toEqual([{ journey: 'checkout', second: S + 1, requests: 3, repeats: 0, invited: 0 }]);
});

test('repeats that the target asked for are told apart, by journey and reason', () => {
  const whys = ['retry', 'retry-after', 'ticket', 'redelivery', 'double-tap'];
  const step = fold([
    ...whys.map((why, index) => repeats(index + 1, why)),
    repeats(6, 'ticket', 'bot'),
    push(
      T + 2_000,
      [1, 2, 4, 8, 16, 32].map((count, index) => [index + 1, T + 1_900, count]),
    ),
  ]);
  expect(step.traffic).toEqual([
    { journey: 'checkout', second: S + 1, requests: 0, repeats: 31, invited: 2 + 4 },
    { journey: 'bot', second: S + 1, requests: 0, repeats: 32, invited: 32 },
  ]);
  expect(step.repeats).toEqual([
    ...whys.map((why, index) => ({ journey: 'checkout', why, count: 2 ** index })),
    { journey: 'bot', why: 'ticket', count: 32 },
  ]);
});

const state = (count: number): HistogramState => ({
  count,
  sum: count * 2,
  schema: 3,
  zeroCount: 0,
  buckets: [8, count],
});

test('parts are read by journey and name, over all k6 processes; the second half of an order too', () => {
  const part = (id: number, name: string, instance = 'step0-0') =>
    series(id, SERIES.partDuration, { scenario: 'bot', part: name, instance });
  const step = fold([
    part(1, 'webhook-ack'),
    part(2, 'webhook-ack', 'step0-1'),
    part(3, 'half:checkout'),
    push(
      T + 1_000,
      [],
      [
        [1, T + 900, state(5)],
        [2, T + 900, state(2)],
        [3, T + 900, state(3)],
      ],
    ),
    push(T + 2_000, [], [[1, T + 1_900, state(6)]]),
  ]);
  expect(step.parts).toEqual([
    { journey: 'bot', part: 'webhook-ack', histogram: state(8) },
    { journey: 'bot', part: 'half:checkout', histogram: state(3) },
  ]);
  expect(step.durations).toEqual([]);
});

test('repeats and parts that no contract names are passed over', () => {
  const step = fold([
    repeats(1, 'boredom'),
    series(2, SERIES.repeats, { why: 'retry' }),
    series(3, SERIES.partDuration, { scenario: 'bot', part: 'half:' }),
    series(4, SERIES.partDuration, { scenario: 'bot', part: 'middle' }),
    series(5, SERIES.partDuration, { part: 'webhook-ack' }),
    push(
      T + 1_000,
      [
        [1, T + 900, 1],
        [2, T + 900, 1],
      ],
      [
        [3, T + 900, state(1)],
        [4, T + 900, state(1)],
        [5, T + 900, state(1)],
      ],
    ),
  ]);
  expect([step.traffic, step.repeats, step.parts, step.unplaced]).toEqual([[], [], [], 0]);
});
