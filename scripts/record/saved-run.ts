import { createHash } from 'node:crypto';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { doubtsOf, type RecordFacts } from '../analysis/verdict/integrity.ts';
import type { Reason } from '../contract/verdict-words.ts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { plainText } from '../core/text/plain-text.ts';
import { VERSION } from '../core/version.ts';
import { TimelineBuilder } from '../observe/fold/fold.ts';
import type { LogEnd } from '../observe/log.ts';
import { SequenceCheck } from '../observe/sequence.ts';
import type { RunTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { type Manifest, manifestDiffers, parseManifest } from './manifest.ts';
import { forEachObservation, type LogSeal } from './observation-log.ts';
import { RUN_FILES } from './run-directory.ts';
import { parseSavedPlan } from './saved-plan.ts';

/** Everything that a run directory says, and why it may not be what the run wrote. */
export interface SavedRun {
  manifest: Manifest;
  plan: LaunchPlan;
  /** The same as plan.json has it. */
  planWritten: unknown;
  timeline: RunTimeline;
  doubts: readonly Reason[];
}

/** Told now and then how much of the observations has been read. */
export type OnProgress = (readBytes: number, totalBytes: number) => void;

/**
 * Reads a run directory; observations are streamed, so only what the judgement needs is held.
 * @throws {PeakproofError} exit 4 when there is nothing to judge: `not-a-run-directory`, `manifest-missing`,
 *   `manifest-unreadable`, `schema-version-unknown`, `saved-plan-missing`, `saved-plan-unreadable`,
 *   `observations-missing`, `observations-unknown`
 */
export async function readSavedRun(directory: string, onProgress: OnProgress = () => {}): Promise<SavedRun> {
  await expectRunDirectory(directory);
  const manifestFile = await readJson(directory, 'manifest');
  const manifest = parseManifest(manifestFile.value, manifestFile.path);
  const planFile = await readJson(directory, 'plan');
  const plan = parseSavedPlan(planFile.value, planFile.path);
  const log = await readLog(join(directory, RUN_FILES.observations), onProgress);
  expectKnownTypes(log.check, manifest);
  const timeline = soundEnd(log.timeline, manifest);
  const record = recordOf(manifest, planFile.text, log);
  return { manifest, plan, planWritten: planFile.value, timeline, doubts: doubtsOf(plan, timeline, record) };
}

/**
 * A run is complete only when its manifest says so: one that was killed just before is as cut short as any other. What
 * else had ended it stays, or a run whose instrument died could be blamed on the target.
 */
function soundEnd(timeline: RunTimeline, { ended }: Manifest): RunTimeline {
  return ended === null && timeline.how === 'completed' ? { ...timeline, how: null } : timeline;
}

interface ReadLog {
  timeline: RunTimeline;
  check: SequenceCheck;
  end: LogEnd & { seal: LogSeal };
}

async function readLog(path: string, onProgress: OnProgress): Promise<ReadLog> {
  const builder = new TimelineBuilder();
  const check = new SequenceCheck();
  const totalBytes = await sizeOf(path);
  const end = await forEachObservation(
    path,
    (observation) => {
      try {
        if (check.take(observation)) builder.add(observation);
      } catch (error) {
        // Numbered and with its checksum, but not of the form that its type has.
        check.unreadable(error instanceof Error ? error.message : String(error));
      }
    },
    (bytes) => onProgress(bytes, totalBytes),
  );
  return { timeline: builder.snapshot(), check, end };
}

/** A directory or a pipe in its place would be waited for, or fail, only later. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return found.size;
  throw new PeakproofError({
    code: 'observations-missing',
    message: `${path} is ${found ? 'no file' : 'not there'}; without observations nothing can be judged`,
    hint: 'name a run directory, such as runs/<name>-<time>, that peakproof run has written',
    exitCode: EXIT.environment,
  });
}

function recordOf(manifest: Manifest, planText: string, { check, end }: ReadLog): RecordFacts {
  const { started, finding } = check;
  return {
    damage: end.damage,
    misplaced: finding ?? (check.unknown ? unknownCause(check.unknown) : null),
    torn: end.torn,
    sealed: manifest.observations,
    found: end.seal,
    planNoted: [manifest.resolvedPlanHash, ...(started ? [started.resolvedPlanHash] : [])],
    planFound: planDigest(planText),
    ended: manifest.ended,
    manifestDiffers: started ? manifestDiffers(manifest, started) : [],
  };
}

const unknownCause = ({ line, type }: { line: number; type: string }): { line: number; cause: string } => ({
  line,
  cause: `there is no observation of type ${JSON.stringify(type.slice(0, 40))}`,
});

/**
 * What another version has observed may be the very evidence that the verdict needs, so it is not passed over. From this
 * version it can't come: then it is damage.
 */
function expectKnownTypes({ unknown }: SequenceCheck, { versions }: Manifest): void {
  if (!unknown || versions.peakproof === VERSION) return;
  throw new PeakproofError({
    code: 'observations-unknown',
    message: `line ${unknown.line} of the observations is of type ${JSON.stringify(unknown.type.slice(0, 40))}, which peakproof ${VERSION} does not know; the run was made with ${versions.peakproof}`,
    hint: `analyze it with peakproof ${versions.peakproof}`,
    exitCode: EXIT.environment,
  });
}

/** Digest of the text of plan.json. */
export const planDigest = (text: string): string => createHash('sha256').update(text).digest('hex');

async function expectRunDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => null);
  const mayRead = await access(directory, constants.R_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (found?.isDirectory() && mayRead) {
    const files = await Promise.all(
      Object.values(RUN_FILES).map((file) => stat(join(directory, file)).catch(() => null)),
    );
    if (files.some((file) => file !== null)) return;
  }
  const holds = mayRead ? 'holds no file of a run' : 'may not be read by this user';
  const what = found ? (found.isDirectory() ? holds : 'is no directory') : 'is not there';
  throw new PeakproofError({
    code: 'not-a-run-directory',
    message: `${directory} ${what}`,
    hint: 'name a run directory, such as runs/<name>-<time>, that peakproof run has written',
    exitCode: EXIT.environment,
  });
}

async function readJson(directory: string, file: 'manifest' | 'plan') {
  const path = join(directory, RUN_FILES[file]);
  const codes = READ_CODES[file];
  const fail = (code: string, why: string): PeakproofError =>
    new PeakproofError({
      code,
      message: `can't read ${path}: ${why}`,
      hint: 'restore the file as the run wrote it; if there is no copy of it, run again',
      exitCode: EXIT.environment,
    });
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw fail(codes.missing, found ? 'it is no file' : 'there is no such file');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw fail(codes.unreadable, error.code ?? error.message);
  });
  try {
    const value: unknown = JSON.parse(text);
    return { path, text, value };
  } catch (error) {
    // The message quotes the text, line breaks and all.
    const why = plainText(error instanceof Error ? error.message : String(error));
    throw fail(codes.unreadable, `it is not JSON (${why})`);
  }
}

const READ_CODES = {
  manifest: { missing: 'manifest-missing', unreadable: 'manifest-unreadable' },
  plan: { missing: 'saved-plan-missing', unreadable: 'saved-plan-unreadable' },
} as const;
