import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RunReport } from '../../../scripts/contract/run-report.ts';
import { freePort } from '../free-port.ts';
import { type LoadedStep, loadedStep } from '../stories/loaded-step.ts';
import { targetFile } from '../targets/started-target.ts';
import { CliRun } from './cli-run.ts';
import { untilJudged } from './until-judged.ts';

export interface Rehearsed {
  report: RunReport;
  /** The first step. */
  step: LoadedStep;
  /** Of the verdict's reasons. */
  codes: string[];
  targetLog: string;
  /** For people who read why a test failed. */
  said: string;
}

/** Runs a plan that is made for a free port until the machine let it be judged. */
export async function rehearse(planFor: (port: number) => string): Promise<Rehearsed> {
  const { report, targetLog, said } = await untilJudged(async () => {
    const run = new CliRun('run', planFor(await freePort()));
    onTestFinished(() => run.remove());
    const { exitCode, stdout, stderr } = await run.result;
    const text = `exit ${exitCode}\n${stderr}\n${stdout}`;
    if (exitCode !== 0 && exitCode !== 1 && exitCode !== 3) throw new Error(text);
    const logFile = join(run.outDir, 'target.log');
    // A target that says nothing leaves none.
    const targetLog = existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
    const report = run.report();
    return { report, targetLog, said: text, unsound: voidedByMachine(report) };
  });
  const codes = report.verdict.reasons.map(({ code }) => code);
  return { report, step: loadedStep(report.steps[0]), codes, targetLog, said };
}

/** In runs of a few slices each one counts: which readings of this machine voided one; null = none did. */
function voidedByMachine({ verdict, steps }: RunReport): string | null {
  // Nothing that a target does keeps the prober from its schedule.
  const unseen = verdict.reasons.find(({ code }) => code === 'too-little-witnessed');
  if (unseen) return unseen.message;
  const voided = steps[0]?.generator?.voided.map(({ why }) => why) ?? [];
  const words = voided.filter((why) => MACHINE.includes(why));
  return words.length === 0 ? null : `slices were voided: ${words.join(', ')}`;
}

const MACHINE: readonly string[] = [
  'waited',
  'cpu',
  'starts-differ',
  'starts-trail',
  'mocks-slow',
  'push-gap',
];

/** Command of a target of the tests, quoted for YAML. */
export function startCommand(name: string, env: Readonly<Record<string, string>> = {}): string {
  const settings = Object.entries(env).map(([key, value]) => `${key}=${value} `);
  return `'${settings.join('')}exec "${process.execPath}" "${targetFile(name)}"'`;
}

/** Orders seen by partners that break what must always hold, by invariant; those that hold are left out. */
export function broken({ invariants }: LoadedStep): Record<string, number> {
  return Object.fromEntries(
    invariants.filter((one) => one.broken > 0).map((one) => [one.invariant, one.broken]),
  );
}
