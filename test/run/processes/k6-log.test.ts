import { describe, expect, test } from 'vitest';
import { LOG_PREFIX, type ScriptEvent } from '../../../k6/contract.ts';
import { logReader } from '../../../scripts/run/processes/k6-process.ts';

const line = (msg: string, level = 'info') => JSON.stringify({ level, msg, source: 'console' });
const event = (value: object) => line(LOG_PREFIX + JSON.stringify(value));
const FAILED = {
  event: 'failed-turn',
  journey: 'checkout',
  intendedAt: 1_000.5,
  endedAt: 1_200,
  kind: '5xx',
  at: 2,
  item: null,
  cafe: null,
  name: 'POST /orders',
  detail: '500 {"error": "no tea"}',
};

function read(lines: readonly string[]): { events: ScriptEvent[]; logged: string[] } {
  const events: ScriptEvent[] = [];
  const logged: string[] = [];
  const reader = logReader({
    onEvent: (one) => events.push(one),
    onLog: (_level, message) => logged.push(message),
  });
  for (const one of lines) reader(one);
  return { events, logged };
}

test.each([
  [{ event: 'load-start', at: 5 }],
  [{ event: 'first-start', journey: 'checkout', at: 5 }],
  [FAILED],
  [{ ...FAILED, kind: null, item: 'tea', cafe: 'corner' }],
])('the script says %j', (value) => {
  expect(read([event(value)])).toEqual({ events: [value], logged: [] });
});

test.each([
  ['a kind of no contract', { ...FAILED, kind: 'moon' }],
  ['no answer', { ...FAILED, detail: null }],
  ['no time', { ...FAILED, endedAt: 'now' }],
  ['an unknown event', { event: 'party', at: 1 }],
])('a line with %s is a line of the log like any other', (_, value) => {
  const { events, logged } = read([event(value)]);
  expect(events).toEqual([]);
  expect(logged).toHaveLength(1);
});

describe('failed turns are bounded', () => {
  // Within two seconds at most: at least one second's bound, at most two.
  const within = (count: number, perSec: number) => {
    expect(count).toBeGreaterThanOrEqual(perSec);
    expect(count).toBeLessThanOrEqual(2 * perSec);
  };
  const countOf = (events: readonly ScriptEvent[], journey: string) =>
    events.filter((one) => 'journey' in one && one.journey === journey).length;

  test('for each way to fail, which no other line uses up', () => {
    const flood = Array.from({ length: 500 }, () => [line('noise', 'warning'), event(FAILED)]).flat();
    const others = [event({ ...FAILED, journey: 'chat' }), event({ event: 'load-start', at: 5 })];
    const { events, logged } = read([...flood, ...others]);
    within(countOf(events, 'checkout'), 3);
    expect(countOf(events, 'chat')).toBe(1);
    expect(events.at(-1)?.event).toBe('load-start');
    expect(logged).toHaveLength(500);
  });

  test('in all, however many items a target names', () => {
    const sold = Array.from({ length: 500 }, (_, index) =>
      event({ ...FAILED, kind: null, item: `tea ${index}` }),
    );
    within(countOf(read(sold).events, 'checkout'), 40);
  });

  test('so that true "sold out" answers leave room for one of another item or café', () => {
    const told = (item: string, cafe: string) => event({ ...FAILED, kind: null, item, cafe });
    const many = Array.from({ length: 500 }, () => told('tea', 'corner'));
    const { events } = read([...many, told('latte', 'corner'), told('tea', 'roastery')]);
    const kept = events.flatMap((one) => (one.event === 'failed-turn' ? [`${one.item} ${one.cafe}`] : []));
    expect(new Set(kept)).toEqual(new Set(['tea corner', 'latte corner', 'tea roastery']));
  });
});
