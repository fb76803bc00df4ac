import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { costRows, costTable } from '../bench/k6/cost-table.ts';
import { type CostPair, costPair, SUBJECTS } from '../bench/k6/costs.ts';
import { withBench } from '../bench/k6/k6-cost.ts';
import { verifying } from '../support/verifying.ts';

// What an order takes of k6's memory beside a script by hand, by k6's own counts, which depend on no machine.
// PEAKPROOF_COSTS=1 commits what is measured, as does a better ratio's owner: the table in docs/performance.md is made of it.

const COMMITTED = new URL('../bench/k6/costs.json', import.meta.url);
const PAGE = new URL('../../docs/performance.md', import.meta.url);
const K6 = process.env['PEAKPROOF_K6'] ?? 'k6';
const WITHIN = 0.05;
/** The rest is measured by `npm run verify`. */
const ALWAYS = ['steps, answers of 8 kB', 'a k6 script of the user’s'];

const committed = async (): Promise<CostPair[]> => JSON.parse(await readFile(COMMITTED, 'utf8'));
const [BEGIN, END] = ['<!-- counted costs -->\n', '\n<!-- end of counted costs -->'];

test('no ratio is more than 0.05 above the one that was committed last', async () => {
  const commits = process.env['PEAKPROOF_COSTS'] === '1';
  const subjects = SUBJECTS.filter(({ name }) => commits || verifying || ALWAYS.includes(name));
  const measured: CostPair[] = [];
  await withBench(K6, async (bench) => {
    for (const subject of subjects) measured.push(await costPair(bench, subject));
  });
  console.log(costTable(measured));
  if (commits) await commit(measured);
  const before = costRows(await committed());
  for (const { name, figure, ratio } of costRows(measured)) {
    const last = before.find((one) => one.name === name && one.figure === figure)?.ratio;
    expect(ratio, `${name}: ${figure}`).toBeLessThanOrEqual((last ?? Number.NaN) + WITHIN);
  }
});

test('docs/performance.md shows what was committed', async () => {
  const page = await readFile(PAGE, 'utf8');
  expect(page).toContain(BEGIN + costTable(await committed()) + END);
});

async function commit(measured: readonly CostPair[]): Promise<void> {
  await writeFile(fileURLToPath(COMMITTED), `${JSON.stringify(measured, null, 2)}\n`);
  const page = await readFile(PAGE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  await writeFile(fileURLToPath(PAGE), head + BEGIN + costTable(measured) + END + tail);
}
