import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { K6_BUILD } from '../../../scripts/engine/bundle/build-options.ts';

// k6's own look-up of JSON values against a whole parse, in a real k6: the same answer for every body and path.

const run = promisify(execFile);
const K6 = process.env['PEAKPROOF_K6'] ?? 'k6';
const CASES = 4_000;

interface Case {
  body: string;
  paths: readonly string[];
}

const KEYS = [
  'id',
  'a',
  'b',
  'lines',
  '0',
  '1',
  '01',
  'length',
  'ü',
  'x.y',
  '@keys',
  '#',
  '*',
  '$',
  'a-b',
] as const;
const SPACES = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n ');

/** A key as it may be written: `\u0069d` is `id`. */
const writtenKey = fc
  .tuple(fc.constantFrom(...KEYS), fc.boolean())
  .map(([key, escaped]) =>
    escaped ? `"\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(1)}"` : JSON.stringify(key),
  );

const scalar = fc.oneof(
  fc.constantFrom('null', 'true', 'false', '0', '-0', '1', '1.0', '1e3', '0.1', '""', '"tea"', '" "'),
  fc.constantFrom(
    '9007199254740991',
    '9007199254740993',
    '12345678901234567890',
    '-9007199254740992',
    '1e300',
  ),
  fc.constantFrom(
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\udc00x"',
    '"\\u0000"',
    '"ü"',
    '"{\\"id\\":1}"',
    '"\\/"',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => JSON.stringify(text)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
);

const { value } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, tie('object'), tie('list')),
  object: fc
    .array(fc.tuple(writtenKey, SPACES, tie('value'), SPACES), { maxLength: 5 })
    .map(
      (fields) =>
        `{${fields.map(([key, before, held, after]) => `${key}${before}:${held}${after}`).join(',')}}`,
    ),
  list: fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
}));

const body = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(SPACES, value, SPACES).map((parts) => parts.join('')) },
  // What is no JSON: cut short, with something behind it, with a byte order mark, prose.
  {
    weight: 1,
    arbitrary: fc.tuple(value, fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(value, fc.constantFrom(',', '}', 'x', '{}', '\u0000')).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: value.map((text) => `\ufeff${text}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', '<p>{"id":1}</p>', "{'id':1}", '{id:1}', '{"id":01}', '{"id":1,}'),
  },
);

const path = fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 }).map((keys) => keys.join('.'));

const LONG = JSON.stringify({
  lines: Array.from({ length: 100 }, (_, index) => ({
    sku: `item-${index}`,
    name: 'Tea',
    cents: 350 + index,
  })),
  order: { id: 'order-1', total: 4_200 },
});
const HUGE = JSON.stringify({
  items: Array.from({ length: 20_000 }, (_, id) => ({ id, text: 'x'.repeat(30) })),
  id: 7,
});
const ORDINARY: Case[] = [
  { body: '{"order":{"id":"order-1"}}', paths: ['order.id', 'order.no', 'id'] },
  { body: LONG, paths: ['order.id', 'lines.0.sku', 'lines.99.cents', 'order.total'] },
  { body: HUGE, paths: ['id', 'items.19999.id', 'items.20000.id'] },
  { body: '[{"id":1}]', paths: ['0.id', '1.id'] },
];

let folder: string;
let server: Server;
let cases: Case[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peakproof-json-'));
  const drawn = fc.sample(fc.record({ body, paths: fc.array(path, { minLength: 3, maxLength: 3 }) }), {
    numRuns: CASES,
    seed: 14,
  });
  cases = [...ORDINARY, ...drawn];
  server = createServer(({ url }, response) => response.end(cases[Number(url?.slice(1))]?.body)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await writeFile(join(folder, 'paths.json'), JSON.stringify(cases.map(({ paths }) => paths)));
  await build({
    ...K6_BUILD,
    stdin: { contents: comparing(`http://127.0.0.1:${port}`), resolveDir: resolve('k6'), loader: 'js' },
    external: ['k6', 'k6/*'],
    outfile: join(folder, 'compare.js'),
  });
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** `different` lists what the two ways see; `sure` counts look-ups that did without a parse, `ordinaryParsed` the ordinary ones that did not. */
const comparing = (baseUrl: string): string => `
import http from 'k6/http';
import { matches, readAnswer, valueAt } from './journeys/http/answers.ts';
import { lookUp, UNSURE } from './journeys/http/json-lookup.ts';
const paths = JSON.parse(open('./paths.json'));
export const options = { vus: 1, iterations: 1, maxRedirects: 0 };
const shown = (value) => value === undefined ? 'nothing' : JSON.stringify(value) + (Object.is(value, -0) ? ' (-0)' : '');
export default function () {
  const different = [];
  let sure = 0, ordinaryParsed = 0;
  for (let index = 0; index < paths.length; index++) {
    const raw = http.get('${baseUrl}/' + index);
    const answer = { status: 200, headers: {}, body: raw.body, error: null };
    for (const path of paths[index]) {
      if (raw.body !== '' && lookUp(raw, raw.body, path) !== UNSURE) sure += 1;
      else if (index < ${ORDINARY.length}) ordinaryParsed += 1;
      const has = { status: null, has: path, where: null };
      for (const see of [
        (read) => shown(valueAt(read, path)),
        (read) => String(matches(has, read)),
        (read) => String(matches({ status: null, has: null, where: [path, 1] }, read)),
      ]) {
        const quick = see(readAnswer({ ...answer, raw }, 'json'));
        const parsed = see(readAnswer(answer, 'json'));
        if (quick !== parsed) different.push({ body: raw.body, path, quick, parsed });
      }
    }
  }
  console.log('RESULT ' + JSON.stringify({ different: different.slice(0, 5), sure, ordinaryParsed }));
}
`;

test('a value looked up is the value parsed, whatever the body', async () => {
  const { stderr } = await run(
    K6,
    [
      'run',
      '--quiet',
      '--no-usage-report',
      '--summary-mode=disabled',
      '--log-format=raw',
      join(folder, 'compare.js'),
    ],
    { maxBuffer: 2 ** 26 },
  );
  const result: { different: unknown[]; sure: number; ordinaryParsed: number } = JSON.parse(
    /RESULT (.*)/.exec(stderr)?.[1] ?? '{}',
  );
  expect(result.different).toEqual([]);
  // Without a parse: everything that shops answer in earnest, and much of the rest.
  expect(result.ordinaryParsed).toBe(0);
  expect(result.sure).toBeGreaterThan(CASES / 2);
});
