import { afterEach, describe, expect, test, vi } from 'vitest';
import { allowedMs, type Iteration, noteAnswer, runningIteration } from '../../../k6/script/iteration.ts';
import { iterationEnd, performScript, type ScriptOrder, troubleOf } from '../../../k6/script/perform.ts';

const limits = { patienceMs: 10_000, timeoutMs: 5_000, slowAfterMs: 3_000 };
const STARTED_AT = 1_700_000_000_000;

afterEach(() => {
  vi.useRealTimers();
});

/** Runs one iteration at a clock that only moves when the script moves it. */
function iterate(order: ScriptOrder, requests = 1) {
  vi.useFakeTimers({ now: STARTED_AT, toFake: ['Date'] });
  let seen: Iteration | null = null;
  let thrown: unknown = null;
  try {
    performScript(order, null, { startedAt: STARTED_AT, limits }, (iteration) => {
      seen = iteration;
    });
  } catch (error) {
    thrown = error;
  }
  const iteration = seen as Iteration | null;
  const end = iteration && iterationEnd(iteration, 'plain', requests, { limits, now: Date.now() });
  return { end, thrown, trouble: iteration && troubleOf(iteration) };
}

function answered(status: number, { afterMs = 10, expected = true, error = '', code = 0 } = {}): void {
  const iteration = runningIteration();
  if (iteration !== null) iteration.requests += 1;
  vi.setSystemTime(Date.now() + afterMs);
  noteAnswer('GET /menu', { status, error, error_code: code, body: 'text' }, expected);
}

describe('an iteration', () => {
  test('is good when nothing failed; what it sleeps at its end is no waiting', () => {
    const { end } = iterate(() => {
      answered(200);
      vi.setSystemTime(Date.now() + 60_000);
    });
    expect(end).toMatchObject({ outcome: 'good', kind: null, at: 0, endedAt: STARTED_AT + 10 });
  });

  test('is bad if it was never answered below 400, whatever it expects', () => {
    expect(iterate(() => answered(503)).end).toMatchObject({ outcome: 'bad', kind: 'wrong-answer' });
    const { end } = iterate(() => {
      answered(401);
      answered(200);
    });
    expect(end).toMatchObject({ outcome: 'good', proven: false });
  });

  test('is slow by its last answer', () => {
    const { end } = iterate(() => {
      answered(200);
      answered(200, { afterMs: 3_001 });
    });
    expect(end).toMatchObject({ outcome: 'bad', kind: 'slow' });
  });

  test.each([
    ['a status that was not expected', () => answered(500, { expected: false }), '5xx'],
    ['another one', () => answered(200, { expected: false }), 'wrong-answer'],
    ['no answer', () => answered(0, { code: 1050, error: 'request timeout' }), 'timeout'],
  ])('is bad by %s', (_name, order, kind) => {
    expect(iterate(order).end).toMatchObject({ outcome: 'bad', kind });
  });

  test('is nobody’s when this machine fails', () => {
    const order = () => answered(0, { code: 1200, error: 'dial: socket: too many open files' });
    expect(iterate(order).end).toMatchObject({ outcome: 'generator', kind: 'local' });
  });

  test('is bad by what failed first', () => {
    const { end, trouble } = iterate(() => {
      answered(503, { expected: false });
      answered(500, { expected: false });
      throw new TypeError('no id');
    });
    expect(end).toMatchObject({ kind: '503' });
    expect(trouble).toEqual({ name: 'GET /menu', detail: '503 text' });
  });

  test('is a mistake of the script when it throws, and k6 learns of the error', () => {
    const error = new TypeError('no id');
    const { end, thrown, trouble } = iterate(() => {
      answered(200);
      throw error;
    });
    expect(end).toMatchObject({ outcome: 'bad', kind: 'script-error' });
    expect(thrown).toBe(error);
    expect(trouble).toMatchObject({ detail: 'TypeError: no id' });
  });

  test('that sent nothing proves nothing', () => {
    expect(iterate(() => {}).end).toMatchObject({ outcome: 'bad', kind: 'script-error' });
  });

  test('that k6 was told to stop has no end', () => {
    expect(iterate(() => answered(0, { code: 1000, error: 'context canceled' })).end).toBeNull();
  });

  test('is told by its last request when it is good, by the one that failed when not', () => {
    expect(iterate(() => answered(200), 3).end).toMatchObject({ at: 2 });
    const order = () => {
      answered(200);
      answered(500, { expected: false });
    };
    expect(iterate(order, 3).end).toMatchObject({ at: 1 });
    expect(iterate(order, 1).end).toMatchObject({ at: 0 });
  });

  test('that is asynchronous ends when its promise does', async () => {
    const ends: Iteration[] = [];
    const start = { startedAt: STARTED_AT, limits };
    const failing = performScript(
      () => Promise.reject(new Error('late')),
      null,
      start,
      (one) => ends.push(one),
    );
    expect(ends).toHaveLength(0);
    await expect(failing).rejects.toThrow('late');
    expect(ends).toMatchObject([{ trouble: { kind: 'script-error' } }]);
    await performScript(
      async () => answered(200),
      null,
      start,
      (one) => ends.push(one),
    );
    expect(ends[1]).toMatchObject({ trouble: null, requests: 1 });
  });
});

test('no request outlasts patience', () => {
  const seen: (number | null)[] = [];
  iterate(() => {
    seen.push(allowedMs(null), allowedMs(60_000));
    answered(200, { afterMs: 8_000 });
    seen.push(allowedMs(null), allowedMs(1_000));
    answered(200, { afterMs: 8_000 });
    seen.push(allowedMs(null));
  });
  expect(seen).toEqual([5_000, 10_000, 2_000, 1_000, 1]);
  expect(allowedMs(60_000)).toBe(60_000);
});
