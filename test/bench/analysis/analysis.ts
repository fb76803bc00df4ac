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
import { HOUR, type HourSize, hourObservations, hourPlan } from './launch-hour.ts';

// A saved hour at 5,000 orders/s with 20 outages, judged from the disk by a process of its own.

const ROUNDS = 5;
const AT_MOST_SEC = 2;
const AT_MOST_MB = 200;
/** Checksums, folding and judging beside mere parsing. */
const TIMES_PARSING = 4;
const CHILD = fileURLToPath(new URL('./bench-analysis.js', import.meta.url));

export async function benchAnalysis(size: HourSize = HOUR): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-hour-'));
  try {
    const log = join(folder, RUN_FILES.observations);
    writeRunFiles(folder, runFiles(hourPlan(size), [...hourObservations(size)]));
    const { size: bytes } = await stat(log);
    console.log(`observations of one hour: ${(bytes / 1e6).toFixed(1)} MB`);
    const ours: AnalysisCost[] = [];
    const theirs: AnalysisCost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      theirs.push(await costOf(['parse', log]));
      const cost = await costOf(['analyse', folder]);
      if (cost.incidents !== size.incidents || cost.status !== 'FAIL') {
        throw new Error(`${cost.status} with ${cost.incidents} incidents`);
      }
      ours.push(cost);
    }
    const seconds = (costs: readonly AnalysisCost[]) => costs.map((one) => one.totalMs / 1_000);
    return [
      absolute('analysis of one hour at 5,000 orders/s, 20 incidents', AT_MOST_SEC, 's', seconds(ours)),
      absolute(
        'memory of that analysis, at most',
        AT_MOST_MB,
        'MB',
        ours.map((one) => one.peakRssMb),
      ),
      row('that analysis, beside parsing the lines', TIMES_PARSING, 's', seconds(ours), seconds(theirs)),
    ];
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
