import { availableParallelism } from 'node:os';
import { findK6 } from '../../scripts/engine/k6/find-k6.ts';
import { benchAnalysis } from './analysis/analysis.ts';
import { benchCollector } from './collector/collector.ts';
import { benchJourney } from './k6/journey.ts';
import { benchRates } from './k6/rates.ts';
import { benchStart } from './k6/start.ts';
import { benchMocks } from './mocks/mocks.ts';
import type { BenchRow } from './row.ts';

// `npm run bench` measures everything, `npm run bench -- analysis collector` only these.

const k6Path = async (): Promise<string> => {
  const { path, version } = await findK6({ env: process.env, onProgress: (line) => console.error(line) });
  console.log(`k6 ${version}`);
  return path;
};
const benches: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  analysis: () => benchAnalysis(),
  collector: () => benchCollector(),
  mocks: () => benchMocks(k6Path),
  journey: async () => benchJourney(await k6Path()),
  start: async () => benchStart(await k6Path()),
  rates: async () => {
    await benchRates(await k6Path());
    return [];
  },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
} else {
  await measure();
}

async function measure(): Promise<void> {
  console.log(`Node ${process.version}, ${availableParallelism()} cores; ratio = ours ÷ theirs`);
  const rows: BenchRow[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length === 0 || wanted.includes(name)) rows.push(...(await bench()));
  }
  if (rows.length === 0) return;
  console.log('\n| what | ratio or figure | aim | | ours, by round | theirs, by round |');
  console.log('|---|---|---|---|---|---|');
  for (const row of rows) console.log(line(row));
  const short = rows.filter(({ figure, aim }) => figure > aim);
  console.log(
    short.length === 0
      ? `\n${rows.length} aims, all met`
      : `\n${short.length} of ${rows.length} aims are missed`,
  );
}

function line({ name, figure, aim, raw }: BenchRow): string {
  const figures = (values: readonly number[]): string =>
    `${values.map((value) => value.toPrecision(3)).join(', ')} ${raw.unit}`;
  const unit = raw.theirs === null ? ` ${raw.unit}` : '';
  const mark = figure <= aim ? 'met' : 'MISSED';
  const cells = [name, figure.toFixed(2) + unit, aim + unit, mark, figures(raw.ours)];
  return `| ${[...cells, raw.theirs === null ? '' : figures(raw.theirs)].join(' | ')} |`;
}
