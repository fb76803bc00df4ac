import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { encodeLine, type LogEnd, LogReader } from '../observe/log.ts';
import type { Observation } from '../observe/observation.ts';

/** Longest time that an observation stays in this process, ms. */
const BATCH_MS = 250;

export interface ObservationLog {
  /** Numbers the observation and queues it; never waits, keeps the order however slow the disk is. */
  append(observation: Observation): void;
  /** Resolves when everything so far was handed to the operating system, or the log has failed. */
  flush(): Promise<void>;
  /** Resolves with what the file must be from now on; null when it could not be written to its end. */
  close(): Promise<LogSeal | null>;
}

/** Tells a log that was changed, shortened or exchanged after the run from the one that was written. */
export interface LogSeal {
  lines: number;
  /** Of the whole file. */
  sha256: string;
}

export interface LogOptions {
  path: string;
  /** Called at most once; the log then takes nothing more. `disk-full` or `run-directory-not-writable`. */
  onError: (error: PeakproofError) => void;
}

/**
 * Creates the log; the file must not exist. Lines reach the operating system within 250 ms, so they survive
 * `kill -9` of this process. They are not synced to the disk: a power cut may take the last seconds.
 */
export async function createObservationLog(options: LogOptions): Promise<ObservationLog> {
  return logOn(await open(options.path, 'ax'), options);
}

/** The same on an open file. */
export function logOn(file: FileHandle, { path, onError }: LogOptions): ObservationLog {
  let seq = 0;
  const hash = createHash('sha256');
  let seal: LogSeal | null = null;
  let pending: string[] = [];
  // complete: after `run-ended` nothing belongs to the run any more.
  let state: 'open' | 'complete' | 'failed' | 'closed' = 'open';
  let timer: NodeJS.Timeout | null = null;
  let written: Promise<void> = Promise.resolve();

  const writePending = async (): Promise<void> => {
    const batch = pending.join('');
    pending = [];
    if (batch === '' || state === 'failed') return;
    try {
      await file.appendFile(batch);
      hash.update(batch);
    } catch (error) {
      // What follows a line that was half written would be damage instead of a torn end.
      state = 'failed';
      onError(writeError(error, path));
    }
  };
  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    written = written.then(writePending);
    return written;
  };
  return {
    append(observation) {
      if (state !== 'open') return;
      pending.push(encodeLine(++seq, observation));
      if (observation.type === 'run-ended') state = 'complete';
      timer ??= setTimeout(flush, BATCH_MS);
    },
    flush,
    async close() {
      if (state === 'closed') return seal;
      await flush();
      const failed = state === 'failed';
      state = 'closed';
      await file.close();
      seal = failed ? null : { lines: seq, sha256: hash.digest('hex') };
      return seal;
    },
  };
}

/**
 * Reads a log as a stream and hands over each observation, so its size does not matter. `onRead` is told the bytes read
 * so far; what it and `visit` throw comes back as it is.
 * @returns how the log ends, and its seal as it is now (of what was read, when it is damaged).
 * @throws {PeakproofError} `observations-missing` when the file cannot be read.
 */
export async function forEachObservation(
  path: string,
  visit: (observation: Observation) => void,
  onRead: (bytes: number) => void = () => {},
): Promise<LogEnd & { seal: LogSeal }> {
  const counts = { lines: 0, bytes: 0 };
  const reader = new LogReader((observation) => {
    counts.lines++;
    visit(observation);
  });
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(path)) {
    hash.update(chunk);
    reader.push(chunk);
    counts.bytes += chunk.length;
    onRead(counts.bytes);
    if (reader.damaged) break;
  }
  return { ...reader.end(), seal: { lines: counts.lines, sha256: hash.digest('hex') } };
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) yield Buffer.from(chunk);
  } catch (error) {
    throw new PeakproofError({
      code: 'observations-missing',
      message: `can't read the observations: ${messageOf(error)}`,
      hint: 'let the file be read by this user, or name another run directory',
      exitCode: EXIT.environment,
    });
  }
}

/** All observations of a log. For long runs prefer `forEachObservation`. */
export async function readObservations(path: string): Promise<LogEnd & { observations: Observation[] }> {
  const observations: Observation[] = [];
  const { torn, damage } = await forEachObservation(path, (one) => observations.push(one));
  return { observations, torn, damage };
}

/** What a failed write means, for people. */
export function writeError(error: unknown, path: string): PeakproofError {
  const diskFull =
    error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return new PeakproofError({
    code: diskFull ? 'disk-full' : 'run-directory-not-writable',
    message: diskFull ? `No space is left for ${path}.` : `Cannot write ${path}: ${messageOf(error)}.`,
    hint: diskFull
      ? 'Free some space, or let --out name a directory on another disk.'
      : 'Let --out name a directory that you may write to.',
    exitCode: EXIT.environment,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
