import { expect, test } from 'vitest';
import { reportPage } from './report-page.ts';

test('docs/report.md says what the schema says (npm run golden makes it anew)', async () => {
  await expect(reportPage()).toMatchFileSnapshot('../../docs/report.md');
});
