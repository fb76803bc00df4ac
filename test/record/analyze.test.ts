import { mkdirSync, mkdtempSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { reportText } from '../../scripts/contract/report-text.ts';
import type { Observation } from '../../scripts/observe/observation.ts';
import { analyzeDirectory } from '../../scripts/record/analyze.ts';
import { folderForEachTest } from '../support/folder-for-each-test.ts';
import { runFiles, type SavedFiles, sealOf, writeRunFiles } from '../support/rehearsals/run-directory.ts';
import { observationsOf } from '../support/stories/saved-run.ts';
import { Story, storyPlan } from '../support/stories/story.ts';

// Run directories as a run leaves them, or as little of them as one that was killed.

const story = new Story();
const observed = observationsOf(story.timeline());
const outage = new Story().outage(10, 45);
const outageObserved = observationsOf(outage.timeline());

const folder = folderForEachTest();
let directory = '';
let files: SavedFiles = runFiles(story.plan, observed);
beforeEach(() => {
  directory = folder.path;
  files = runFiles(story.plan, observed);
});

const save = (changed: Partial<SavedFiles> = {}): void => writeRunFiles(directory, { ...files, ...changed });

const endOf = (text: string): number => text.lastIndexOf('\n', text.length - 2) + 1;

describe('a directory as the run left it', () => {
  test('gives the verdict that the run had, and is not written to', async () => {
    save();
    const before = readdirSync(directory).sort();
    const report = await analyzeDirectory(directory);
    expect(report.verdict).toMatchObject({ status: 'PASS', exitCode: 0, holdsAt: 3, reasons: [] });
    expect(report).toMatchObject({ runId: 'story', plan: story.plan, changed: [] });
    expect(readdirSync(directory).sort()).toEqual(before);
  });

  test('gives the same bytes each time', async () => {
    save(runFiles(outage.plan, outageObserved));
    const report = await analyzeDirectory(directory);
    expect(report.verdict.status).toBe('FAIL');
    expect(reportText(await analyzeDirectory(directory))).toBe(reportText(report));
  });

  test('of a run that ended before its load is INCONCLUSIVE', async () => {
    const started = observed.slice(0, 1);
    const { manifest, observations } = runFiles(story.plan, started);
    save({
      observations,
      manifest: { ...manifest, ended: 'not-started', observations: sealOf(observations) },
    });
    const { verdict } = await analyzeDirectory(directory);
    expect(verdict).toMatchObject({ status: 'INCONCLUSIVE', exitCode: 3, reasons: [{ code: 'not-run' }] });
  });
});

describe('other limits', () => {
  test('change the verdict and stand in the report, the plan stays as it was run', async () => {
    save(runFiles(outage.plan, outageObserved));
    const report = await analyzeDirectory(directory, { downtimeBudgetMs: 50_000 });
    expect(report.verdict.status).not.toBe('FAIL');
    expect(report.changed).toEqual([{ key: 'slo.downtimeBudget', from: 20_000, to: 50_000 }]);
    expect(report.steps[0]?.budgetMs).toBe(50_000);
    expect(report.plan).toEqual(outage.plan);
  });

  test('move the border of a DOWN slice', async () => {
    const few = new Story().turns(0, 60, { outcome: 'bad', kind: '5xx' }, 0.08);
    save(runFiles(few.plan, observationsOf(few.timeline())));
    expect((await analyzeDirectory(directory)).verdict.status).toBe('FAIL');
    const report = await analyzeDirectory(directory, { downAboveRatio: 0.2 });
    expect(report.steps[0]?.downtime?.chargedMs).toBe(0);
    expect(report.slo.downAboveRatio).toBe(0.2);
    expect(report.changed).toEqual([{ key: 'slo.downAbove', from: 0.05, to: 0.2 }]);
  });

  test('that are those of the plan change nothing', async () => {
    save();
    const report = await analyzeDirectory(directory, { downAboveRatio: 0.05, downtimeBudgetMs: 20_000 });
    expect(reportText(report)).toBe(reportText(await analyzeDirectory(directory)));
  });

  test('by which nothing could fail are refused', async () => {
    save();
    await expect(analyzeDirectory(directory, { downtimeBudgetMs: 90_000 })).rejects.toMatchObject({
      code: 'allowance-too-long',
      exitCode: 2,
    });
  });
});

describe('a run that was killed', () => {
  test('after its instrument had died keeps that as its reason: its outage is not the target’s', async () => {
    const died = outageObserved.map((one) =>
      one.type === 'run-ended' ? { ...one, how: 'died' as const } : one,
    );
    const saved = runFiles(outage.plan, died);
    save({ ...saved, manifest: { ...saved.manifest, ended: null, observations: null } });
    const { verdict } = await analyzeDirectory(directory);
    expect(verdict).toMatchObject({ status: 'INVALID', exitCode: 3 });
    expect(verdict.reasons[0]?.code).toBe('harness-died');
  });

  const killed = (keep: (text: string) => string): Partial<SavedFiles> => ({
    observations: keep(files.observations),
    manifest: { ...files.manifest, ended: null, observations: null },
  });

  test.each([
    ['inside a line', (text: string) => text.slice(0, Math.floor(text.length * 0.6))],
    ['between two lines', (text: string) => text.slice(0, text.indexOf('\n', text.length * 0.6) + 1)],
    ['after the last step', (text: string) => text.slice(0, endOf(text))],
    ['before it could seal its record', (text: string) => text],
  ])('%s is INCONCLUSIVE, cut-short', async (_when, keep) => {
    save(killed(keep));
    const { verdict } = await analyzeDirectory(directory);
    expect(verdict).toMatchObject({ status: 'INCONCLUSIVE', exitCode: 3 });
    expect(verdict.reasons.map(({ code }) => code)).toContain('cut-short');
  });

  test('after more downtime than allowed has FAILed all the same', async () => {
    files = runFiles(outage.plan, outageObserved);
    save(killed((text) => text.slice(0, Math.floor(text.length * 0.9))));
    const { verdict } = await analyzeDirectory(directory);
    expect(verdict).toMatchObject({ status: 'FAIL', exitCode: 1 });
  });

  test('before it had observed anything is INCONCLUSIVE', async () => {
    save(killed(() => ''));
    const report = await analyzeDirectory(directory);
    expect(report.verdict.status).toBe('INCONCLUSIVE');
    expect(report.endedAt).toBeNull();
  });
});

describe('what is no run directory is one message, exit 4', () => {
  const spoil = (file: string, text: string | null) => () => {
    const path = join(directory, file);
    if (text === null) unlinkSync(path);
    else writeFileSync(path, text);
  };
  const folderAt = (file: string) => () => {
    unlinkSync(join(directory, file));
    mkdirSync(join(directory, file));
  };
  const editJson = (file: string, edit: (value: Record<string, unknown>) => object) => () => {
    const path = join(directory, file);
    writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, 'utf8')))));
  };
  test.each([
    ['no manifest', 'manifest-missing', spoil('manifest.json', null)],
    ['a manifest that is not JSON', 'manifest-unreadable', spoil('manifest.json', '{')],
    ['a manifest in whose place a folder is', 'manifest-missing', folderAt('manifest.json')],
    ['a manifest of something else', 'manifest-unreadable', spoil('manifest.json', '[]')],
    [
      'an end that no run has',
      'manifest-unreadable',
      editJson('manifest.json', (one) => ({ ...one, ended: 'passed' })),
    ],
    [
      'a newer schema',
      'schema-version-unknown',
      editJson('manifest.json', (one) => ({ ...one, schemaVersion: 7 })),
    ],
    [
      'an older schema',
      'schema-version-unknown',
      editJson('manifest.json', ({ observations: _seal, resolvedPlanHash: _hash, ...one }) => ({
        ...one,
        schemaVersion: 1,
      })),
    ],
    ['no plan', 'saved-plan-missing', spoil('plan.json', null)],
    ['a plan that is not JSON', 'saved-plan-unreadable', spoil('plan.json', 'name: spring')],
    ['a plan without slo', 'saved-plan-unreadable', editJson('plan.json', ({ slo: _slo, ...rest }) => rest)],
    ['no observations', 'observations-missing', spoil('observations.ndjson', null)],
  ])('%s: %s', async (_name, code, spoiled) => {
    save();
    spoiled();
    const failure = analyzeDirectory(directory);
    await expect(failure).rejects.toMatchObject({ code, exitCode: 4 });
    await expect(failure).rejects.toThrow(directory);
  });

  test('what is not JSON is told in one line without control characters', async () => {
    save();
    writeFileSync(join(directory, 'manifest.json'), '\ufeff{\n\u001b[2J}\n');
    await expect(analyzeDirectory(directory)).rejects.toThrow(
      /^[^\p{Cc}\p{Cf}]*it is not JSON[^\p{Cc}\p{Cf}]*$/u,
    );
  });

  test('a schema that is not known names both versions', async () => {
    save({ manifest: JSON.parse(JSON.stringify({ ...files.manifest, schemaVersion: 7 })) });
    await expect(analyzeDirectory(directory)).rejects.toThrow(/schemaVersion 7.*reads schemaVersion 6/);
  });

  test('observations of another version that this one does not know', async () => {
    const strange: Observation = JSON.parse('{"type":"carbon","at":1}');
    const told = observed.map((one) => (one.type === 'run-started' ? { ...one, version: '9.0.0' } : one));
    const newer = runFiles(story.plan, [...told.slice(0, 5), strange, ...told.slice(5)]);
    save(newer);
    await expect(analyzeDirectory(directory)).rejects.toMatchObject({
      code: 'observations-unknown',
      exitCode: 4,
    });
  });

  test.each([
    ['nowhere', (): string => join(directory, 'nowhere')],
    ['a file', (): string => join(directory, 'plan.json')],
    ['an empty folder', (): string => mkdtempSync(join(directory, 'empty-'))],
  ])('%s', async (_name, path) => {
    save();
    await expect(analyzeDirectory(path())).rejects.toMatchObject({
      code: 'not-a-run-directory',
      exitCode: 4,
    });
  });
});

test('of a run that was killed in its second step the first one keeps its verdict, the run does not pass', async () => {
  const two = storyPlan((plan) => ({
    ...plan,
    rehearsal: { ...plan.rehearsal, multiples: [3, 4], mustHold: 3 },
  }));
  const told = observationsOf(new Story(two).timeline()).filter((one) => one.type !== 'run-ended');
  save(runFiles(two, told));
  const { verdict, steps } = await analyzeDirectory(directory);
  expect(steps.map(({ status }) => status)).toEqual(['PASS', 'INCONCLUSIVE']);
  expect(verdict).toMatchObject({ status: 'INCONCLUSIVE', exitCode: 3, reasons: [{ code: 'cut-short' }] });
});
