import { describe, expect, test } from 'vitest';
import type { Funnel, LimitFigures } from '../../scripts/contract/figures.ts';
import type { StepReport } from '../../scripts/contract/run-report.ts';
import {
  amplificationLines,
  funnelLines,
  limitLines,
  partLines,
} from '../../scripts/report/shopper-lines.ts';

const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);

describe('the funnel', () => {
  const endedAt = (
    index: number,
    count: number,
    hows: readonly string[] = ['timeout'],
    name: string | null = `step ${index}`,
  ) => ({
    ...{ index, name, reached: 1_000 },
    ended: hows.map((how) => ({ how, count })),
  });
  const funnel = (change: Partial<Funnel>): Pick<StepReport, 'funnels'> => ({
    funnels: [
      {
        journey: 'checkout',
        started: 1_000,
        turnedAway: 0,
        cutOff: 0,
        neverEnded: 0,
        steps: [],
        confirmed: 900,
        unnamed: 0,
        ...change,
      },
    ],
  });

  test('has no line where nobody failed, though some were cut off', () => {
    expect(funnelLines(funnel({ steps: [endedAt(0, 0, [])], cutOff: 100 }))).toEqual([]);
  });

  test('tells two steps of one name apart by their number', () => {
    const steps = [endedAt(0, 5, ['timeout'], 'POST /shop-api'), endedAt(1, 7, ['5xx'], 'POST /shop-api')];
    expect(funnelLines(funnel({ steps }))).toEqual([
      'checkout: 1,000 orders, 900 confirmed; 5 ended at POST /shop-api, step 1 (timeout), 7 at POST /shop-api, step 2 (5xx)',
    ]);
  });

  test('names the three heaviest steps in their order, and two kinds of each', () => {
    const steps = [
      endedAt(0, 1),
      endedAt(1, 20, ['timeout', '503', '5xx']),
      endedAt(2, 2),
      endedAt(3, 9, ['late', '429']),
    ];
    expect(funnelLines(funnel({ steps, cutOff: 3 }))).toEqual([
      'checkout: 1,000 orders, 900 confirmed; 60 ended at step 1 (timeout, 503 and others), 2 at step 2 (timeout), 18 at step 3 (late, 429), 1 at other steps, 3 cut off',
    ]);
  });

  test('names who could not begin, and whose end is not known', () => {
    expect(funnelLines(funnel({ turnedAway: 1_200, neverEnded: 7 }))).toEqual([
      'checkout: 1,000 orders, 900 confirmed; 7 never ended, 1,200 more turned away',
    ]);
  });

  test('counts the requests of own code, and lets no name drive the terminal', () => {
    const steps = [endedAt(0, 1, ['5xx'], null), endedAt(1, 2, ['5xx'], 'a\u001b[2J')];
    expect(funnelLines(funnel({ steps }))[0]).toContain('1 ended at request 1 (5xx), 2 at a·[2J (5xx)');
  });
});

describe('amplification', () => {
  const traffic = (amplification: number | null, peak: number | null, metastable = false): string[] =>
    amplificationLines(
      {
        metastable,
        traffic: {
          ...{
            requests: 1_300,
            firstTries: 1_000,
            turns: 500,
            requestsPerTurn: 2.6,
          },
          repeats: [
            { why: 'retry', count: 200 },
            { why: 'double-tap', count: 100 },
          ],
          amplification,
          peak:
            peak === null
              ? null
              : { startedAt: Date.UTC(2026, 10, 22, 12, 2, 20), lengthMs: 5_000, amplification: peak },
        },
      },
      clock,
    );

  test('is told with its peak and reasons', () => {
    expect(traffic(1.3, 2.64)).toEqual([
      'amplification 1.3, up to 2.6 at 12:02:20, 2.6 requests a turn; repeats: retry 67 %, double-tap 33 %',
    ]);
  });

  test('is told if it was high at any time, or the target stays down', () => {
    expect(
      [traffic(1.02, 1.09), traffic(1.02, 1.1), traffic(1, null, true), traffic(null, null, true)].map(
        (lines) => lines.length,
      ),
    ).toEqual([0, 1, 1, 0]);
    expect(amplificationLines({ traffic: null, metastable: true }, clock)).toEqual([]);
  });
});

test('parts have one line a journey', () => {
  const part = (journey: string, name: string, p50Ms: number) => ({
    journey,
    part: name,
    count: 1,
    p50Ms,
    p90Ms: 0,
    p99Ms: 2_500,
  });
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => part('chat', name, 1));
  expect(
    partLines({ parts: [part('bot', 'webhook-ack', 12), part('bot', 'half:checkout', 1_200), ...many] }),
  ).toEqual([
    'bot: webhook-ack 12 ms (p99 2.5 s), half:checkout 1.2 s (p99 2.5 s)',
    expect.stringMatching(/^chat: a 1 ms .*, e 1 ms \(p99 2\.5 s\), 1 more in the report$/),
  ]);
  expect(partLines({ parts: [] })).toEqual([]);
});

describe('the limit', () => {
  const LIMIT: LimitFigures = {
    limitPerSec: 400,
    aboveMs: 40_000,
    engagedAt: Date.UTC(2026, 10, 22, 12, 2, 31),
    toldToWaitRatio: 0.62,
    servedRatio: 0.8,
    judgedMs: 37_000,
    goodputPerSec: 388,
    goodputRatio: 0.97,
    held: 'plateau',
  };
  const line = (change: Partial<LimitFigures>): string =>
    limitLines({ limit: { ...LIMIT, ...change } }, clock).join('|');

  test('says when it engaged, who waited, and whether goodput held', () => {
    expect(line({})).toBe(
      'limit 400 orders/s: offered more for 40 s, engaged at 12:02:31, 62 % told to wait, 80 % of them served; goodput 97 % of it: plateau',
    );
  });

  test.each<[Partial<LimitFigures>, string]>([
    [{ aboveMs: 0 }, 'limit 400 orders/s: never offered more, so it was not tried'],
    [{ engagedAt: null, toldToWaitRatio: 0 }, 'nobody was told to wait; goodput'],
    [{ toldToWaitRatio: 0, servedRatio: null }, 'engaged at 12:02:31, 0 % told to wait; goodput'],
    [{ held: 'collapsed', goodputRatio: 0.3 }, 'goodput 30 % of it: COLLAPSED'],
    [{ held: null, goodputRatio: 0.89 }, 'goodput 89 % of it: too close to tell'],
    [{ held: null, goodputRatio: null }, 'too short to tell whether goodput held'],
  ])('with %j', (change, text) => {
    expect(line(change)).toContain(text);
  });

  test('has no line where the plan has none', () => {
    expect(limitLines({ limit: null }, clock)).toEqual([]);
  });
});
