import { dirname, resolve } from 'node:path';
import type { RunReport } from '../../contract/run-report.ts';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import type { Io } from '../../core/io.ts';
import { readScripts } from '../../engine/bundle/script-file.ts';
import { type FoundK6, findK6 } from '../../engine/k6/find-k6.ts';
import { readMachine } from '../../engine/machine/machine.ts';
import { prepare } from '../../run/prepare.ts';
import { rehearse } from '../../run/rehearsal.ts';
import { describeRun } from './describe-run.ts';
import { onInterrupt } from './interrupt.ts';
import { readPlanFile } from './plan-file.ts';

const K6_FROM: Readonly<Record<FoundK6['from'], string>> = {
  env: 'PEAKPROOF_K6',
  path: 'on PATH',
  cache: 'from the cache',
  archive: 'downloaded',
  'go-build': 'built',
};

/** From a plan's file to a report: what `run` and `demo` share. */
export async function runPlanFile(
  io: Io,
  planFile: string,
  out: string | undefined,
): Promise<{ report: RunReport; directory: string }> {
  const { plan, secrets, hash } = await readPlanFile(io, planFile);
  const scripts = await readScripts(plan.journeys);
  const machine = await readMachine();
  const preparation = prepare(plan, machine);
  const note = (line: string): void => void io.stderr.write(`${line}\n`);
  const interrupt = new AbortController();
  const stopListening = onInterrupt(() => interrupt.abort());
  try {
    const k6 = await findK6({ env: io.env, onProgress: note, signal: interrupt.signal }).catch((error) => {
      throw interrupt.signal.aborted ? interruptedEarly() : error;
    });
    note(`k6 ${k6.version} (${K6_FROM[k6.from]})`);
    for (const line of describeRun(preparation, new Date())) note(line);
    return await rehearse({
      io,
      plan,
      secrets,
      scripts,
      planHash: hash,
      preparation,
      k6,
      cores: machine.cores,
      planFile,
      targetCwd: dirname(resolve(io.cwd, planFile)),
      outDir: out ?? null,
      interrupt: interrupt.signal,
    });
  } finally {
    stopListening();
  }
}

function interruptedEarly(): PeakproofError {
  return new PeakproofError({
    code: 'interrupted',
    message: 'stopped while getting k6; nothing was started',
    hint: 'run it again',
    exitCode: EXIT.noVerdict,
  });
}
