import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goFits } from '../../../scripts/engine/k6/go.ts';
import { buildEnv, buildPhase } from '../../../scripts/engine/k6/go-build.ts';
import { fakeMachine, goScript, serve } from './fake-machine.ts';

/** Writes a k6 of that version to where `-o k6` wants it. */
const writeK6 = (version = 'v2.2.0') =>
  `printf '#!/bin/sh\\necho "k6 ${version} (go1.26.8, linux/amd64)"\\n' > k6`;

it('builds into the cache with the pinned module, where the next search finds it', async () => {
  const machine = fakeMachine();
  const log = join(machine.folder, 'go.log');
  const build = `echo "$*|$GOFLAGS|$GOWORK" > ${log}; ${writeK6()}`;
  machine.addTool('go', goScript({ version: 'go1.26.8', build }));
  machine.options.env.GOFLAGS = '-mod=vendor';
  const path = join(machine.cache, 'k6-v2.2.0-linux-x64');
  expect(await machine.find()).toEqual({ path, version: 'v2.2.0', from: 'go-build' });
  expect(readFileSync(log, 'utf8')).toBe(
    'build -v -trimpath -o k6 go.k6.io/k6/v2|-mod=mod -modcacherw|off\n',
  );
  expect(await machine.find()).toMatchObject({ path, from: 'cache' });
  expect(readdirSync(machine.cache)).toEqual(['k6-v2.2.0-linux-x64']);
});

it('keeps one whole file when two builds run at once', async () => {
  const machine = fakeMachine();
  machine.addTool('go', goScript({ version: 'go1.26.8', build: writeK6() }));
  const found = await Promise.all([machine.find(), machine.find()]);
  expect(found.map((k6) => k6.version)).toEqual(['v2.2.0', 'v2.2.0']);
  expect(readdirSync(machine.cache)).toEqual(['k6-v2.2.0-linux-x64']);
});

it.each([
  [
    'fails',
    'echo "go: module lookup disabled" >&2; exit 1',
    'go build ended with exit code 1 (reading the module): go: module lookup disabled',
  ],
  ['makes another version', writeK6('v2.3.0'), 'got k6 v2.3.0 instead of v2.2.0'],
  ['makes nothing', 'exit 0', /^build by Go: there is no k6 at /],
  [
    'needs a module that go.sum does not list',
    `echo "example.com/new v1.0.0 h1:y=" >> go.sum; ${writeK6()}`,
    'the build used example.com/new, which go.sum does not pin; not used',
  ],
])('refuses a build that %s, and leaves nothing behind', async (_what, build, reason) => {
  const machine = fakeMachine();
  machine.addTool('go', goScript({ version: 'go1.26.8', build }));
  const line = typeof reason === 'string' ? `build by Go: ${reason}` : expect.stringMatching(reason);
  await expect(machine.find()).rejects.toMatchObject({ details: expect.arrayContaining([line]) });
  expect(readdirSync(machine.cache)).toEqual([]);
});

describe('a Go that is too old', () => {
  it.each([
    ['go1.24.9', 'local'],
    ['go1.24.9', 'go1.24.9'],
    // Before 1.21 Go did not know GOTOOLCHAIN.
    ['go1.19', ''],
    ['go1.20.14', 'auto'],
  ])('is refused in one line: %s with GOTOOLCHAIN=%s', async (version, toolchain) => {
    const machine = fakeMachine();
    machine.addTool('go', goScript({ version, toolchain, build: writeK6() }));
    await expect(machine.find()).rejects.toMatchObject({
      details: expect.arrayContaining([
        `build by Go: ${machine.bin}/go is ${version}, older than go1.25.0, which k6 v2.2.0 needs`,
      ]),
    });
  });

  it('may fetch a newer one where GOTOOLCHAIN allows it, and says so', async () => {
    const machine = fakeMachine();
    machine.addTool('go', goScript({ version: 'go1.22.1', toolchain: 'auto', build: writeK6() }));
    expect(await machine.find()).toMatchObject({ from: 'go-build' });
    expect(machine.progress).toContain(
      `${machine.bin}/go is go1.22.1, older than go1.25.0, which k6 v2.2.0 needs; it will fetch a newer Go by itself`,
    );
  });
});

it.each([
  ['go1.25.0', 'yes'],
  ['go1.25', 'yes'],
  ['go1.26.8', 'yes'],
  ['go2.0', 'yes'],
  ['go1.25rc1', 'yes'],
  ['go1.24.9', 'by-fetching'],
  ['go1.21.0', 'by-fetching'],
  ['go1.20.14', 'no'],
])('%s fits a module for go 1.25.0: %s', (version, fits) => {
  expect(goFits({ version, toolchain: 'auto' }, '1.25.0')).toBe(fits);
});

it('does not wait for a module proxy that says nothing, and keeps its password to itself', async () => {
  const machine = fakeMachine();
  const address = await serve(() => {});
  const proxies = `${address.replace('//', '//user:pass@')},direct`;
  machine.addTool('go', goScript({ version: 'go1.26.8', proxies, build: writeK6() }));
  const error = await machine.find({ limits: { firstAnswerMs: 200 } }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    details: expect.arrayContaining([
      `build by Go: the Go module proxy cannot be reached: ${new URL(address).host} gave no answer within 0.2 s`,
    ]),
  });
  expect(JSON.stringify(error)).not.toContain('pass');
});

it('builds through a module proxy that answers, whatever it answers', async () => {
  const machine = fakeMachine();
  const proxies = await serve((_, response) => response.writeHead(401).end());
  machine.addTool('go', goScript({ version: 'go1.26.8', proxies, build: writeK6() }));
  expect(await machine.find()).toMatchObject({ from: 'go-build' });
});

it('gives Go folders for its caches where there is no home', () => {
  expect(buildEnv({ PATH: '/bin' }, '/build-here')).toMatchObject({
    GOCACHE: '/build-here/build',
    GOPATH: '/build-here/path',
  });
  expect(buildEnv({ HOME: '', GOPATH: '/mine' }, '/build-here')).toMatchObject({
    GOCACHE: '/build-here/build',
    GOPATH: '/mine',
  });
  expect(buildEnv({ HOME: '/home/me' }, '/build-here')).not.toHaveProperty('GOCACHE');
});

it('tells downloading, compiling and linking apart', () => {
  const phase = buildPhase();
  const texts = [
    'go: downloading a v1',
    'go: downloading b v2',
    'internal/abi',
    'example.com/b',
    'go.k6.io/k6/v2',
  ].map((line) => {
    phase.read(line);
    return phase.text();
  });
  expect(texts).toEqual([
    'downloading, 1 modules so far',
    'downloading, 2 modules so far',
    'compiling, 1 packages so far',
    'compiling, 2 packages so far',
    'linking 2 packages',
  ]);
});
