import { describe, expect, test } from 'vitest';
import type { ClientSettings } from '../../../k6/contract.ts';
import { shoppers } from '../../../k6/shopper.ts';
import { randomStream } from '../../../scripts/demand/random.ts';
import { CLIENT, INTENDED_AT, journey, type Play, play, type Reply, step } from '../../support/journeys.ts';

const CHAT = journey([step({ path: '/hello' }), step({ path: '/menu' }), step({ path: '/order' })]);
const soldOut = { status: 409, has: null, where: {}, item: 'item' };
const queued = { status: 202, has: null, where: {}, poll: '/tickets', everyMs: 4_000 };
const after = (ms: number): Partial<ClientSettings> => ({ thinkTime: { shape: 'fixed', ms } });
const thinking = (replies: Reply[], ms = 5_000, options: Play = {}, spec = CHAT) =>
  play(spec, replies, { ...options, client: { ...after(ms), ...options.client } });

test('a shopper who thinks begins a turn with each step, meant to start when the thinking is over', () => {
  const { startedAt, beganWith, ends, sleeps } = thinking([{ afterMs: 100 }]);
  expect(sleeps).toEqual([5_000, 5_000]);
  expect(startedAt.map((at) => at - INTENDED_AT)).toEqual([0, 5_100, 10_200]);
  expect(beganWith).toEqual([null, 1, 2]);
  const turn = { outcome: 'good', kind: null, first: 'good', journey: 'checkout' };
  expect(ends).toMatchObject([0, 1, 2].map((at) => ({ ...turn, at, intendedAt: startedAt[at] })));
});

test('each time that a step is done is a turn of that step, and no other one begins an order', () => {
  const steps = [step({ path: '/hello', times: [{ count: 3, shareRatio: 1 }] }), step({ path: '/order' })];
  const { beganWith, ends } = thinking([{}], 1_000, {}, journey(steps));
  expect(beganWith).toEqual([null, 0, 0, 1]);
  expect(ends.map(({ at, outcome }) => [at, outcome])).toEqual([0, 0, 0, 1].map((at) => [at, 'good']));
});

test('each turn has a clock of its own: three answers of 2 s are good with thought, too slow without', () => {
  expect(thinking([{ afterMs: 2_000 }]).ends.map(({ outcome }) => outcome)).toEqual(['good', 'good', 'good']);
  expect(play(CHAT, [{ afterMs: 2_000 }]).ends).toMatchObject([{ outcome: 'bad', kind: 'slow', at: 2 }]);
});

test('each turn has its own patience and its own trace', () => {
  const { ends, requests } = thinking([{}, {}, { error: 'timeout', afterMs: 10_000 }], 60_000, {
    random: randomStream('traces'),
  });
  expect(ends[2]).toMatchObject({ kind: 'timeout', endedAt: INTENDED_AT + 2 * 60_010 + 10_000 });
  expect(new Set(requests.map(({ headers }) => headers['traceparent']?.slice(3, 35))).size).toBe(3);
});

describe('the order ends with the turn', () => {
  test.each<[string, Reply, object]>([
    ['that failed', { status: 500 }, { outcome: 'bad', kind: '5xx', first: 'bad' }],
    ['that was slow', { afterMs: 3_001 }, { outcome: 'bad', kind: 'slow', first: 'bad' }],
    ['that was sold out', { status: 409, json: { item: 'tea' } }, { outcome: 'sold-out', item: 'tea' }],
    ['that this machine broke', { error: 'local' }, { outcome: 'generator', kind: 'local' }],
  ])('%s', (_, reply, expected) => {
    const spec = journey([step(), step({ soldOut }), step()]);
    const { ends, requests, startedAt } = thinking([{}, reply], 1_000, {}, spec);
    expect(requests).toHaveLength(2);
    expect(startedAt).toHaveLength(2);
    expect(ends).toMatchObject([
      { outcome: 'good', at: 0 },
      { at: 1, ...expected },
    ]);
  });
});

test('a turn that waited for its turn is followed by one that need not', () => {
  const spec = journey([step({ queued }), step()]);
  const { ends } = thinking([{ status: 202 }, { status: 200 }, {}], 1_000, {}, spec);
  expect(ends).toMatchObject([
    { outcome: 'by-ticket', first: 'bad', at: 0 },
    { outcome: 'good', first: 'good', at: 1 },
  ]);
});

