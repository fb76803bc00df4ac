import { describe, expect, test } from 'vitest';
import { backoffMs, failureKind, retryAfterMs } from '../../k6/client.ts';
import { answer, CLIENT, INTENDED_AT, journey, play, type Reply, step } from '../support/journeys.ts';

const OK: Reply = { status: 201 };
const retries = (
  max: number,
  retryOn: (typeof CLIENT.retries.retryOn)[number][],
  jitter: 'none' | 'full' = 'none',
) => ({
  retries: { max, retryOn, backoff: { baseMs: 1_000, factor: 2, jitter } },
});

test.each([
  [100, 'unexpected'],
  [302, 'unexpected'],
  [200, 'wrong-answer'],
  [400, 'client-error'],
  [401, 'client-error'],
  [403, 'client-error'],
  [404, 'client-error'],
  [409, '4xx'],
  [429, '429'],
  [500, '5xx'],
  [503, '503'],
  [599, '5xx'],
])('status %i that is not the right answer is %s', (status, kind) => {
  expect(failureKind(answer({ status }))).toBe(kind);
});

test.each(['timeout', 'refused', 'reset', 'network', 'local'] as const)(
  'a failure below HTTP keeps its kind: %s',
  (error) => {
    expect(failureKind(answer({ error }))).toBe(error);
  },
);

describe('Retry-After', () => {
  const waitFor = (value: string) =>
    retryAfterMs(answer({ status: 503, headers: { 'retry-after': value } }), INTENDED_AT);

  test('is read in seconds and as a date', () => {
    expect(waitFor('7')).toBe(7_000);
    expect(waitFor(new Date(INTENDED_AT + 9_000).toUTCString())).toBe(9_000);
  });

  test('is never under a second', () => {
    expect(waitFor('0')).toBe(1_000);
    expect(waitFor(new Date(INTENDED_AT - 60_000).toUTCString())).toBe(1_000);
  });

  test.each(['', 'soon', '-1', '1e9', '99999999999', '2026-11-23'])(
    'is no invitation when it cannot be read: "%s"',
    (value) => {
      expect(waitFor(value)).toBeNull();
    },
  );

  test.each([429, 503])('on %i is honoured though retries are off', (status) => {
    const { end, sleeps } = play(journey([step()]), [{ status, headers: { 'retry-after': '5' } }, OK]);
    expect(sleeps).toEqual([5_000]);
    expect(end).toMatchObject({ outcome: 'by-retry-after', kind: null, first: 'bad' });
  });

  test('on another status is not looked at', () => {
    const { end, sleeps } = play(journey([step()]), [{ status: 500, headers: { 'retry-after': '5' } }, OK]);
    expect(sleeps).toEqual([]);
    expect(end).toMatchObject({ outcome: 'bad', kind: '5xx' });
  });

  test('beyond patience ends the turn as throttled, at once', () => {
    const { end, requests } = play(journey([step()]), [{ status: 503, headers: { 'retry-after': '30' } }]);
    expect(requests).toHaveLength(1);
    expect(end).toMatchObject({ outcome: 'bad', kind: '503', endedAt: INTENDED_AT + 10 });
  });

  test('again and again until patience is out ends as gave-up', () => {
    const { end, sleeps } = play(journey([step()]), [{ status: 429, headers: { 'retry-after': '8' } }]);
    expect(sleeps).toEqual([8_000, 8_000, 8_000]);
    expect(end).toMatchObject({ outcome: 'bad', kind: 'gave-up' });
  });
});

describe('retries', () => {
  test('heal a 5xx within slowAfter to good, but not in the first-try figure', () => {
    const { end, sleeps } = play(journey([step()]), [{ status: 502 }, OK], { client: retries(3, ['5xx']) });
    expect(sleeps).toEqual([1_000]);
    expect(end).toMatchObject({ outcome: 'good', first: 'bad' });
  });

  test('grow by the factor and end after max', () => {
    const { end, sleeps } = play(journey([step()]), [{ error: 'reset' }], {
      client: retries(3, ['network']),
    });
    expect(sleeps).toEqual([1_000, 2_000, 4_000]);
    expect(end).toMatchObject({ outcome: 'bad', kind: 'reset' });
  });

  test('healed too late without an invitation are slow', () => {
    const { end } = play(journey([step()]), [{ error: 'refused' }, { error: 'refused' }, OK], {
      client: retries(3, ['network']),
    });
    expect(end).toMatchObject({ outcome: 'bad', kind: 'slow' });
  });

  test.each<[Reply, (typeof CLIENT.retries.retryOn)[number][]]>([
    [{ status: 500 }, ['timeout', '429', 'network']],
    [{ status: 429 }, ['timeout', '5xx', 'network']],
    [{ error: 'timeout' }, ['5xx', '429', 'network']],
    [{ error: 'refused' }, ['5xx', '429', 'timeout']],
    [{ status: 404 }, ['5xx', '429', 'timeout', 'network']],
    [{ error: 'local' }, ['5xx', '429', 'timeout', 'network']],
  ])('are not made for %j when only %j are retried', (reply, retryOn) => {
    expect(play(journey([step()]), [reply], { client: retries(3, retryOn) }).requests).toHaveLength(1);
  });

  test('with full jitter pause for a drawn part of the backoff', () => {
    const settings = { ...CLIENT, ...retries(3, ['5xx'], 'full') };
    expect(backoffMs(2, settings, () => 0.25)).toBe(1_000);
    expect(backoffMs(2, { ...settings, ...retries(3, ['5xx']) }, () => 0.25)).toBe(4_000);
  });

  test('carry a new span of the same trace', () => {
    let draws = 0;
    const random = () => (draws++ % 97) / 97;
    const { requests } = play(journey([step()]), [{ status: 500 }, OK], {
      client: retries(1, ['5xx']),
      random,
    });
    const [first, second] = requests.map(({ headers }) => headers['traceparent'] ?? '');
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(second?.slice(0, 35)).toBe(first?.slice(0, 35));
    expect(second).not.toBe(first);
  });
});

describe('patience', () => {
  test('cuts the timeout of a late try', () => {
    const { requests, end } = play(
      journey([step()]),
      [
        { error: 'timeout', afterMs: 10_000 },
        { error: 'timeout', afterMs: 10_000 },
      ],
      { client: { patienceMs: 15_000, ...retries(3, ['timeout']) } },
    );
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([10_000, 4_000]);
    expect(end).toMatchObject({ outcome: 'bad', kind: 'timeout', endedAt: INTENDED_AT + 15_000 });
  });

  test('leaves no room for a step after it', () => {
    const { requests, end } = play(journey([step(), step()]), [{ status: 200, afterMs: 5_000 }], {
      client: { patienceMs: 5_000 },
    });
    expect(requests).toHaveLength(1);
    expect(end).toMatchObject({ outcome: 'bad', kind: 'timeout', at: 1 });
  });

  test('of a canary is its limit, unless it was invited to wait', () => {
    const uninvited = play(journey([step()]), [{ afterMs: 20_000 }], { limitMs: 3_000 });
    expect(uninvited.end).toMatchObject({ kind: 'timeout', endedAt: INTENDED_AT + 3_000 });
    const invited = play(journey([step()]), [{ status: 503, headers: { 'retry-after': '9' } }, OK], {
      limitMs: 3_000,
    });
    expect(invited.end).toMatchObject({ outcome: 'by-retry-after', endedAt: INTENDED_AT + 9_020 });
  });
});
