import { readdirSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { archiveName, checksumOf } from '../../../scripts/engine/k6/release-archive.ts';
import { fakeMachine, k6Script, releaseArchive, serve, serveProxy, sha256 } from './fake-machine.ts';

const ARCHIVE = 'k6-v2.2.0-linux-amd64.tar.gz';

/** Serves a release below /v2.2.0/ as GitHub does. */
function release(body: Buffer, checksum: string, archive = ARCHIVE): RequestListener {
  const files: Record<string, Buffer | string> = {
    '/v2.2.0/k6-v2.2.0-checksums.txt': `${'0'.repeat(64)}  k6-v2.2.0-windows-amd64.zip\n${checksum}  ${archive}\n`,
    [`/v2.2.0/${archive}`]: body,
  };
  return (request, response) => {
    const file = files[request.url ?? ''];
    if (file === undefined) response.writeHead(404).end();
    else response.end(file);
  };
}

function machineWithTar() {
  const machine = fakeMachine();
  machine.linkTools('tar', 'gzip');
  return machine;
}

it('installs the archive into the cache, where the next search finds it', async () => {
  const machine = machineWithTar();
  const { body, checksum } = releaseArchive(machine.folder, k6Script('v2.2.0'));
  const releaseBaseUrl = await serve(release(body, checksum));
  const path = join(machine.cache, 'k6-v2.2.0-linux-x64');
  expect(await machine.find({ releaseBaseUrl })).toEqual({ path, version: 'v2.2.0', from: 'archive' });
  expect(await machine.find()).toEqual({ path, version: 'v2.2.0', from: 'cache' });
  expect(readdirSync(machine.cache)).toEqual(['k6-v2.2.0-linux-x64']);
});

it('follows redirects, as releases on GitHub need it', async () => {
  const machine = machineWithTar();
  const { body, checksum } = releaseArchive(machine.folder, k6Script('v2.2.0'));
  const store = await serve(release(body, checksum));
  const releaseBaseUrl = await serve((request, response) =>
    response.writeHead(302, { location: `${store}${request.url}` }).end(),
  );
  expect(await machine.find({ releaseBaseUrl })).toMatchObject({ from: 'archive' });
});

it('unpacks the .zip of macOS with unzip', async () => {
  const machine = fakeMachine();
  const folder = 'k6-v2.2.0-macos-arm64';
  const script = k6Script('v2.2.0');
  machine.linkTools('mkdir', 'cat');
  machine.addTool(
    'unzip',
    `#!/bin/sh\n[ "$*" = "-q ${folder}.zip" ] && mkdir ${folder} && cat ${folder}.zip > ${folder}/k6\n`,
  );
  const body = Buffer.from(script);
  const releaseBaseUrl = await serve(release(body, sha256(body), `${folder}.zip`));
  const found = await machine.find({ releaseBaseUrl, platform: 'darwin', arch: 'arm64' });
  expect(found).toMatchObject({ path: join(machine.cache, 'k6-v2.2.0-darwin-arm64'), from: 'archive' });
  expect(readFileSync(found.path, 'utf8')).toBe(script);
});

it('refuses an archive whose checksum differs, and leaves nothing behind', async () => {
  const machine = machineWithTar();
  const { body, checksum } = releaseArchive(machine.folder, k6Script('v2.2.0'));
  const published = checksum.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  const releaseBaseUrl = await serve(release(body, published));
  await expect(machine.find({ releaseBaseUrl })).rejects.toMatchObject({
    details: expect.arrayContaining([
      `release archive: ${ARCHIVE} has SHA-256 ${checksum}, but ${published} is published; not used`,
    ]),
  });
  expect(readdirSync(machine.cache)).toEqual([]);
});

it('refuses an archive that holds another version', async () => {
  const machine = machineWithTar();
  const { body, checksum } = releaseArchive(machine.folder, k6Script('v2.3.0'));
  const releaseBaseUrl = await serve(release(body, checksum));
  await expect(machine.find({ releaseBaseUrl })).rejects.toMatchObject({
    details: expect.arrayContaining(['release archive: got k6 v2.3.0 instead of v2.2.0']),
  });
  expect(readdirSync(machine.cache)).toEqual([]);
});

it('says when there is no tar', async () => {
  const machine = fakeMachine();
  const { body, checksum } = releaseArchive(machine.folder, k6Script('v2.2.0'));
  const releaseBaseUrl = await serve(release(body, checksum));
  await expect(machine.find({ releaseBaseUrl })).rejects.toMatchObject({
    details: expect.arrayContaining([
      expect.stringContaining(`tar ${ARCHIVE} could not be started (ENOENT)`),
    ]),
  });
});

const CHECKSUMS = `${'a'.repeat(64)}  ${ARCHIVE}\n`;

it.each<[string, RequestListener, RegExp]>([
  ['answers 404', (_, response) => response.writeHead(404).end(), /checksums\.txt answered 404$/],
  [
    'answers a page of its own',
    (_, response) => response.end('<html>Sign in</html>'),
    /checksums do not list/,
  ],
  ['accepts and says nothing', () => {}, /gave no answer within 0\.2 s$/],
  ['breaks off', (request) => request.socket.destroy(), /could not be read \(UND_ERR_SOCKET\)$/],
  [
    'stalls in the middle of the archive',
    (request, response) => {
      if (request.url?.endsWith('.txt')) response.end(CHECKSUMS);
      else response.writeHead(200, { 'content-length': '1000' }).write('x');
    },
    /sent nothing for 0\.2 s$/,
  ],
])('goes on when the server %s', async (_what, listener, reason) => {
  const machine = fakeMachine();
  const releaseBaseUrl = await serve(listener);
  const limits = { firstAnswerMs: 200, stallMs: 200 };
  await expect(machine.find({ releaseBaseUrl, limits })).rejects.toMatchObject({
    code: 'k6-not-found',
    details: expect.arrayContaining([expect.stringMatching(reason)]),
  });
});

it('installs one whole file when two searches run at once', async () => {
  const machine = machineWithTar();
  const { body, checksum } = releaseArchive(machine.folder, k6Script('v2.2.0'));
  const serveFile = release(body, checksum);
  const held: (() => void)[] = [];
  const releaseBaseUrl = await serve((request, response) => {
    if (request.url?.endsWith('.txt')) return serveFile(request, response);
    // Neither gets its archive before both have asked for it.
    held.push(() => serveFile(request, response));
    if (held.length === 2) for (const answer of held) answer();
  });
  const found = await Promise.all([machine.find({ releaseBaseUrl }), machine.find({ releaseBaseUrl })]);
  expect(found.map((k6) => k6.from)).toEqual(['archive', 'archive']);
  expect(readdirSync(machine.cache)).toEqual(['k6-v2.2.0-linux-x64']);
  expect(await machine.find()).toMatchObject({ from: 'cache' });
});

it('stops a download at once, with the reason it was given', async () => {
  const machine = fakeMachine();
  const stop = new AbortController();
  const releaseBaseUrl = await serve((request, response) => {
    if (request.url?.endsWith('.txt')) return response.end(CHECKSUMS);
    response.write('x');
    return stop.abort(new Error('interrupted'));
  });
  await expect(machine.find({ releaseBaseUrl, signal: stop.signal })).rejects.toThrow('interrupted');
  expect(readdirSync(machine.cache)).toEqual([]);
});

it('goes through the proxy that the environment names', async () => {
  const machine = machineWithTar();
  const { body, checksum } = releaseArchive(machine.folder, k6Script('v2.2.0'));
  const asked: string[] = [];
  machine.options.env.HTTP_PROXY = await serveProxy(await serve(release(body, checksum)), asked);
  expect(await machine.find({ releaseBaseUrl: 'http://k6.invalid' })).toMatchObject({ from: 'archive' });
  expect(new Set(asked)).toEqual(new Set(['k6.invalid:80']));
});

it.each([
  ['linux', 'x64', 'k6-v2.2.0-linux-amd64.tar.gz'],
  ['linux', 'arm64', 'k6-v2.2.0-linux-arm64.tar.gz'],
  ['darwin', 'x64', 'k6-v2.2.0-macos-amd64.zip'],
  ['darwin', 'arm64', 'k6-v2.2.0-macos-arm64.zip'],
  ['freebsd', 'x64', null],
  ['linux', 'ia32', null],
])('names the archive for %s %s', (platform, arch, name) => {
  expect(archiveName(platform, arch)).toBe(name);
});

it('reads text and binary lines of sha256sum, and no other file’s', () => {
  const sum = 'b'.repeat(64);
  expect(checksumOf('k6.zip', `${sum}  k6.zip\n`)).toBe(sum);
  expect(checksumOf('k6.zip', `${sum} *k6.zip\r\n`)).toBe(sum);
  expect(checksumOf('k6.zip', `${sum}  my-k6.zip\n${sum}  k6.zip.sig\nbbb  k6.zip\n`)).toBeNull();
});