test('a retry makes the first try of its own turn bad, and of no other', () => {
  const retries = {
    max: 1,
    retryOn: ['5xx'] as const,
    backoff: { baseMs: 100, factor: 1, jitter: 'none' as const },
  };
  const { ends } = thinking([{}, { status: 500 }, {}], 1_000, { client: { retries } });
  expect(ends.map(({ outcome, first }) => [outcome, first])).toEqual([
    ['good', 'good'],
    ['good', 'bad'],
    ['good', 'good'],
  ]);
});

test('captures of earlier turns are known in later ones', () => {
  const spec = journey([step({ capture: { chat: 'id' } }), step({ json: { to: '{{chat}}' } })]);
  expect(thinking([{ json: { id: 7 } }, {}], 1_000, {}, spec).requests[1]?.body).toBe('{"to":7}');
});

test('the same shopper thinks for as long again, another one does not', () => {
  const spec = {
    runId: 'run-1',
    seed: 7,
    stepIndex: 0,
    cafes: [],
    client: CLIENT,
    journeys: [{ name: 'checkout', data: {} }],
  };
  const shopper = shoppers(
    spec,
    { name: 'checkout', variables: [], own: null },
    {
      count: 0,
      at: () => ({ firstName: '', lastName: '', street: '', city: '' }),
    },
  );
  const thinkTime = { shape: 'lognormal', medianMs: 4_000, sigma: 0.6 } as const;
  const sleepsOf = (order: number) =>
    play(CHAT, [{}], { client: { thinkTime }, random: shopper(order).random }).sleeps;
  expect(sleepsOf(3)).toEqual(sleepsOf(3));
  expect(sleepsOf(3)).not.toEqual(sleepsOf(4));
  expect(new Set(sleepsOf(3)).size).toBe(2);
});

describe('a sold-out turn', () => {
  const spec = journey([step({ json: { at: '{{cafe}}' }, soldOut })]);
  const reply = { status: 409, json: { item: 'tea' } };

  test('names the café that the order was for', () => {
    expect(play(spec, [reply], { variables: { cafe: 'corner' } }).end).toMatchObject({ cafe: 'corner' });
  });

  test('names none where the journey does not say it', () => {
    expect(play(journey([step({ soldOut })]), [reply]).end).toMatchObject({
      outcome: 'sold-out',
      cafe: null,
    });
  });

  test('that came too late, and any other turn, name none', () => {
    const variables = { cafe: 'corner' };
    expect(play(spec, [{ ...reply, afterMs: 4_000 }], { variables }).end).toMatchObject({ cafe: null });
    expect(play(spec, [{}], { variables }).end).toMatchObject({ outcome: 'good', cafe: null });
  });
});

describe('strict by first tries', () => {
  const first = (replies: Reply[]) => play(journey([step({ queued })]), replies).end;

  test('takes a ticket redeemed in time for good, one redeemed later for bad', () => {
    const quick = journey([step({ queued: { ...queued, everyMs: 1_000 } })]);
    expect(play(quick, [{ status: 202 }, {}]).end).toMatchObject({ outcome: 'good', first: 'good' });
    expect(first([{ status: 202 }, {}])).toMatchObject({ outcome: 'by-ticket', first: 'bad' });
  });

  test('takes Retry-After for bad, even when it was served in time', () => {
    const busy = { status: 503, headers: { 'retry-after': '1' } };
    expect(first([busy, {}])).toMatchObject({ outcome: 'good', first: 'bad' });
    expect(first([{ ...busy, headers: { 'retry-after': '5' } }, {}])).toMatchObject({
      outcome: 'by-retry-after',
      first: 'bad',
    });
  });

  test('takes a poll that failed and was asked again for bad', () => {
    const quick = journey([step({ queued: { ...queued, everyMs: 500 } })]);
    const retries = {
      max: 1,
      retryOn: ['5xx'] as const,
      backoff: { baseMs: 1, factor: 1, jitter: 'none' as const },
    };
    const { end } = play(quick, [{ status: 202 }, { status: 500 }, {}], { client: { retries } });
    expect(end).toMatchObject({ outcome: 'good', first: 'bad' });
  });
});
