// `npm test`: every check in turn, counted; the last line is `N passed, N failed`. `npm run verify` is the same with
// every long case (PEAKPROOF_VERIFY=1).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules/.bin', name);
const reports = mkdtempSync(join(tmpdir(), 'peakproof-test-'));
let passed = 0;
let failed = 0;
const skipped = [];

function check(title, command, args) {
  const ok = execute(title, command, args);
  if (ok) passed += 1;
  else failed += 1;
}

function suite(title, config) {
  const report = join(reports, `${title.replaceAll(' ', '-')}.json`);
  const args = [
    'run',
    '--config',
    config,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const ok = execute(title, bin('vitest'), args);
  const counts = readReport(report);
  passed += counts.passed;
  failed += counts.failed;
  skipped.push(...counts.skipped);
  if (!ok && counts.failed === 0) failed += 1;
}

function readReport(report) {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8'));
    const tests = json.testResults.flatMap((file) => file.assertionResults);
    return {
      passed: json.numPassedTests,
      failed: json.numFailedTests,
      skipped: tests
        .filter(({ status }) => status === 'skipped' || status === 'pending')
        .map(({ fullName }) => fullName),
    };
  } catch {
    return { passed: 0, failed: 0, skipped: [] };
  }
}

function execute(title, command, args) {
  console.log(`\n== ${title}`);
  const startedAt = performance.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  console.log(
    `== ${title}: ${status === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  );
  return status === 0;
}

check('types', bin('tsc'), ['--project', '.']);
check('lint and format', bin('biome'), ['ci', '--error-on-warnings', '.']);
check('architecture', bin('depcruise'), [
  '--config',
  '.dependency-cruiser.cjs',
  'scripts',
  'k6',
  'mock-services',
]);
check('nothing unused', bin('knip'), ['--no-progress']);
suite('unit', 'vitest.config.ts');
suite('real runs', 'test/e2e/vitest.config.ts');

rmSync(reports, { recursive: true, force: true });
for (const name of skipped) console.log(`skipped: ${name}`);
if (process.env.CI === 'true') failed += skipped.length;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
