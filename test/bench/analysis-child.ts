import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { TimelineBuilder } from '../../scripts/observe/fold.ts';
import type { LaunchPlan } from '../../scripts/plan/launch-plan.ts';
import { forEachObservation } from '../../scripts/run/observation-log.ts';
import { reportOf } from '../support/story.ts';

/** What a child says of itself when it is done. */
export interface AnalysisCost {
  /** From the start of the process. */
  totalMs: number;
  peakRssMb: number;
  cpuMs: number;
  foldedMs: number;
  judgedMs: number;
  status: string;
  downMs: number;
  incidents: number;
}

/** What `peakproof analyze` does with a saved run: reads, folds, judges, writes the report. */
export async function analyse(planPath: string, logPath: string, reportPath: string): Promise<void> {
  const plan: LaunchPlan = JSON.parse(await readFile(planPath, 'utf8'));
  const builder = new TimelineBuilder();
  await forEachObservation(logPath, (observation) => builder.add(observation));
  const foldedMs = performance.now();
  const timeline = builder.snapshot();
  const report = reportOf(plan, timeline);
  const judgedMs = performance.now();
  await writeFile(reportPath, JSON.stringify(report));
  const [step] = report.steps;
  tell({
    totalMs: performance.now(),
    peakRssMb: peakRssMb(),
    cpuMs: process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000,
    foldedMs,
    judgedMs,
    status: report.verdict.status,
    downMs: step?.downtime?.chargedMs ?? 0,
    incidents: step?.incidents.length ?? 0,
  });
}

/** The least that any reader of the log does: each line parsed and let go, without checksum. */
export async function merelyParse(logPath: string): Promise<void> {
  let lines = 0;
  let rest = '';
  for await (const text of createReadStream(logPath, { encoding: 'utf8', highWaterMark: 2 ** 20 })) {
    const pieces = (rest + String(text)).split('\n');
    rest = pieces.pop() ?? '';
    for (const line of pieces) lines += JSON.parse(line).seq > 0 ? 1 : 0;
  }
  const totalMs = performance.now();
  tell({
    totalMs,
    peakRssMb: peakRssMb(),
    cpuMs: process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000,
    foldedMs: 0,
    judgedMs: 0,
    status: String(lines),
    downMs: 0,
    incidents: 0,
  });
}

/** maxRSS is in kB. */
const peakRssMb = (): number => process.resourceUsage().maxRSS / 1_024;

function tell(cost: AnalysisCost): void {
  process.stdout.write(`${JSON.stringify(cost)}\n`);
}

const [what = '', ...paths] = process.argv.slice(2);
const [first = '', second = '', third = ''] = paths;
if (what === 'analyse') await analyse(first, second, third);
else await merelyParse(first);
