import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RunReport } from '../../scripts/contract/run-report.ts';
import { encodeLine, parseLog } from '../../scripts/observe/log.ts';
import type { Observation } from '../../scripts/observe/observation.ts';
import { analyzeDirectory } from '../../scripts/record/analyze.ts';
import { folderForEachTest } from '../support/folder-for-each-test.ts';
import { runFiles, type SavedFiles, sealOf, writeRunFiles } from '../support/rehearsals/run-directory.ts';
import { logText, observationsOf } from '../support/stories/saved-run.ts';
import { Story, T0 } from '../support/stories/story.ts';

// Run directories as a run leaves them, then changed by one thing each.

const story = new Story();
const observed = observationsOf(story.timeline());

const folder = folderForEachTest();
let directory = '';
let files: SavedFiles = runFiles(story.plan, observed);
beforeEach(() => {
  directory = folder.path;
  files = runFiles(story.plan, observed);
});

const save = (changed: Partial<SavedFiles> = {}): void => writeRunFiles(directory, { ...files, ...changed });

function expectInvalid(report: RunReport, code: string): void {
  const { status, exitCode, reasons, holdsAt } = report.verdict;
  expect(reasons[0]?.code).toBe(code);
  expect(reasons[0]?.next).not.toBe('');
  expect({ status, exitCode, holdsAt }).toEqual({ status: 'INVALID', exitCode: 3, holdsAt: null });
  for (const step of report.steps) {
    if (step.slices !== null) expect(step.status).toBe('INVALID');
    expect(step.worth).toBeNull();
  }
}

/** As an attacker would: numbers and checksums fit, only the seal does not. */
const without = (unwanted: (observation: Observation) => boolean): string =>
  logText(written().filter((one) => !unwanted(one)));
const written = (): Observation[] => parseLog(files.observations).observations;
/** The same with the seal forged too. */
const forged = (observations: string): Partial<SavedFiles> => ({
  observations,
  manifest: { ...files.manifest, observations: sealOf(observations) },
});
const appended = (observation: Observation): string =>
  files.observations + encodeLine(written().length + 1, observation);
const endOf = (text: string): number => text.lastIndexOf('\n', text.length - 2) + 1;

