import { expect, test } from 'vitest';
import { redacted, redactor } from '../../scripts/core/secrets.ts';
import type { Observation } from '../../scripts/observe/observation.ts';
import { Recorder } from '../../scripts/record/recorder.ts';

const SECRET = 'pa"ss\\word-1';

test('no observation that is passed on contains a secret, in whatever field', () => {
  const seen: Observation[] = [];
  const recorder = new Recorder([SECRET], (observation) => seen.push(observation));
  recorder.observe({
    type: 'k6-log',
    at: 1,
    instance: 'step0-0',
    level: 'error',
    message: `token ${SECRET} refused`,
  });
  recorder.observe({
    type: 'child-died',
    at: 2,
    who: 'target',
    code: 1,
    signal: null,
    lastLines: ['a', `b ${SECRET}`],
  });
  expect(seen).toMatchObject([{ message: 'token [secret] refused' }, { lastLines: ['a', 'b [secret]'] }]);
});

test('every sink gets every observation in order', () => {
  const [first, second]: Observation[][] = [[], []];
  const recorder = new Recorder(
    [],
    (observation) => first?.push(observation),
    (observation) => second?.push(observation),
  );
  for (const at of [1, 2, 3]) recorder.observe({ type: 'clock-step', at, byMs: 200 });
  expect(first?.map(({ at }) => at)).toEqual([1, 2, 3]);
  expect(second).toEqual(first);
});

test('redacting leaves the rest of a value as it is', () => {
  expect(redacted({ list: [1, null, { text: `x${SECRET}y` }] }, redactor([SECRET]))).toEqual({
    list: [1, null, { text: 'x[secret]y' }],
  });
});

test('digits of a time or the name of a key that look like a secret stay as they are', () => {
  const cpu = {
    type: 'cpu',
    at: 1_763_900_123_456,
    who: 'k6',
    instance: 'step0-0',
    cpuRatio: 0.5,
    rssBytes: 1,
  };
  expect(redacted(cpu, redactor(['900123', 'instance']))).toEqual(cpu);
});

test.each([
  ['inside JSON', JSON.stringify({ auth: SECRET })],
  ['in a URL', `https://shop/?token=${encodeURIComponent(SECRET)}`],
  ['as base64', Buffer.from(SECRET).toString('base64')],
])('a secret is taken out %s too', (_where, text) => {
  const { message } = redacted({ message: text }, redactor([SECRET]));
  expect(message).toContain('[secret]');
  expect(message).not.toContain('word-1');
});

test.each(['', 'u', 'us', 'user:', 'Bearer '])('a secret is taken out of base64 after "%s" too', (before) => {
  for (const after of ['', '!', ' and more']) {
    const text = Buffer.from(`${before}${SECRET}${after}`).toString('base64');
    const { message } = redacted({ message: text }, redactor([SECRET]));
    // A character that also holds bits of the neighbours may stay: two of them hold no byte of the secret.
    expect(Buffer.from(message.replace('[secret]', ''), 'base64').toString('latin1')).not.toContain('word');
    expect(message).toContain('[secret]');
  }
});

test('a secret of several lines is taken out of an answer on one line too', () => {
  const { message } = redacted(
    { message: 'key BEGIN first second END' },
    redactor(['BEGIN\nfirst\r\nsecond\nEND']),
  );
  expect(message).toBe('key [secret]');
});

test('what a target answered is cut after the secrets are out, so that no half of one is kept', () => {
  const seen: Observation[] = [];
  const recorder = new Recorder([SECRET], (observation) => seen.push(observation));
  const times = { at: 1, scheduledAt: 1, startedAt: 1, endedAt: 1 };
  const fate = { kind: '5xx', item: null, cafe: null, name: 'POST /orders' } as const;
  const detail = `${'x'.repeat(195)}${SECRET}`;
  recorder.observe({ type: 'probe', journey: 'order', outcome: 'bad', ...times, ...fate, detail });
  recorder.observe({ type: 'failed-turn', step: 0, journey: 'order', ...times, ...fate, detail });
  const kept = { detail: `${'x'.repeat(195)}[secr` };
  expect(seen).toMatchObject([kept, kept]);
});

test('of a long secret that the answer’s own end has cut in two nothing is kept either', () => {
  const seen: Observation[] = [];
  const token = `head.${'abcdefghij'.repeat(90)}`;
  const recorder = new Recorder([token], (observation) => seen.push(observation));
  const times = { at: 1, scheduledAt: 1, startedAt: 1, endedAt: 1 };
  const fate = { kind: '5xx', item: null, cafe: null, name: 'POST /orders' } as const;
  const detail = `500 ${token} ${token} ${token}`.slice(0, 2_000);
  recorder.observe({ type: 'failed-turn', step: 0, journey: 'order', ...times, ...fate, detail });
  expect(seen).toMatchObject([{ detail: '500 [secret] [secret] [secret]' }]);
});

test('of a secret that a name’s own end has cut in two nothing is kept, and a whole name stays', () => {
  const seen: Observation[] = [];
  const recorder = new Recorder(['checkout-7f3a91'], (observation) => seen.push(observation));
  const labels = { item: `${'x'.repeat(56)}Checkout`, name: 'POST /checkout' };
  recorder.observe({ type: 'series', at: 1, id: 1, name: 'k6_turns_total', labels });
  expect(seen).toMatchObject([{ labels: { item: `${'x'.repeat(56)}[secret]`, name: 'POST /checkout' } }]);
});
