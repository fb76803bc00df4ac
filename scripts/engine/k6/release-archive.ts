import { join } from 'node:path';
import { lastLine, runCommand } from '../run-command.ts';
import { DownloadError, downloadFile, fetchText } from './download.ts';
import { cachedK6, installIntoCache } from './k6-cache.ts';
import type { Attempt, K6Search } from './k6-search.ts';
import { checkPinnedK6, K6_VERSION } from './k6-version.ts';

/** Names that k6's releases use; other platforms get no archive from us. */
const RELEASE_PLATFORM: Readonly<Record<string, { name: string; extension: string }>> = {
  linux: { name: 'linux', extension: 'tar.gz' },
  darwin: { name: 'macos', extension: 'zip' },
};
const RELEASE_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Unpacking 30 MB takes a second or two. */
const UNPACK_WITHIN_MS = 60_000;

/** The archive's file name for a platform, e.g. `k6-v2.2.0-linux-amd64.tar.gz`; null if k6 publishes none. */
export function archiveName(platform: string, arch: string): string | null {
  const system = RELEASE_PLATFORM[platform];
  const cpu = RELEASE_ARCH[arch];
  return system && cpu ? `k6-${K6_VERSION}-${system.name}-${cpu}.${system.extension}` : null;
}

/** Way 3: k6's own release archive, checked against the checksums published with it, kept in the cache. */
export async function k6FromArchive(search: K6Search): Promise<Attempt> {
  const archive = archiveName(search.platform, search.arch);
  if (archive === null) return { problem: `k6 publishes no archive for ${search.platform}/${search.arch}` };
  const releaseUrl = `${search.releaseBaseUrl}/${K6_VERSION}`;
  const target = cachedK6(search.cache.path, search.platform, search.arch);
  search.onProgress(`asking ${new URL(releaseUrl).host} for k6 ${K6_VERSION}`);
  try {
    const checksums = await fetchText(`${releaseUrl}/k6-${K6_VERSION}-checksums.txt`, search);
    const expected = checksumOf(archive, checksums);
    if (expected === null) return { problem: `the release's checksums do not list ${archive}` };
    const refused = await installIntoCache(target, search.cache, async (workFolder) => {
      const file = join(workFolder, archive);
      const actual = await downloadFile(`${releaseUrl}/${archive}`, file, search);
      if (actual !== expected) {
        return { problem: `${archive} has SHA-256 ${actual}, but ${expected} is published; not used` };
      }
      return unpack(archive, workFolder, search);
    });
    if (refused !== null) return refused;
  } catch (error) {
    if (error instanceof DownloadError) return { problem: error.message };
    throw error;
  }
  search.onProgress(`k6 ${K6_VERSION} is now in ${search.cache.path}`);
  return { found: { path: target, version: K6_VERSION, from: 'archive' } };
}

/** The SHA-256 in hex that `sha256sum`'s output gives for a file; null if it is not listed. */
export function checksumOf(file: string, checksums: string): string | null {
  for (const line of checksums.split('\n')) {
    const match = /^([0-9a-f]{64}) [ *](.+?)\r?$/.exec(line);
    if (match && match[2] === file) return match[1] ?? null;
  }
  return null;
}

async function unpack(
  archive: string,
  workFolder: string,
  search: K6Search,
): Promise<string | { problem: string }> {
  const isZip = archive.endsWith('.zip');
  const [tool, args] = isZip ? ['unzip', ['-q', archive]] : ['tar', ['-xzf', archive]];
  const unpacked = await runCommand(tool, args, {
    env: search.env,
    cwd: workFolder,
    timeoutMs: UNPACK_WITHIN_MS,
    signal: search.signal,
  });
  if (unpacked.problem !== null) {
    return { problem: `${tool} ${archive} ${unpacked.problem}: ${lastLine(unpacked.stderr)}` };
  }
  const binary = join(workFolder, archive.replace(/\.(tar\.gz|zip)$/, ''), 'k6');
  return (await checkPinnedK6(binary, search.env, search.signal)) ?? binary;
}
