import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { main } from '../../scripts/cli.ts';
import { reportText } from '../../scripts/contract/report-text.ts';
import { analyzeDirectory } from '../../scripts/record/analyze.ts';
import { runFiles, writeRunFiles } from '../support/rehearsals/run-directory.ts';
import { observationsOf } from '../support/stories/saved-run.ts';
import { Story } from '../support/stories/story.ts';

const parent = mkdtempSync(join(tmpdir(), 'peakproof-analyze-'));
afterAll(() => rmSync(parent, { recursive: true }));

const story = new Story().outage(20, 30);
const files = runFiles(story.plan, observationsOf(story.timeline()));
let cwd = '';
beforeEach(async () => {
  cwd = mkdtempSync(join(parent, 'cwd-'));
  writeRunFiles(join(cwd, 'run'), files);
  writeFileSync(join(cwd, 'run', 'report.json'), reportText(await analyzeDirectory(join(cwd, 'run'))));
});

async function analyze(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = await main(['analyze', 'run', ...argv], { stdout, stderr, env: {}, cwd });
  return { exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

test('prints the first screen and exits with the verdict', async () => {
  const { exitCode, stdout, stderr } = await analyze();
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^PASS {2}spring-voucher/);
  expect(stdout).toMatch(/^report: run\/report\.json$/m);
});

test('--json prints what report.json holds', async () => {
  expect((await analyze('--json')).stdout).toBe(readFileSync(join(cwd, 'run', 'report.json'), 'utf8'));
});

test('other limits change the exit code, are said first and leave the report of the run alone', async () => {
  const before = readFileSync(join(cwd, 'run', 'report.json'), 'utf8');
  const { exitCode, stdout } = await analyze('--budget', '5s', '--down-above', '0.1');
  expect(exitCode).toBe(1);
  expect(stdout.split('\n').slice(1, 3)).toEqual([
    'judged again with downAbove 10 % instead of 5 %',
    'judged again with downtimeBudget 5 s instead of 20 s',
  ]);
  expect(stdout).not.toContain('report.json');
  expect(readFileSync(join(cwd, 'run', 'report.json'), 'utf8')).toBe(before);
});

test('--out writes a new file', async () => {
  const { stdout } = await analyze('--budget', '5s', '--out', 'again.json');
  expect(JSON.parse(readFileSync(join(cwd, 'again.json'), 'utf8')).changed).toHaveLength(1);
  expect(stdout).toMatch(/^report: again\.json$/m);
});

test('--out overwrites nothing', async () => {
  writeFileSync(join(cwd, 'mine.json'), 'mine');
  const { exitCode, stdout, stderr } = await analyze('--out', 'mine.json');
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain('[report-exists]');
  expect(readFileSync(join(cwd, 'mine.json'), 'utf8')).toBe('mine');
});

test('--out may give a killed run its report, but not one by other limits', async () => {
  const place = join(cwd, 'run', 'report.json');
  rmSync(place);
  expect((await analyze('--budget', '5s', '--out', 'run/report.json')).stderr).toContain('[report-exists]');
  expect(existsSync(place)).toBe(false);
  expect((await analyze('--out', 'run/report.json')).exitCode).toBe(0);
  expect((await analyze()).stdout).toMatch(/^report: run\/report\.json$/m);
});

test('the place of the run’s own report is known by a link too', async () => {
  rmSync(join(cwd, 'run', 'report.json'));
  symlinkSync('run', join(cwd, 'link'));
  expect((await analyze('--budget', '5s', '--out', 'link/report.json')).stderr).toContain('[report-exists]');
  expect(existsSync(join(cwd, 'run', 'report.json'))).toBe(false);
});

test('--out in a folder that is not there is exit 4, one message', async () => {
  const { exitCode, stdout, stderr } = await analyze('--out', 'nowhere/again.json');
  expect([exitCode, stdout]).toEqual([4, '']);
  expect(stderr).toBe(
    "peakproof: can't write the report to nowhere/again.json: there is no such folder [report-not-writable]\n" +
      '  next: let --out name a new file in a folder that exists and that you may write to\n',
  );
});

test('a damaged record is told by its reason, not as a changed report.json', async () => {
  appendFileSync(join(cwd, 'run', 'observations.ndjson'), 'more');
  const { exitCode, stdout, stderr } = await analyze();
  expect([exitCode, stderr]).toEqual([3, '']);
  expect(stdout).toContain('observations-altered: ');
});

test('a report.json that says something else is told', async () => {
  writeFileSync(join(cwd, 'run', 'report.json'), '{}');
  const { exitCode, stdout, stderr } = await analyze();
  expect(exitCode).toBe(0);
  expect(stderr).toContain('warning: run/report.json says something else');
  expect(stdout).not.toContain('report.json');
});

test.each([
  [['--down-above', '5x'], '--down-above is "5x"; allowed is a ratio from 0% to 99%'],
  [['--down-above', '100%'], 'allowed is a ratio from 0% to 99%'],
  [['--budget', '30'], '--budget is "30"; allowed is a duration such as 250ms, 90s'],
  [['--budget', ''], '--budget needs a value'],
  [['--budget', '5s', '--budget', '6s'], '--budget is given more than once: 5s, 6s'],
  [['--budget', '2h'], '[allowance-too-long]'],
])('%j is refused: exit 2, one message', async (argv, named) => {
  const { exitCode, stdout, stderr } = await analyze(...argv);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(named);
  expect(stderr.match(/\[[a-z-]+\]$/gm)).toHaveLength(1);
});
