import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Env } from '../run-command.ts';
import { cachedK6, distrust } from './k6-cache.ts';
import type { Attempt, FoundK6, K6Search } from './k6-search.ts';
import { checkK6, K6_VERSION } from './k6-version.ts';

/** Way 0: the executable that the user named. Null if `PEAKPROOF_K6` is not set. */
export async function k6FromEnv(search: K6Search): Promise<Attempt | null> {
  const named = search.env.PEAKPROOF_K6;
  return named ? attempt(search, resolve(named), 'env') : null;
}

/** Way 1: `k6` on PATH. */
export async function k6OnPath(search: K6Search): Promise<Attempt> {
  const path = await findOnPath('k6', search.env);
  return path === null ? { problem: 'no k6 on PATH' } : attempt(search, path, 'path');
}

/** Way 2: the k6 that an earlier run installed. */
export async function k6InCache(search: K6Search): Promise<Attempt> {
  const path = cachedK6(search.cache.path, search.platform, search.arch);
  if (!(await isExecutable(path))) return { problem: `no k6 ${K6_VERSION} in ${search.cache.path}` };
  const problem = await distrust(search.cache);
  return problem === null ? attempt(search, path, 'cache') : { problem };
}

async function attempt(search: K6Search, path: string, from: FoundK6['from']): Promise<Attempt> {
  const checked = await checkK6(path, search.env, search.signal);
  return 'problem' in checked ? checked : { found: { path, version: checked.version, from } };
}

/** The first executable file of that name on PATH; entries that are not absolute are left out, as they depend on the folder. */
export async function findOnPath(name: string, env: Env): Promise<string | null> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (isAbsolute(folder) && (await isExecutable(path))) return path;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Not there, not readable, not a folder: for a search all the same.
    return false;
  }
}
