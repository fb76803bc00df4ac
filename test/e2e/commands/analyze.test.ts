import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportSchema } from '../../../scripts/contract/run-report.ts';
import { CLI, CliRun, until } from '../../support/rehearsals/cli-run.ts';
import { untilJudged } from '../../support/rehearsals/until-judged.ts';
import { TestTarget } from '../../support/targets/test-target.ts';

// One real run with an outage, then one that is killed: what `analyze` says of their directories.

const SECRET = 'open-sesame-1001';
const planFor = (url: string): string => `
version: 1
name: analyze
forecast: { curve: [{ at: 0s, rate: 50/s }, { at: 9s, rate: 50/s }] }
slo: { allowedDowntime: 1s, downtimeBudget: 1s, slowAfter: 500ms, timeSlice: 1s }
rehearsal: { replay: whole, multiples: [1], arrivals: even, warmUp: 1s, settle: 0s }
target: { baseUrl: '${url}' }
client: { timeout: 2s, patience: 2s }
journeys:
  order:
    steps:
      - post: /orders
        headers: { authorization: '\${secret:TOKEN}' }
        json: { key: '{{orderKey}}' }
        confirmed: { status: 201, has: order.id }
`;

function analyze(...args: string[]): { exitCode: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'analyze', ...args], {
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr };
}

/** A run with three seconds of refused connections. */
let run: CliRun;
let target: TestTarget;
beforeAll(async () => {
  target = await TestTarget.start();
  ({ run } = await untilJudged(async () => {
    const started = new CliRun('run', planFor(target.url), { env: { TOKEN: SECRET } });
    const { startedAt } = await started.observed('load-started');
    await until(startedAt + 4_000);
    target.tell('refuse');
    await until(startedAt + 7_000);
    target.tell('accept');
    await started.result;
    return { run: started, report: started.report() };
  }));
}, 120_000);
afterAll(async () => {
  await target.stop();
  run.remove();
});

const reportText = (): string => readFileSync(join(run.outDir, 'report.json'), 'utf8');

test('gives the verdict of the run again, byte for byte, secrets removed', async () => {
  const { exitCode, stdout, stderr } = analyze(run.outDir, '--json');
  expect(stdout).toBe(reportText());
  expect(stderr).toBe('');
  expect(exitCode).toBe((await run.result).exitCode);
  expect(run.report().verdict).toMatchObject({ status: 'FAIL', exitCode: 1 });
  expect(stdout).not.toContain(SECRET);
});

test('judges by other limits where wanted, and marks it', () => {
  const before = reportText();
  const out = join(run.folder, 'what-if.json');
  const { exitCode, stdout } = analyze(run.outDir, '--budget', '8s', '--down-above', '10%', '--out', out);
  expect(exitCode).toBe(3);
  expect(stdout).toContain('judged again with downAbove 10 % instead of 5 %');
  expect(stdout).toContain('judged again with downtimeBudget 8 s instead of 1 s');
  const report = reportSchema.parse(JSON.parse(readFileSync(out, 'utf8')));
  expect(report.changed.map(({ key }) => key)).toEqual(['slo.downAbove', 'slo.downtimeBudget']);
  expect(report.verdict.status).toBe('INCONCLUSIVE');
  expect(reportText()).toBe(before);
});

test('a flipped byte in the observations is INVALID', () => {
  const copy = join(run.folder, 'damaged');
  cpSync(run.outDir, copy, { recursive: true });
  const path = join(copy, 'observations.ndjson');
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(path, bytes);
  const { exitCode, stdout } = analyze(copy);
  expect(exitCode).toBe(3);
  expect(stdout).toMatch(/^INVALID/);
  expect(stdout).toContain('observations-damaged: line ');
});

test('a run that was killed is INCONCLUSIVE, with what was seen until then', async () => {
  const killed = new CliRun('run', planFor(target.url), { env: { TOKEN: SECRET } });
  const { startedAt } = await killed.observed('load-started');
  await until(startedAt + 5_000);
  killed.process.kill('SIGKILL');
  await killed.result;
  await killed.leftOver();
  const { exitCode, stdout } = analyze(killed.outDir, '--json');
  const report = reportSchema.parse(JSON.parse(stdout));
  killed.remove();
  expect(exitCode).toBe(3);
  expect(report.verdict.status).toBe('INCONCLUSIVE');
  expect(report.verdict.reasons.map(({ code }) => code)).toContain('cut-short');
  expect(report.endedAt).toBeNull();
  expect(report.steps[0]?.orders?.good).toBeGreaterThan(50);
});
