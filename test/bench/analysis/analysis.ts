import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUN_FILES } from '../../../scripts/record/run-directory.ts';
import { runFiles, writeRunFiles } from '../../support/rehearsals/run-directory.ts';
import { absolute, type BenchRow, row } from '../row.ts';
import type { AnalysisCost } from './analysis-child.ts';
import {
  HOUR,
  type HourSize,
  hourObservations,
  hourPlan,
  NINE_HOURS,
  NINE_HOURS_OF_TWO,
  TWENTY_JOURNEYS,
} from './launch-hour.ts';

// Saved launches at 5,000 orders/s with 20 outages, judged from the disk by a process of its own.

const ROUNDS = 3;
/** Checksums, folding and judging beside mere parsing. */
const TIMES_PARSING = 4;
const MB = 1e6;
const CHILD = fileURLToPath(new URL('./bench-analysis.js', import.meta.url));

interface Judged {
  logBytes: number;
  ours: readonly AnalysisCost[];
  /** The same process, only parsing the lines. */
  parsed: readonly AnalysisCost[];
}

const secondsOf = (costs: readonly AnalysisCost[]): number[] => costs.map((one) => one.totalMs / 1_000);
const mbOf = (costs: readonly AnalysisCost[]): number[] => costs.map((one) => one.peakRssMb);
const reportMbOf = ({ ours }: Judged): number => (ours[0]?.reportBytes ?? Number.NaN) / MB;

export async function benchAnalysis(): Promise<BenchRow[]> {
  const hour = await judged(HOUR);
  const twenty = await judged(TWENTY_JOURNEYS);
  const nine = await judged(NINE_HOURS);
  const two = await judged(NINE_HOURS_OF_TWO);
  return [
    absolute('analysis of an hour, 3 journeys', 1.2, 's', secondsOf(hour.ours)),
    absolute('memory of that analysis, at most', 200, 'MB', mbOf(hour.ours)),
    row(
      'that analysis, beside parsing the lines',
      TIMES_PARSING,
      's',
      secondsOf(hour.ours),
      secondsOf(hour.parsed),
    ),
    absolute('analysis of an hour, 20 journeys', 3, 's', secondsOf(twenty.ours)),
    absolute('analysis of nine hours, 1 journey', 5, 's', secondsOf(nine.ours)),
    absolute('memory of that analysis, at most', 300, 'MB', mbOf(nine.ours)),
    absolute('observations of nine hours, 1 journey, 2 partners', 100, 'MB', [nine.logBytes / MB]),
    absolute('report.json of nine hours, 1 journey, 2 partners', 2, 'MB', [reportMbOf(nine)]),
    absolute('one journey more in it', 0.6, 'MB', [(reportMbOf(two) - reportMbOf(nine)) / 2]),
  ];
}

async function judged(size: HourSize): Promise<Judged> {
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-hours-'));
  try {
    const log = join(folder, RUN_FILES.observations);
    writeRunFiles(folder, runFiles(hourPlan(size), [...hourObservations(size)]));
    const ours: AnalysisCost[] = [];
    const parsed: AnalysisCost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      parsed.push(await costOf(['parse', log]));
      const cost = await costOf(['analyse', folder]);
      // With twenty journeys chance makes an incident more of the calm.
      if (cost.incidents < size.incidents || cost.status !== 'FAIL') {
        throw new Error(`${cost.status} with ${cost.incidents} incidents`);
      }
      ours.push(cost);
    }
    return { logBytes: (await stat(log)).size, ours, parsed };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function costOf(args: readonly string[]): Promise<AnalysisCost> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the analysis ended with code ${code}`);
  return JSON.parse(text);
}
