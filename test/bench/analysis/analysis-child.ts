import { createReadStream } from 'node:fs';
import { reportText } from '../../../scripts/contract/report-text.ts';
import { analyzeDirectory } from '../../../scripts/record/analyze.ts';

/** What a child says of itself when it is done. */
export interface AnalysisCost {
  /** From the start of the process. */
  totalMs: number;
  peakRssMb: number;
  status: string;
  reportBytes: number;
  incidents: number;
}

/** What `peakproof analyze` does with a saved run: checks, reads, folds, judges, makes the text of the report. */
export async function analyse(directory: string): Promise<void> {
  const report = await analyzeDirectory(directory);
  const text = reportText(report);
  const [step] = report.steps;
  tell({
    totalMs: performance.now(),
    peakRssMb: peakRssMb(),
    status: report.verdict.status,
    reportBytes: text.length,
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
  tell({ totalMs, peakRssMb: peakRssMb(), status: String(lines), reportBytes: 0, incidents: 0 });
}

/** maxRSS is in kB. */
const peakRssMb = (): number => process.resourceUsage().maxRSS / 1_024;

function tell(cost: AnalysisCost): void {
  process.stdout.write(`${JSON.stringify(cost)}\n`);
}

const [what = '', path = ''] = process.argv.slice(2);
if (what === 'analyse') await analyse(path);
else await merelyParse(path);
