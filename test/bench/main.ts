import { availableParallelism } from 'node:os';
import { findK6 } from '../../scripts/engine/find-k6.ts';
import { benchJourney } from './journey.ts';
import type { BenchRow } from './row.ts';
import { benchStart } from './start.ts';

const k6 = await findK6({ env: process.env, onProgress: (line) => console.error(line) });
console.log(
  `k6 ${k6.version}, Node ${process.version}, ${availableParallelism()} cores; ratio = ours ÷ theirs`,
);
const rows = [...(await benchJourney(k6.path)), ...(await benchStart(k6.path))];

console.log('\n| what | ratio | aim | | ours, by round | theirs, by round |');
console.log('|---|---|---|---|---|---|');
for (const row of rows) console.log(line(row));
const short = rows.filter(({ ratio, aim }) => ratio > aim);
console.log(
  short.length === 0 ? '\nevery aim is met' : `\n${short.length} of ${rows.length} aims are missed`,
);

function line({ name, ratio, aim, raw }: BenchRow): string {
  const figures = (values: readonly number[]): string =>
    values.map((value) => value.toPrecision(3)).join(', ');
  const mark = ratio <= aim ? 'met' : 'MISSED';
  return `| ${name} | ${ratio.toFixed(2)} | ${aim} | ${mark} | ${figures(raw.ours)} ${raw.unit} | ${figures(raw.theirs)} ${raw.unit} |`;
}
