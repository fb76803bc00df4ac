import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { type StandaloneSpec, secretMark } from '../../k6/standalone/fill.ts';
import { partnerUrlVariable } from '../../mock-services/contract.ts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { parseMultiple } from '../core/quantities.ts';
import { drawStep } from '../demand/draw.ts';
import { k6Options } from '../demand/k6-options.ts';
import { loggedEvery } from '../demand/logged-orders.ts';
import { checkRates } from '../demand/rate-check.ts';
import { sizeVus } from '../demand/vus.ts';
import { bundleStandaloneScript } from '../engine/bundle/bundle.ts';
import { inventPeople, MOST_PEOPLE } from '../engine/bundle/people.ts';
import { type AnnouncedStep, announcedSteps } from '../plan/derived/announced-steps.ts';
import { longestOrdersMs } from '../plan/derived/thinking.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { plannedSpec } from '../run/load/load-spec.ts';
import { MB_PER_VU } from '../run/prepare.ts';
import { BUNDLE_MARK, bundleHeader } from './bundle-header.ts';
import { command, type OptionsOf } from './shared/command.ts';
import { PLAN_FILE } from './shared/options.ts';
import { readPlanFile } from './shared/plan-file.ts';

const declareOptions = (parser: Argv) =>
  parser
    .positional('plan', PLAN_FILE)
    .option('multiple', {
      type: 'string',
      describe: 'Which multiple of the plan (default: mustHold)',
    })
    .option('out', { type: 'string', default: 'load.js', describe: 'The script' });

export const bundleCommand = command({
  line: 'bundle <plan>',
  about: 'Write one step of the rehearsal as a script for plain k6, k6 Cloud or k6-operator',
  options: declareOptions,
  examples: [
    ['$0 bundle launch.yaml --multiple 3 --out load.js', 'then: k6 run load.js'],
    [
      'k6 run -e TARGET_URL=http://127.0.0.1:9000 -e API_TOKEN=... load.js',
      'another target; secrets of the plan come from the environment',
    ],
  ],
  run: bundle,
});

/** The machine that will run the script is not known here. */
const ANY_MACHINE = { freeMemoryBytes: null, openFileLimit: null, localPorts: null };

/** `peakproof bundle`: one step of the rehearsal as a script for plain k6. */
async function bundle(io: Io, options: OptionsOf<typeof declareOptions>): Promise<ExitCode> {
  const { plan, hash } = await readPlanFile(io, options.plan, secretMark);
  refuseOwnCode(plan);
  checkRates(plan);
  const step = chosenStep(plan, options.multiple);
  const schedule = drawStep(plan, step);
  const vus = sizeVus(plan, schedule, ANY_MACHINE, MB_PER_VU);
  const standalone = standaloneSpec(plan, step.index, schedule.peakOrdersPerSec);
  const outFile = resolve(io.cwd, options.out);
  await refuseForeignFile(outFile, options.out);
  await bundleStandaloneScript({
    standalone,
    people: inventPeople(MOST_PEOPLE, plan.rehearsal.seed),
    options: k6Options(schedule, vus.byJourney, longestOrdersMs(plan)),
    header: bundleHeader({
      planName: plan.name,
      planHash: hash,
      schedule,
      vus,
      mbPerVu: MB_PER_VU,
      standalone,
      fileName: basename(outFile),
    }),
    outFile,
  }).catch((error: unknown) => {
    throw error instanceof PeakproofError ? error : notWritable(options.out, error);
  });
  io.stdout.write(`${options.out}\n`);
  io.stderr.write(`${schedule.multiple}x of ${plan.name}; the first lines of the script say how to run it\n`);
  return EXIT.ok;
}

function refuseOwnCode({ journeys }: LaunchPlan): void {
  const names = journeys.flatMap(({ name, script }) => (script === null ? [] : [name]));
  if (names.length === 0) return;
  throw new PeakproofError({
    code: 'bundle-own-code',
    message: `${names.join(', ')}: journeys in own code can't be bundled yet`,
    hint: 'bundle a plan without them; a script for k6 runs with plain k6 as it is',
    exitCode: EXIT.usage,
  });
}

function standaloneSpec(plan: LaunchPlan, stepIndex: number, peakOrdersPerSec: number): StandaloneSpec {
  const spec = {
    ...plannedSpec(plan),
    runId: plan.name,
    stepIndex,
    partnerUrls: {},
    loggedEvery: loggedEvery(plan, peakOrdersPerSec),
  };
  const texts = JSON.stringify(plan.journeys);
  const marks = new RegExp(secretMark('(\\w+)'), 'g');
  const secrets = new Set([...texts.matchAll(marks)].map(([, name = '']) => name));
  const partners = plan.journeys.flatMap(({ chat, redeems }) =>
    [chat?.partner ?? [], redeems?.partner ?? []].flat(),
  );
  return {
    spec,
    secrets: [...secrets],
    allowHosts: plan.target.allowHosts,
    partnerVariables: Object.fromEntries(partners.map((name) => [name, partnerUrlVariable(name)])),
  };
}

/** @param written e.g. `3` or `3x`; undefined = rehearsal.mustHold */
function chosenStep(plan: LaunchPlan, written: string | undefined): AnnouncedStep {
  const wanted = written === undefined ? plan.rehearsal.mustHold : parseMultiple(written);
  const steps = announcedSteps(plan);
  const chosen = steps.find(({ multiple }) => multiple === wanted);
  if (chosen) return chosen;
  throw new PeakproofError({
    code: 'multiple-unlisted',
    message: `--multiple is ${written}; the plan rehearses ${steps.map(({ multiple }) => multiple).join(', ')}`,
    hint: 'name one of these, or add yours to rehearsal.multiples',
    exitCode: EXIT.usage,
  });
}

/** An older bundle is made anew; nothing else is overwritten. */
async function refuseForeignFile(path: string, shown: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return BUNDLE_MARK;
    throw notWritable(shown, error);
  });
  if (text.startsWith(BUNDLE_MARK)) return;
  throw new PeakproofError({
    code: 'script-exists',
    message: `${shown} exists already, was not made by peakproof bundle, and is not overwritten`,
    hint: 'remove it, or let --out name another file',
    exitCode: EXIT.usage,
  });
}

function notWritable(shown: string, error: unknown): PeakproofError {
  return new PeakproofError({
    code: 'script-not-writable',
    message: `can't write ${shown}: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'let --out name a file in a folder that is there and may be written to',
    exitCode: EXIT.environment,
  });
}
