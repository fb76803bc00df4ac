import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunReport } from '../../scripts/contract/run-report.ts';
import { readPage, writePage } from '../simulation/page.ts';
import { untilJudged } from '../support/rehearsals/until-judged.ts';
import { verifying } from '../support/verifying.ts';
import { type AccuracyCase, CASES, expectedSec, REPRESENTATIVE_CASES } from './cases.ts';
import { compare, type Row } from './compare.ts';
import { accuracyPage, lineOf } from './page.ts';
import { rehearse } from './rehearse.ts';

// Real k6 against the test's own target: what was charged, beside what was true.

const cases = verifying ? CASES : REPRESENTATIVE_CASES;
const rows: Row[] = [];
let k6Version = 'unknown';
let startedAt = 0;

beforeAll(() => {
  startedAt = Date.now();
  console.log(`${cases.length} cases, about ${Math.ceil(expectedSec(cases) / 60)} min`);
});

interface Attempt {
  report: RunReport;
  row: Row | null;
  unsound: string | null;
}

/** Figures that are off count only if the machine had left the load alone; the last try counts in any case. */
async function attempt(one: AccuracyCase, tries: number): Promise<Attempt> {
  const rehearsed = await rehearse(one);
  const { report, truth, unsound } = rehearsed;
  if (truth === null) return { report, row: null, unsound };
  const row = compare(one, rehearsed, truth, tries);
  const starved = row.misses.length > 0 && row.unhealthy.length > 0;
  return { report, row, unsound: starved ? lineOf(row) : null };
}

test.each(cases.map((one, index) => ({ index, one, name: one.name })))(
  '$name: what is charged is what was true',
  async ({ index, one }) => {
    const { report, row, unsound } = await untilJudged((tries) => attempt(one, tries));
    expect(row, unsound ?? '').not.toBeNull();
    expect(report.verdict.status, JSON.stringify(report.verdict.reasons)).not.toBe('INVALID');
    if (row === null) return;
    rows.push(row);
    k6Version = report.versions.k6 ?? k6Version;
    console.log(`${index + 1}/${cases.length} ${lineOf(row)}`);
    expect(row.misses).toEqual([]);
  },
);

afterAll(() => {
  if (rows.length < CASES.length) return;
  const date = new Date().toISOString().slice(0, 10);
  const real = accuracyPage(rows, { k6Version, date, tookSec: (Date.now() - startedAt) / 1_000 });
  writePage({ ...readPage(), real });
});