describe('damage is INVALID and named', () => {
  const ATTACKS: readonly (readonly [string, string, () => Partial<SavedFiles>])[] = [
    [
      'a changed figure',
      'observations-damaged',
      () => ({
        observations: files.observations.replace('"vus":4000', '"vus":4001'),
      }),
    ],
    [
      'a missing line',
      'observations-damaged',
      () => ({ observations: files.observations.replace(/^\{"seq":40,.*\n/m, '') }),
    ],
    [
      'a doubled line',
      'observations-damaged',
      () => ({ observations: files.observations.replace(/^\{"seq":40,.*\n/m, '$&$&') }),
    ],
    [
      'zeros at the end',
      'observations-damaged',
      () => ({ observations: `${files.observations}${'\0'.repeat(512)}\n` }),
    ],
    ['nothing in it', 'observations-incomplete', () => ({ observations: '' })],
    [
      'cut within the last line',
      'observations-incomplete',
      () => ({ observations: files.observations.slice(0, -5) }),
    ],
    [
      'cut cleanly before its end',
      'observations-incomplete',
      () => ({ observations: files.observations.slice(0, endOf(files.observations)) }),
    ],
    [
      'the same, and the seal forged',
      'observations-incomplete',
      () => forged(files.observations.slice(0, endOf(files.observations))),
    ],
    [
      'probes taken out, numbered anew',
      'observations-incomplete',
      () => ({ observations: without((one) => one.type === 'probe' && one.at % 5 === 0) }),
    ],
    [
      'one figure changed, checksums anew',
      'observations-altered',
      () => ({
        observations: logText(
          written().map((one) => (one.type === 'step-planned' ? { ...one, vus: one.vus + 1 } : one)),
        ),
      }),
    ],
    [
      'a line added after the end',
      'observations-altered',
      () => ({ observations: appended({ type: 'clock-step', at: 1, byMs: 1 }) }),
    ],
    [
      'half a line added after the end',
      'observations-altered',
      () => ({ observations: `${files.observations}{` }),
    ],
    [
      'the same, and the seal forged',
      'observations-contradict',
      () => forged(appended({ type: 'clock-step', at: 1, byMs: 1 })),
    ],
    ...[null, { pay: null }, { pay: { requests: 'many' } }, { pay: { answers: { '2xx': null } } }].map(
      (partners): [string, string, () => Partial<SavedFiles>] => [
        `partners that told ${JSON.stringify(partners)}, seal forged`,
        'observations-contradict',
        () => {
          const told: unknown = { type: 'partners', at: T0, fromAt: T0, partners };
          const [first, ...rest] = written();
          return forged(logText([...(first ? [first] : []), told as Observation, ...rest]));
        },
      ],
    ),
    [
      'no plan of the step, seal forged',
      'observations-contradict',
      () => forged(without((one) => one.type === 'step-planned')),
    ],
    [
      'a series taken out, seal forged',
      'observations-contradict',
      () => forged(without((one) => one.type === 'series' && one.id === 3)),
    ],
    [
      'the start taken out, seal forged',
      'observations-contradict',
      () => forged(without((one) => one.type === 'run-started')),
    ],
    [
      'an unknown type, seal forged',
      'observations-contradict',
      () =>
        forged(
          files.observations.replace('"type":"probe"', '"type":"prove"') &&
            logText(
              written().map((one, index) => (index === 20 ? JSON.parse('{"type":"prove","at":1}') : one)),
            ),
        ),
    ],
    [
      'pushes without content, seal forged',
      'observations-contradict',
      () =>
        forged(
          logText(
            written().map((one) =>
              one.type === 'push' ? JSON.parse(`{"type":"push","at":${one.at}}`) : one,
            ),
          ),
        ),
    ],
    [
      'a step that the run had not announced',
      'observations-contradict',
      () =>
        forged(
          logText(
            written().flatMap((one): Observation[] =>
              one.type === 'step-planned' ? [one, { ...one, step: 1 }] : [one],
            ),
          ),
        ),
    ],
    [
      'a budget changed in the plan',
      'plan-altered',
      () => ({ plan: files.plan.replace('"downtimeBudgetMs": 20000', '"downtimeBudgetMs": 80000') }),
    ],
    ['one space in the plan', 'plan-altered', () => ({ plan: `${files.plan} ` })],
    [
      'another run id in the manifest',
      'manifest-altered',
      () => ({ manifest: { ...files.manifest, runId: 'other' } }),
    ],
    [
      'another end in the manifest',
      'manifest-altered',
      () => ({ manifest: { ...files.manifest, ended: 'interrupted' } }),
    ],
    [
      'no seal in the manifest',
      'manifest-altered',
      () => ({ manifest: { ...files.manifest, observations: null } }),
    ],
    [
      'fewer lines in the seal, with the digest of all',
      'manifest-altered',
      () => ({ manifest: { ...files.manifest, observations: { ...sealOf(files.observations), lines: 5 } } }),
    ],
    [
      'another plan hash in the manifest',
      'plan-altered',
      () => ({ manifest: { ...files.manifest, resolvedPlanHash: 'other' } }),
    ],
  ];
  test.each(ATTACKS)('%s: %s', async (_name, code, attack) => {
    save(attack());
    expectInvalid(await analyzeDirectory(directory), code);
  });

  test('even where the service had failed', async () => {
    const outage = new Story().outage(10, 45);
    files = runFiles(outage.plan, observationsOf(outage.timeline()));
    save({ plan: `${files.plan} ` });
    const report = await analyzeDirectory(directory);
    expectInvalid(report, 'plan-altered');
    expect(report.verdict.failsAt).toBeNull();
    expect(report.verdict.reasons.map(({ code }) => code)).toContain('downtime-over-budget');
  });

  test('at any byte of the observations', async () => {
    for (const at of [
      0,
      1,
      7,
      20,
      500,
      Math.floor(files.observations.length / 2),
      files.observations.length - 1,
    ]) {
      const bytes = Buffer.from(files.observations);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      save();
      writeFileSync(join(directory, 'observations.ndjson'), bytes);
      const { verdict } = await analyzeDirectory(directory);
      expect(verdict.status).toBe('INVALID');
      expect(verdict.reasons[0]?.message).toMatch(/line \d+/);
    }
  });
});
