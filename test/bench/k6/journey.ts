import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleLoadScript } from '../../../scripts/engine/bundle/bundle.ts';
import { inventPeople } from '../../../scripts/engine/bundle/people.ts';
import { type BenchRow, row } from '../row.ts';
import { type BenchJourney, BOT, CHAT, CHECKOUT, handWritten, loadSpec } from './bench-journeys.ts';
import { type Bench, type BenchSize, type Cost, measure, withBench } from './k6-cost.ts';

// What each kind of journey costs beside a hand-written k6 script with the same requests.

const FULL: BenchSize = { ratePerSec: 200, durationSec: 15, rounds: 3, fewVus: 500, manyVus: 2_000 };

type Round = Record<'theirsFew' | 'oursFew' | 'oursPushed' | 'theirsMany' | 'oursMany', Cost>;

export function benchJourney(k6Path: string, size: BenchSize = FULL): Promise<BenchRow[]> {
  return withBench(k6Path, async (bench) => {
    const rows: BenchRow[] = [];
    for (const journey of [CHECKOUT, CHAT, BOT]) rows.push(...(await compare(journey, size, bench)));
    return rows;
  });
}

/** Runs every variant in turn, round after round, so that a busy minute of the machine hits them all. */
async function compare(journey: BenchJourney, size: BenchSize, bench: Bench): Promise<BenchRow[]> {
  const { folder, target } = bench;
  const ours = join(folder, 'ours.js');
  const theirs = join(folder, 'theirs.js');
  const spec = loadSpec(target.baseUrl, journey.spec);
  await bundleLoadScript({ spec, people: inventPeople(1_000, 7), outFile: ours });
  await writeFile(theirs, handWritten(target.baseUrl, journey));
  const run = async (script: string, vus: number, pushTo?: string): Promise<Cost> => {
    const cost = await measure({ ...bench, size, script, vus, ...(pushTo === undefined ? {} : { pushTo }) });
    if (cost.orders < 0.9 * size.ratePerSec * size.durationSec) {
      throw new Error(`only ${cost.orders} orders of ${journey.name} arrived`);
    }
    return cost;
  };
  const rounds: Round[] = [];
  for (let round = 0; round < size.rounds; round++) {
    rounds.push({
      theirsFew: await run(theirs, size.fewVus),
      oursFew: await run(ours, size.fewVus),
      oursPushed: await run(ours, size.fewVus, `${target.baseUrl}/push`),
      theirsMany: await run(theirs, size.manyVus),
      oursMany: await run(ours, size.manyVus),
    });
  }
  const cpu = (of: (round: Round) => Cost) =>
    rounds.map((round) => of(round).cpuMsPerOrder / journey.requestsPerOrder);
  const perVu = (few: Cost, many: Cost) => (many.peakRssMb - few.peakRssMb) / (size.manyVus - size.fewVus);
  const named = (what: string): string => `${journey.name}: ${what}`;
  return [
    row(
      named('CPU per request, few VUs'),
      1.1,
      'ms',
      cpu((r) => r.oursFew),
      cpu((r) => r.theirsFew),
    ),
    row(
      named('CPU per request, many VUs'),
      1.1,
      'ms',
      cpu((r) => r.oursMany),
      cpu((r) => r.theirsMany),
    ),
    row(
      named('memory per VU'),
      1.1,
      'MB',
      rounds.map((r) => perVu(r.oursFew, r.oursMany)),
      rounds.map((r) => perVu(r.theirsFew, r.theirsMany)),
    ),
    row(
      named('CPU per request, with and without metrics output'),
      1.03,
      'ms',
      cpu((r) => r.oursPushed),
      cpu((r) => r.oursFew),
    ),
  ];
}
