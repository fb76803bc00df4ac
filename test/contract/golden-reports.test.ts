import { expect, test } from 'vitest';
import { reportText } from '../../scripts/contract/report-text.ts';
import { analyzeDirectory } from '../../scripts/record/analyze.ts';
import { folderForEachTest } from '../support/folder-for-each-test.ts';
import { runFiles, writeRunFiles } from '../support/rehearsals/run-directory.ts';
import { observationsOf } from '../support/stories/saved-run.ts';
import { Story } from '../support/stories/story.ts';
import { gradedStory, saturatedStory } from '../support/stories/told-runs.ts';

// report.json of three saved runs, whole: what everything after the verdict reads. A new schema makes them anew by
// `npm run golden`; read the diff.

const STORIES: Readonly<Record<string, { tell: () => Story; status: string }>> = {
  pass: { tell: () => new Story(), status: 'PASS' },
  'fail-with-faults': { tell: gradedStory, status: 'FAIL' },
  invalid: { tell: saturatedStory, status: 'INVALID' },
};

const folder = folderForEachTest();

test.each(Object.entries(STORIES))('report.json of a run that is %s', async (name, { tell, status }) => {
  const story = tell();
  writeRunFiles(folder.path, runFiles(story.plan, observationsOf(story.timeline())));
  const report = await analyzeDirectory(folder.path);
  expect(report.verdict.status).toBe(status);
  const versions = { ...report.versions, peakproof: '0.0.0' };
  await expect(reportText({ ...report, versions })).toMatchFileSnapshot(`../golden/reports/${name}.json`);
});
