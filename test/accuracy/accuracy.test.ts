import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilJudged } from '../support/until-judged.ts';
import { CASES, expectedSec, REPRESENTATIVE_CASES } from './cases.ts';
import { compare, type Row } from './compare.ts';
import { accuracyPage, lineOf } from './page.ts';
import { rehearse } from './rehearse.ts';

// Real k6 against the test's own target: what was charged, beside what was true.

const PAGE = fileURLToPath(new URL('../../docs/accuracy.md', import.meta.url));
const cases = process.env['PEAKPROOF_VERIFY'] === '1' ? CASES : REPRESENTATIVE_CASES;
const rows: Row[] = [];
let k6Version = 'unknown';
let startedAt = 0;

beforeAll(() => {
  startedAt = Date.now();
  console.log(`${cases.length} cases, about ${Math.ceil(expectedSec(cases) / 60)} min`);
});

test.each(cases.map((one, index) => ({ index, one, name: one.name })))(
  '$name: what is charged is what was true',
  async ({ index, one }) => {
    let tries = 0;
    const rehearsed = await untilJudged((attempt) => {
      tries = attempt;
      return rehearse(one);
    });
    const { truth, unsound, report } = rehearsed;
    expect(truth, unsound ?? '').not.toBeNull();
    expect(report.verdict.status, JSON.stringify(report.verdict.reasons)).not.toBe('INVALID');
    if (truth === null) return;
    const row = compare(one, rehearsed, truth, tries);
    rows.push(row);
    k6Version = report.versions.k6 ?? k6Version;
    console.log(`${index + 1}/${cases.length} ${lineOf(row)}`);
    expect(row.misses).toEqual([]);
  },
);

afterAll(() => {
  if (rows.length < CASES.length) return;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(PAGE, accuracyPage(rows, { k6Version, date, tookSec: (Date.now() - startedAt) / 1_000 }));
});
