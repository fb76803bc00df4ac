import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Env } from '../run-command.ts';
import { K6_VERSION } from './k6-version.ts';

const UNFINISHED = '.unfinished-';
/** An install lasts minutes; what is older belonged to a process that was killed. */
const UNFINISHED_FOR_MS = 24 * 3_600_000;

export interface CacheFolder {
  /** Absolute; may not exist yet. */
  path: string;
  /** Below the temporary folder, where other users of the machine can create files too. */
  isBelowTemp: boolean;
}

/**
 * The folder that keeps k6 between runs: `PEAKPROOF_CACHE_DIR`, else the user's cache folder. Without a home
 * (containers) it is a folder of this user below the temporary one.
 */
export async function cacheFolder(env: Env): Promise<CacheFolder> {
  if (env.PEAKPROOF_CACHE_DIR) return { path: resolve(env.PEAKPROOF_CACHE_DIR), isBelowTemp: false };
  if (env.HOME || env.XDG_CACHE_HOME) {
    try {
      // Imported late: it reads the home folder when it is loaded, and that throws for a user without one.
      const { default: envPaths } = await import('env-paths');
      const path = envPaths('peakproof', { suffix: '' }).cache;
      if (isAbsolute(path)) return { path, isBelowTemp: false };
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error;
    }
  }
  const path = join(resolve(env.TMPDIR || tmpdir()), `peakproof-${process.getuid?.() ?? 'user'}`);
  return { path, isBelowTemp: true };
}

/** Where the pinned k6 is in a cache folder. One name per version and platform: a new version never meets an old one. */
export function cachedK6(folder: string, platform: string, arch: string): string {
  return join(folder, `k6-${K6_VERSION}-${platform}-${arch}`);
}

/**
 * Gives `make` a new folder inside the cache and moves the file that it returns to `target`. The move is atomic,
 * so processes that install at once each see a whole file; the last one stays. The new folder is always removed.
 */
export async function installIntoCache(
  target: string,
  folder: CacheFolder,
  make: (workFolder: string) => Promise<string | { problem: string }>,
): Promise<{ problem: string } | null> {
  let workFolder: string;
  try {
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    const problem = await distrust(folder);
    if (problem !== null) return { problem };
    await sweep(folder.path);
    workFolder = await mkdtemp(join(folder.path, UNFINISHED));
  } catch (error) {
    return {
      problem: `cannot write to the cache ${folder.path} (${errorCode(error)}); PEAKPROOF_CACHE_DIR may name another folder`,
    };
  }
  try {
    const made = await make(workFolder);
    if (typeof made !== 'string') return made;
    await rename(made, target);
    return null;
  } finally {
    // Compilers of a build that was stopped may write for a moment longer.
    await rm(workFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/**
 * Why a k6 in this folder must not be run, in one line: below the temporary folder anybody could have put it
 * there. Null if there is nothing against it, also when the folder does not exist.
 */
export async function distrust(folder: CacheFolder): Promise<string | null> {
  if (!folder.isBelowTemp) return null;
  const entry = await lstat(folder.path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (entry === null) return null;
  const isOurs = entry.isDirectory() && (process.getuid === undefined || entry.uid === process.getuid());
  const othersMayWrite = (entry.mode & 0o022) !== 0;
  return isOurs && !othersMayWrite ? null : `other users may write to ${folder.path}`;
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(folder, name);
    // It may vanish in between: its own process removes it.
    const entry = await lstat(path).catch(() => null);
    if (entry !== null && Date.now() - entry.mtimeMs > UNFINISHED_FOR_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** `ENOENT` and the like, else the message. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
