import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findInstalledK6, pinnedModuleFolder } from '../../../scripts/engine/k6/find-k6.ts';
import { fakeMachine, goScript, k6Script, writeScript } from './fake-machine.ts';

describe('k6 on PATH', () => {
  it.each(['v2.2.0', 'v2.3.1', 'v2.11.0', 'v2.3.0-rc1'])('uses %s', async (version) => {
    const machine = fakeMachine();
    machine.addTool('k6', k6Script(version));
    expect(await machine.find()).toEqual({ path: join(machine.bin, 'k6'), version, from: 'path' });
  });

  it.each(['v0.57.0', 'v1.7.1', 'v2.1.0', 'v2.2.0-rc1', 'v3.0.0'])(
    'refuses %s in one line and goes on',
    async (version) => {
      const machine = fakeMachine();
      machine.addTool('k6', k6Script(version));
      await expect(machine.find()).rejects.toMatchObject({ code: 'k6-not-found' });
      expect(machine.progress[0]).toBe(
        `PATH: ${machine.bin}/k6 is ${version}; v2.2.0 or a later v2 is needed`,
      );
    },
  );

  it.each([
    [
      'crashes',
      '#!/bin/sh\necho "exec format error" >&2\nexit 126\n',
      /ended with exit code 126: exec format error/,
    ],
    ['prints something else', '#!/bin/sh\necho hello\n', /printed "hello", not a k6 version/],
    [
      'is no program',
      '\x7fELF\x00\x01',
      /k6 version (ended with exit code 12[67]|could not be started .ENOEXEC)/,
    ],
  ])('goes on if it %s', async (_what, script, reason) => {
    const machine = fakeMachine();
    machine.addTool('k6', script);
    await expect(machine.find()).rejects.toMatchObject({ code: 'k6-not-found' });
    expect(machine.progress[0]).toMatch(reason);
  });

  it('leaves out relative entries of PATH and takes the first absolute one', async () => {
    const machine = fakeMachine();
    machine.addTool('k6', k6Script('v2.2.0'));
    machine.options.env.PATH = `.::node_modules/.bin:/nowhere:${machine.bin}`;
    expect(await machine.find()).toMatchObject({ path: join(machine.bin, 'k6') });
  });
});

describe('PEAKPROOF_K6', () => {
  it('wins over PATH, whatever the file is called', async () => {
    const machine = fakeMachine();
    machine.addTool('k6', k6Script('v2.3.0'));
    const path = join(machine.folder, 'my k6');
    writeScript(path, k6Script('v2.2.0').replace('k6 v', 'my k6 v'));
    machine.options.env.PEAKPROOF_K6 = path;
    expect(await machine.find()).toEqual({ path, version: 'v2.2.0', from: 'env' });
  });

  it.each([
    ['is missing', null],
    ['is v1', k6Script('v1.7.1')],
  ])('ends the search if it %s, although PATH has a good one', async (_what, script) => {
    const machine = fakeMachine();
    machine.addTool('k6', k6Script('v2.2.0'));
    const path = join(machine.folder, 'named');
    if (script !== null) writeScript(path, script);
    machine.options.env.PEAKPROOF_K6 = path;
    await expect(machine.find()).rejects.toMatchObject({ code: 'k6-unusable', exitCode: 4 });
  });

  it('is not set when empty', async () => {
    const machine = fakeMachine();
    machine.addTool('k6', k6Script('v2.2.0'));
    machine.options.env.PEAKPROOF_K6 = '';
    expect(await machine.find()).toMatchObject({ from: 'path' });
  });
});

describe('k6 in the cache', () => {
  it('is used when PATH has a v1', async () => {
    const machine = fakeMachine();
    machine.addTool('k6', k6Script('v1.7.1'));
    mkdirSync(machine.cache);
    const path = join(machine.cache, 'k6-v2.2.0-linux-x64');
    writeScript(path, k6Script('v2.2.0'));
    expect(await machine.find()).toEqual({ path, version: 'v2.2.0', from: 'cache' });
  });

  it('is passed over when it is damaged', async () => {
    const machine = fakeMachine();
    mkdirSync(machine.cache);
    writeScript(join(machine.cache, 'k6-v2.2.0-linux-x64'), 'half\x00a file');
    await expect(machine.find()).rejects.toMatchObject({ code: 'k6-not-found' });
    expect(machine.progress[1]).toMatch(/^cache: .*(exit code 12[67]: [ -~]+|ENOEXEC.)$/);
  });

  it('is not that of another platform', async () => {
    const machine = fakeMachine();
    mkdirSync(machine.cache);
    writeScript(join(machine.cache, 'k6-v2.2.0-linux-x64'), k6Script('v2.2.0'));
    await expect(machine.find({ arch: 'arm64' })).rejects.toMatchObject({ code: 'k6-not-found' });
  });
});

it('tells every way that failed in one error with exit code 4', async () => {
  const machine = fakeMachine();
  const error = await machine.find().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'k6-not-found',
    exitCode: 4,
    details: [
      'PATH: no k6 on PATH',
      `cache: no k6 v2.2.0 in ${machine.cache}`,
      'release archive: 127.0.0.1:4 could not be read (ECONNREFUSED)',
      'build by Go: no go on PATH',
    ],
  });
  expect(machine.progress).toEqual([
    'PATH: no k6 on PATH',
    `cache: no k6 v2.2.0 in ${machine.cache}`,
    'asking 127.0.0.1:4 for k6 v2.2.0',
    'release archive: 127.0.0.1:4 could not be read (ECONNREFUSED)',
    'build by Go: no go on PATH',
  ]);
});

it('says that the cache cannot be written to', async () => {
  const machine = fakeMachine();
  writeFileSync(machine.cache, 'a file where the folder should be');
  machine.addTool('go', goScript({ version: 'go1.26.8', build: 'echo never >&2' }));
  await expect(machine.find()).rejects.toMatchObject({
    details: expect.arrayContaining([
      expect.stringMatching(/^build by Go: cannot write to the cache .*EEXIST/),
    ]),
  });
});

it('neither downloads nor builds when only asked for what is installed', async () => {
  const machine = fakeMachine();
  const built = join(machine.folder, 'built');
  machine.addTool('go', goScript({ version: 'go1.26.8', build: `echo > ${built}` }));
  const { found, problems } = await findInstalledK6(machine.options);
  expect(found).toBeNull();
  expect(problems).toHaveLength(2);
  expect(() => rmSync(built)).toThrow(/ENOENT/);
});

it('pins the k6 module that it builds in the sources', () => {
  expect(pinnedModuleFolder()).toMatch(/scripts\/engine\/k6\/k6-build\/$/);
});
