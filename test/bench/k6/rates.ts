import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bundleLoadScript } from '../../../scripts/engine/bundle/bundle.ts';
import { inventPeople } from '../../../scripts/engine/bundle/people.ts';
import { browsing, loadSpec } from './bench-journeys.ts';
import { type Bench, type Cost, measure, withBench } from './k6-cost.ts';

// The highest rate at which k6 still keeps its schedule, with the target on the same machine: each takes its share of
// the cores. A figure of this machine, with nothing beside it.

const DURATION_SEC = 8;
const VUS = 1_000;
/** Generator health asks for less (scripts/analysis/instrument/health.ts). */
const MOST_K6_RATIO = 0.8;
const ARRIVED_RATIO = 0.995;
const BISECTIONS = 3;

export function benchRates(k6Path: string): Promise<void> {
  return withBench(k6Path, async (bench) => {
    console.log('\n| requests an order | highest healthy rate | requests/s | k6, of all cores | target |');
    console.log('|---|---|---|---|---|');
    for (const requests of [1, 4, 8]) console.log(await highest(requests, bench));
  });
}

async function highest(requests: number, bench: Bench): Promise<string> {
  const script = join(bench.folder, `browse-${requests}.js`);
  const spec = loadSpec(bench.target.baseUrl, browsing(requests));
  await bundleLoadScript({ spec, people: inventPeople(1_000, 7), outFile: script });
  const at = (ratePerSec: number): Promise<Cost> =>
    measure({ ...bench, script, vus: VUS, size: { ratePerSec, durationSec: DURATION_SEC } });
  let good: { rate: number; cost: Cost } | null = null;
  let bad = Number.POSITIVE_INFINITY;
  for (let rate = Math.round(800 / requests), left = BISECTIONS; left > 0; ) {
    const cost = await at(rate);
    if (isHealthy(rate, cost)) good = { rate, cost };
    else bad = rate;
    if (Number.isFinite(bad)) left -= 1;
    rate = Number.isFinite(bad) ? Math.round(((good?.rate ?? 0) + bad) / 2) : rate * 2;
  }
  if (good === null) return `| ${requests} | none that was tried |  |  |  |`;
  const { rate, cost } = good;
  const ofAll = (cores: number): string => `${Math.round((cores / availableParallelism()) * 100)} %`;
  return `| ${requests} | ${rate}/s | ${rate * requests} | ${ofAll(cost.k6Cores)} | ${ofAll(cost.targetCores)} |`;
}

function isHealthy(ratePerSec: number, { orders, k6Cores }: Cost): boolean {
  return (
    orders >= ARRIVED_RATIO * ratePerSec * DURATION_SEC && k6Cores <= MOST_K6_RATIO * availableParallelism()
  );
}
