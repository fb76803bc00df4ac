import { describe, expect, test } from 'vitest';
import type { SavedFiles } from '../support/rehearsals/run-directory.ts';
import { seconds } from '../support/stories/story.ts';
import { verifying } from '../support/verifying.ts';
import { DAMAGES, Dice, TEXT_DAMAGES } from './damage.ts';
import {
  barelyDownRun,
  downRun,
  healthyRun,
  type Judged,
  judged,
  resealed,
  type SavedStory,
  sameFigures,
  shakenRun,
} from './saved-runs.ts';

// Random damage to saved runs. Two depths: to the bytes of the log, where numbers and checksums show it; and to the
// observations themselves with numbers, checksums and seal made anew, as if the instrument had lied.

const UP = { healthy: healthyRun, 'down for 5 s of 20': shakenRun };
const DOWN = { 'down for 35 s of 20': downRun, 'down for 21 s of 20': barelyDownRun };
const DAMAGED_TEXTS = verifying
  ? { ...UP, ...DOWN }
  : { healthy: healthyRun, 'down for 21 s of 20': barelyDownRun };
type Kind = keyof typeof DAMAGES;
const KINDS = Object.keys(DAMAGES) as Kind[];

/** 200 seeds in all, shared out among the kinds; in `npm run verify` 200 of each kind. */
const seedsOf = (kind: Kind): number[] =>
  seconds(1, 201).filter((seed) => verifying || seed % KINDS.length === KINDS.indexOf(kind));

const lied = (story: SavedStory, kind: Kind, seed: number): SavedFiles =>
  resealed(story, DAMAGES[kind](story.observations, new Dice(seed)));

const written = ({ files }: SavedStory, kind: Kind, seed: number): SavedFiles => ({
  ...files,
  observations: TEXT_DAMAGES[kind](files.observations, new Dice(seed)),
});

/** Seeds after which a run ended in a way that it must not, with that end. */
async function wrongEnds(
  seeds: readonly number[],
  damagedBy: (seed: number) => SavedFiles,
  isWrong: (damaged: Judged) => boolean,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const seed of seeds) {
    const damaged = await judged(damagedBy(seed));
    if (isWrong(damaged)) wrong.push(`seed ${seed}: ${JSON.stringify(damaged)}`);
  }
  return wrong;
}

test('undamaged, the healthy ones PASS and the down ones FAIL', async () => {
  for (const { files } of Object.values(UP)) expect(await judged(files)).toMatchObject({ status: 'PASS' });
  for (const { files } of Object.values(DOWN)) expect(await judged(files)).toMatchObject({ status: 'FAIL' });
});

describe.each(KINDS)('%s, sealed anew', (kind) => {
  test.each(Object.entries(UP))('a run that was %s neither passes by it nor fails', async (_, story) => {
    const whole = await judged(story.files);
    // Canaries moved by two slices or less only move the edges of an outage: nothing contradicts them.
    const isWrong = (damaged: Judged): boolean =>
      damaged.status === 'FAIL' ||
      (damaged.status === 'PASS' && !sameFigures(damaged, whole, kind === 'shift'));
    expect(await wrongEnds(seedsOf(kind), (seed) => lied(story, kind, seed), isWrong)).toEqual([]);
  });

  test.each(Object.entries(DOWN))('a run that was %s never passes', async (_, story) => {
    const isWrong = ({ status }: Judged): boolean => status === 'PASS';
    expect(await wrongEnds(seedsOf(kind), (seed) => lied(story, kind, seed), isWrong)).toEqual([]);
  });
});

describe.each(KINDS)('%s, in the bytes', (kind) => {
  test.each(Object.entries(DAMAGED_TEXTS))('a run that was %s is INVALID', async (_, story) => {
    const same = (files: SavedFiles): boolean => files.observations === story.files.observations;
    const isWrong = ({ status }: Judged): boolean => status !== 'INVALID' && status !== 'REFUSED';
    const damagedBy = (seed: number) => written(story, kind, seed);
    expect(seedsOf(kind).filter((seed) => same(damagedBy(seed)))).toEqual([]);
    expect(await wrongEnds(seedsOf(kind), damagedBy, isWrong)).toEqual([]);
  });
});
