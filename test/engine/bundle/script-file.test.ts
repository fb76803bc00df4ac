import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PeakproofError } from '../../../scripts/core/errors.ts';
import { type JourneyScript, readScripts } from '../../../scripts/engine/bundle/script-file.ts';
import { folderForEachTest } from '../../support/folder-for-each-test.ts';
import { ownJourney } from '../../support/journeys.ts';

const folder = folderForEachTest();

const EXAMPLE = new URL('../../../examples/my-shop.ts', import.meta.url).pathname;
const KIT = `import { order } from 'peakproof/k6';\n`;

function write(name: string, text: string): string {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

/** Reads scripts as journeys `a`, `b` …; `exec` of all of them. */
function read(files: readonly string[], exec = 'default'): Promise<JourneyScript[]> {
  return readScripts(
    files.map((file, index) => ({
      ...ownJourney(),
      name: String.fromCharCode(97 + index),
      script: { file, requestsPerOrder: 1, exec },
    })),
  );
}

async function refusal(...given: Parameters<typeof read>): Promise<PeakproofError> {
  const error = await read(...given).catch((thrown: unknown) => thrown);
  if (error instanceof PeakproofError) return error;
  throw new Error(`was not refused: ${String(error)}`);
}

describe('a script', () => {
  test('of the examples is an order made with the kit', async () => {
    expect(await read([EXAMPLE])).toMatchObject([{ journey: 'a', kind: 'kit', exports: ['default'] }]);
  });

  test('without the kit is one for k6, in JavaScript and TypeScript, and may be several orders', async () => {
    write('lib.js', 'module.exports = { path: "/menu" };');
    const file = write(
      'existing.ts',
      `import http from 'k6/http'; import { check } from 'k6'; import lib from './lib.js';
       export const options: object = {}; export function setup() {}
       export function buy() { http.get(lib.path); } export function look(): void { buy(); }`,
    );
    expect(await read([file, file], 'buy')).toMatchObject([
      { journey: 'a', kind: 'k6', exports: ['buy', 'look', 'options', 'setup'], exec: 'buy' },
      { journey: 'b', kind: 'k6' },
    ]);
  });

  test('may import modules by address, which then get the k6/http that is watched', async () => {
    const server = createServer((request, response) => {
      const text =
        request.url === '/lib/a.js' ? `export * from './b.js';` : `import 'k6/http'; export const b = 1;`;
      response.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    try {
      const file = write(
        'remote.js',
        `import { b } from 'http://127.0.0.1:${port}/lib/a.js'; export default () => b;`,
      );
      expect(await read([file])).toMatchObject([{ kind: 'k6' }]);
    } finally {
      server.close();
    }
  });
});

describe('is refused, with exit code 2:', () => {
  test('a file that is not there', async () => {
    expect(await refusal([join(folder.path, 'no.ts')])).toMatchObject({
      code: 'script-not-found',
      exitCode: 2,
    });
  });

  test('a mistake in its syntax, with its line', async () => {
    const error = await refusal([write('a.js', 'export default () => {\n  const = 1;\n}')]);
    expect(error).toMatchObject({ code: 'script-invalid', exitCode: 2 });
    expect(error.details).toEqual([expect.stringMatching(/^a\.js:2:\d+ Expected identifier/)]);
  });

  test('a module that is not there', async () => {
    const { details } = await refusal([write('a.js', `import './nothing.js';\nexport default () => {};`)]);
    expect(details).toEqual([expect.stringMatching(/^a\.js:1:\d+ Could not resolve "\.\/nothing\.js"/)]);
  });

  test('an address that can’t be fetched', async () => {
    const { details } = await refusal([write('a.js', `import 'http://127.0.0.1:1/lib.js';`)]);
    expect(details).toEqual([expect.stringContaining("can't get http://127.0.0.1:1/lib.js")]);
  });

  test('each mistake in its types, one line each', async () => {
    const { code, message, details } = await refusal([
      write(
        'a.ts',
        `${KIT}export default order(function* (shop) {
  const menu = yield* shop.gett('/menu');
  const size: number = (yield* shop.get('/size')).body;
  process.exit(1);
  return shop.confirmed();
});\n`,
      ),
    ]);
    expect(code).toBe('script-invalid');
    expect(message).toMatch(/a\.ts has 3 mistakes$/);
    expect(details).toEqual([
      expect.stringMatching(/^a\.ts:3:\d+ Property 'gett' does not exist/),
      expect.stringMatching(/^a\.ts:4:\d+ Type 'string' is not assignable to type 'number'/),
      expect.stringMatching(/^a\.ts:5:\d+ Cannot find name 'process'/),
    ]);
  });

  test('an order that does not say how it ended', async () => {
    const { details } = await refusal([
      write('a.ts', `${KIT}export default order(function* (shop) { yield* shop.get('/'); });`),
    ]);
    expect(details).toEqual([
      expect.stringMatching(/^a\.ts:2:\d+ .*'void' is not assignable to type 'OrderEnd'/),
    ]);
  });

  test('an answer that was not waited for with yield*', async () => {
    const { details } = await refusal([
      write(
        'a.ts',
        `${KIT}export default order(function* (shop) {
  const menu = shop.get('/menu');
  return shop.confirmed(menu.status === 200);
});`,
      ),
    ]);
    expect(details).toEqual([expect.stringMatching(/^a\.ts:4:\d+ Property 'status' does not exist/)]);
  });

  test('the kit together with modules of k6', async () => {
    const file = write(
      'a.js',
      `${KIT}import http from 'k6/http';\nexport default order(function* () { http.get('/'); });`,
    );
    expect(await refusal([file])).toMatchObject({
      code: 'script-import',
      message: expect.stringContaining('both peakproof/k6 and k6/http'),
    });
  });

  test.each(['k6/ws', 'k6/net/grpc', 'k6/browser', 'k6/x/sql'])(
    'requests by %s, which nobody watches',
    async (name) => {
      const file = write('a.js', `import '${name}';\nexport default () => {};`);
      expect(await refusal([file])).toMatchObject({
        code: 'script-import',
        message: expect.stringContaining(name),
      });
    },
  );

  test('a script without the order', async () => {
    const file = write('a.js', 'export function buy() {}');
    expect(await refusal([file])).toMatchObject({
      code: 'script-export',
      message: expect.stringContaining('has no export default; it exports buy'),
    });
  });

  test('two scripts for k6, whose options would mix', async () => {
    const files = ['a.js', 'b.js'].map((name) => write(name, 'export default () => {};'));
    expect(await refusal(files)).toMatchObject({ code: 'second-k6-script' });
  });
});
