import { describe, expect, test } from 'vitest';
import type { Observation } from '../../scripts/observe/observation.ts';
import { logText } from '../support/saved-run.ts';
import { seconds } from '../support/story.ts';
import { DAMAGES, Dice, TEXT_DAMAGES } from './damage.ts';
import {
  barelyDownRun,
  downRun,
  healthyRun,
  type Judged,
  judged,
  judgedText,
  sameFigures,
  shakenRun,
} from './saved-runs.ts';

// Random damage to saved runs. Two depths: to the bytes of the log, where numbers and checksums show it; and to the
// observations themselves with numbers and checksums made anew, as if the instrument had lied.

const SEEDS = seconds(1, 201);
const UP = { healthy: healthyRun, 'down for 5 s of 20': shakenRun };
const DOWN = { 'down for 35 s of 20': downRun, 'down for 21 s of 20': barelyDownRun };

test('undamaged, the healthy ones PASS and the down ones FAIL', () => {
  expect(Object.values(UP).map((run) => judged(run).status)).toEqual(['PASS', 'PASS']);
  expect(Object.values(DOWN).map((run) => judged(run).status)).toEqual(['FAIL', 'FAIL']);
});

const brief = ({ status, codes, figures }: Judged): string =>
  `${status} ${codes.join(' ')} ${JSON.stringify(figures)}`;

/** Seeds after which a run ended in a way that it must not. */
function wrongEnds(
  run: readonly Observation[],
  after: (seed: number) => Judged,
  isWrong: (damaged: Judged, whole: Judged) => boolean,
): string[] {
  const whole = judged(run);
  return SEEDS.flatMap((seed) => {
    const damaged = after(seed);
    return isWrong(damaged, whole) ? [`seed ${seed}: ${brief(damaged)}`] : [];
  });
}

const falsePass =
  (edges: boolean) =>
  (damaged: Judged, whole: Judged): boolean =>
    damaged.status === 'PASS' && !sameFigures(damaged, whole, edges);
const failed = (damaged: Judged): boolean => damaged.status === 'FAIL';
const anyPass = (damaged: Judged): boolean => damaged.status === 'PASS';

describe.each(Object.keys(DAMAGES) as (keyof typeof DAMAGES)[])('%s', (kind) => {
  const lied = (run: readonly Observation[]) => (seed: number) => judged(DAMAGES[kind](run, new Dice(seed)));
  const written = (run: readonly Observation[]) => {
    const text = logText(run);
    return (seed: number) => judgedText(TEXT_DAMAGES[kind](text, new Dice(seed)));
  };

  test.each(Object.entries(UP))('a run that was %s neither passes by it nor fails', (_, run) => {
    // Canaries moved by two slices or less only move the edges of an outage: nothing contradicts them.
    const isFalse = falsePass(kind === 'shift');
    const isWrong = (damaged: Judged, whole: Judged) => isFalse(damaged, whole) || failed(damaged);
    expect(wrongEnds(run, lied(run), isWrong)).toEqual([]);
    expect(wrongEnds(run, written(run), isWrong)).toEqual([]);
  });

  test.each(Object.entries(DOWN))('a run that was %s never passes', (_, run) => {
    expect(wrongEnds(run, lied(run), anyPass)).toEqual([]);
    expect(wrongEnds(run, written(run), anyPass)).toEqual([]);
  });
});
