import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '../../scripts/contract/run-report.ts';
import { freePort } from '../support/free-port.ts';
import { type CliResult, CliRun } from '../support/rehearsals/cli-run.ts';
import { slicesOf } from '../support/stories/slice-rows.ts';
import { type Illness, SickTarget } from '../support/targets/sick-target.ts';

// One real run of a plan that passes when nobody interferes (the control run shows that), with an attack on it.

export interface Setting {
  ratePerSec?: number;
  /** Of the replayed part; there is no settle. A PASS needs 60 s, an attack only has to be seen. */
  lengthSec?: number;
  illness?: Illness;
  delayMs?: number;
  /** Does the target call the mocked payment partner? */
  callsPay?: boolean;
  patienceSec?: number;
  journeys?: string;
  /** More YAML of the plan: partners beside `pay`, faults. */
  partners?: string;
  faults?: string;
  /** Lines of a shell script that run before k6 does, with k6's own arguments as "$@". */
  beforeK6?: string;
  env?: Record<string, string>;
  /** Called when the load has started; `t0` = start of the replayed part, epoch ms. */
  during?: (run: RunningAttack) => Promise<void>;
}

export interface RunningAttack {
  cli: CliRun;
  target: SickTarget;
  t0: number;
}

export interface Outcome {
  exitCode: number | null;
  report: RunReport;
  codes: readonly string[];
  /** What the process printed, for the message of a failed test. */
  printed: string;
}

const ORDER = `
  order:
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }`;

const planText = (url: string, payPort: number, setting: Setting): string => {
  const { ratePerSec = 40, lengthSec = 12, patienceSec = 5, journeys = ORDER } = setting;
  const { partners = '', faults = '' } = setting;
  return `
version: 1
name: attacked
forecast: { curve: [{ at: 0s, rate: ${ratePerSec}/s }, { at: ${lengthSec}s, rate: ${ratePerSec}/s }] }
slo: { allowedDowntime: 1s, downtimeBudget: 500ms, timeSlice: 1s }
rehearsal: { replay: whole, multiples: [1], arrivals: even, warmUp: 2s, settle: 0s }
target: { baseUrl: '${url}' }
client: { timeout: 5s, patience: ${patienceSec}s, retries: { max: 0 } }
journeys:${journeys}
partners:
  pay: { kind: payment, port: ${payPort} }${partners}
${faults}`;
};

/** Rehearses with the attack on, to the end of the process; leaves nothing behind but the report. */
export function rehearse(setting: Setting): Promise<Outcome> {
  return withRun(setting, async (cli) => {
    const { exitCode, stdout, stderr } = await cli.result;
    const report = cli.report();
    const codes = report.verdict.reasons.map(({ code }) => code);
    return { exitCode, report, codes, printed: stdout + stderr };
  });
}

/** The same for a run that is meant to end before its load. */
export function refusal(setting: Setting): Promise<CliResult> {
  return withRun(setting, (cli) => cli.result);
}

async function withRun<Result>(setting: Setting, end: (cli: CliRun) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'peakproof-attack-'));
  const payPort = await freePort();
  const { illness = 'well', delayMs = 0, callsPay = true } = setting;
  const payUrl = callsPay ? `http://127.0.0.1:${payPort}` : '';
  const target = await SickTarget.start({ illness, delayMs, payUrl });
  const cli = new CliRun('run', planText(target.url, payPort, setting), {
    env: { ...k6Env(folder, setting.beforeK6), ...setting.env },
  });
  try {
    if (setting.during) {
      const { startedAt } = await cli.observed('load-started');
      await setting.during({ cli, target, t0: startedAt + 2_000 });
    }
    return await end(cli);
  } finally {
    cli.process.kill('SIGKILL');
    await cli.result;
    await target.stop();
    cli.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without an attack on k6 the real one runs; with one, a script of that name that ends in it. */
function k6Env(folder: string, beforeK6: string | undefined): NodeJS.ProcessEnv {
  const real = process.env['PEAKPROOF_K6'];
  if (!real) throw new Error('PEAKPROOF_K6 is not set: run this by test/e2e/vitest.config.ts');
  if (beforeK6 === undefined) return {};
  const file = join(folder, 'k6');
  const run = `if [ "$1" = run ]; then\n${beforeK6}\nfi`;
  writeFileSync(file, `#!/bin/sh\n${run}\nexec "$REAL_K6" "$@"\n`);
  chmodSync(file, 0o755);
  return { PEAKPROOF_K6: file, REAL_K6: real, REAL_NODE: process.execPath };
}

/** Words for which the slices outside the warm-up were unhealthy. */
export function wordsOf({ report }: Outcome): string[] {
  const slices = slicesOf(report.steps[0] ?? { series: null });
  return [...new Set(slices.flatMap((slice) => (slice.phase === 'warm-up' ? [] : slice.unhealthy)))];
}

/** Downtime that the report charges to the target; null when the load never started. */
export function chargedMs({ report }: Outcome): number | null {
  return report.steps[0]?.downtime?.chargedMs ?? null;
}
