import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { RunReport } from '../../scripts/contract/run-report.ts';
import { PeakproofError } from '../../scripts/core/errors.ts';
import { parseLog } from '../../scripts/observe/log.ts';
import type { Observation } from '../../scripts/observe/observation.ts';
import type { LaunchPlan } from '../../scripts/plan/launch-plan.ts';
import { analyzeDirectory } from '../../scripts/record/analyze.ts';
import { runFiles, type SavedFiles, sealOf, writeRunFiles } from '../support/rehearsals/run-directory.ts';
import { logText, observationsOf } from '../support/stories/saved-run.ts';
import { slicesOf } from '../support/stories/slice-rows.ts';
import { Story, seconds, storyPlan, T0, withCafe } from '../support/stories/story.ts';

// Saved runs to be damaged: 100 orders/s, 60 s replayed and 30 s settle, a budget of 20 s.

export const PLAN = withCafe(storyPlan());

export interface SavedStory {
  files: SavedFiles;
  observations: readonly Observation[];
}

export function savedStory(tell: (story: Story) => Story, plan: LaunchPlan = PLAN): SavedStory {
  const story = tell(
    new Story(plan).run(() => ({
      mockHealth: readings(300, { requests: 100 }),
      proberHealth: readings(600),
    })),
  );
  const files = runFiles(plan, observationsOf(story.timeline()));
  return { files, observations: parseLog(files.observations).observations };
}

/** One reading a second, without delay. */
const readings = <More extends object>(offsetMs: number, more?: More) =>
  seconds(-30, 125).map((second) => ({
    at: T0 + second * 1_000 + offsetMs,
    loopDelayP99Ms: 1,
    ...(more ?? ({} as More)),
  }));

/** PASS with nothing charged. */
export const healthyRun = savedStory((story) => story);
/** PASS with 5 s charged. */
export const shakenRun = savedStory((story) => story.outage(20, 25));
/** FAIL with 35 s charged. */
export const downRun = savedStory((story) => story.outage(15, 50));
/** FAIL with 21 s charged: one more than the budget. */
export const barelyDownRun = savedStory((story) => story.outage(20, 41));

/** The directory of a liar: other observations, numbered, with checksums and sealed as the run's own. */
export function resealed(story: SavedStory, observations: readonly Observation[]): SavedFiles {
  const text = logText(observations);
  const manifest = { ...story.files.manifest, observations: sealOf(text) };
  return { ...story.files, manifest, observations: text };
}

export interface Judged {
  /** REFUSED: there is nothing to judge (exit 4). */
  status: RunReport['verdict']['status'] | 'REFUSED';
  codes: readonly string[];
  words: readonly string[];
  /** What the verdict rests on; null when the load never started. */
  figures: Figures | null;
}

interface Figures {
  chargedMs: number;
  possibleMs: number;
  requestWeightedMs: number;
  started: number;
  good: number;
  bad: number;
  soldOut: number;
  harness: number;
}

const directory = mkdtempSync(join(tmpdir(), 'peakproof-saved-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What `peakproof analyze` says of the files. */
export async function judged(files: SavedFiles): Promise<Judged> {
  writeRunFiles(directory, files);
  try {
    return summaryOf(await analyzeDirectory(directory));
  } catch (error) {
    if (!(error instanceof PeakproofError) || error.exitCode !== 4) throw error;
    return { status: 'REFUSED', codes: [error.code], words: [], figures: null };
  }
}

function summaryOf({ verdict, steps }: RunReport): Judged {
  const { status, reasons } = verdict;
  const codes = reasons.map(({ code }) => code);
  const [step] = steps;
  const words = [...new Set(slicesOf(step ?? { series: null }).flatMap(({ unhealthy }) => unhealthy))];
  if (!step?.downtime || !step.orders) return { status, codes, words, figures: null };
  const { chargedMs, possibleMs, requestWeightedMs } = step.downtime;
  const { started, good, bad, soldOut, harness } = step.orders;
  const figures = { chargedMs, possibleMs, requestWeightedMs, started, good, bad, soldOut, harness };
  return { status, codes, words, figures };
}

/** Slices by which the edges of an outage may be off (docs/measurement.md, accuracy). */
const EDGES_MS = 2_000;

/**
 * Whether two judgements rest on the same figures: downtime to the ms; orders, and what weighs them, within the 0.1 %
 * in which independent totals must agree. `edges`: downtime within what an outage's edges may be off; where there is
 * none, there must be none.
 */
export function sameFigures(a: Judged, b: Judged, edges = false): boolean {
  const [one, other] = [a.figures, b.figures];
  if (one === null || other === null) return one === other;
  const within = (left: number, right: number, whole: number) => Math.abs(left - right) <= 0.001 * whole;
  const counts = ['started', 'good', 'bad', 'soldOut', 'harness'] as const;
  const sameTime = (left: number, right: number) =>
    left === right || (edges && right > 0 && left >= right - EDGES_MS / 2 && left <= right + EDGES_MS);
  return (
    sameTime(one.chargedMs, other.chargedMs) &&
    sameTime(one.possibleMs, other.possibleMs) &&
    within(one.requestWeightedMs, other.requestWeightedMs, 90_000) &&
    counts.every((count) => within(one[count], other[count], other.started))
  );
}
