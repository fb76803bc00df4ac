import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Observation } from '../../../scripts/observe/observation.ts';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';
import { type Manifest, manifestOf } from '../../../scripts/record/manifest.ts';
import { jsonText } from '../../../scripts/record/run-directory.ts';
import { planWords } from '../../../scripts/record/saved-plan.ts';
import { planDigest } from '../../../scripts/record/saved-run.ts';
import { logText } from '../stories/saved-run.ts';

export interface SavedFiles {
  manifest: Manifest;
  plan: string;
  observations: string;
}

/** The files of a run directory, sealed as a run seals them; without a `run-ended` as a killed run leaves them. */
export function runFiles(plan: LaunchPlan, told: readonly Observation[]): SavedFiles {
  const planText = jsonText(planWords(plan));
  const observed = told.map((one) =>
    one.type === 'run-started' ? { ...one, resolvedPlanHash: planDigest(planText) } : one,
  );
  const started = observed.find((one) => one.type === 'run-started');
  const end = observed.find((one) => one.type === 'run-ended');
  if (!started) throw new Error('a run directory begins with run-started');
  const observations = logText(observed);
  const manifest = manifestOf(started, {
    planFile: 'launch.yaml',
    node: 'v20.19.0',
    ended: end?.how ?? null,
    observations: end ? sealOf(observations) : null,
  });
  return { manifest, plan: planText, observations };
}

/** Writes the files into a directory, which it makes. */
export function writeRunFiles(directory: string, files: SavedFiles): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'manifest.json'), jsonText(files.manifest));
  writeFileSync(join(directory, 'plan.json'), files.plan);
  writeFileSync(join(directory, 'observations.ndjson'), files.observations);
}

/** Seal of a log text: for attacks that forge it too. */
export function sealOf(text: string): { lines: number; sha256: string } {
  return { lines: text.split('\n').length - 1, sha256: createHash('sha256').update(text).digest('hex') };
}
