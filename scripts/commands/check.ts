import { dirname, resolve } from 'node:path';
import type { Argv } from 'yargs';
import type { JourneySpec } from '../../k6/journey-spec.ts';
import { checkPlan } from '../check/check-plan.ts';
import { exchangeLines, journeyLines, summaryLine } from '../check/check-text.ts';
import type { CheckedJourney } from '../check/outcome.ts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { type JourneyScript, readScripts } from '../engine/bundle/script-file.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { nearest } from '../plan/source/nearest.ts';
import { jsonText } from '../record/run-directory.ts';
import { command, type OptionsOf } from './shared/command.ts';
import { onInterrupt } from './shared/interrupt.ts';
import { json, PLAN_FILE } from './shared/options.ts';
import { readPlanFile } from './shared/plan-file.ts';

const declareOptions = (parser: Argv) =>
  parser
    .positional('plan', PLAN_FILE)
    .option('journey', { type: 'string', describe: 'Check this journey only' })
    .option('json', json('Print the exchanges as JSON'));

export const checkCommand = command({
  line: 'check <plan>',
  about:
    'Send one order of each journey and show every request and answer; exits 0 when all are confirmed, else 1',
  options: declareOptions,
  examples: [
    ['$0 check launch.yaml', 'does the plan fit the shop? What did not match, and what would'],
    ['$0 check launch.yaml --journey checkout', 'one journey'],
  ],
  run: check,
});

/** Of what `--json` prints; a change that a reader could stumble over raises it. */
const SCHEMA_VERSION = 1;

/** `peakproof check`: one order of each journey, shown request by request. Exits 0 when all were confirmed, else 1. */
async function check(io: Io, options: OptionsOf<typeof declareOptions>): Promise<ExitCode> {
  const { plan, secrets } = await readPlanFile(io, options.plan);
  const note = (line: string): void => void io.stderr.write(`${line}\n`);
  const scripts = await readScripts(plan.journeys);
  const journeys = walkable(chosen(plan, options.journey), scripts, note);
  const print = (lines: readonly string[]): void => {
    if (!options.json) io.stdout.write(`${lines.join('\n')}\n`);
  };
  note('one canary order of each journey: mock partners keep it out of stock and money');
  if (plan.client.thinkTime !== null) note('shoppers think for no time here (client.thinkTime)');
  const interrupt = new AbortController();
  const stopListening = onInterrupt(() => interrupt.abort());
  const checked = await checkPlan({
    io,
    plan,
    secrets,
    journeys,
    scripts,
    targetCwd: dirname(resolve(io.cwd, options.plan)),
    interrupt: interrupt.signal,
    note,
    onJourney: (journey) => print([journey]),
    onExchange: (exchange) => print(exchangeLines(exchange)),
    onChecked: (one) => print([...journeyLines(one), '']),
  }).finally(stopListening);
  const allConfirmed = checked.every(({ result }) => result === 'confirmed');
  if (options.json) {
    io.stdout.write(
      jsonText({
        schemaVersion: SCHEMA_VERSION,
        plan: plan.name,
        target: plan.target.baseUrl,
        ok: allConfirmed,
        journeys: checked,
      }),
    );
  } else print([summaryLine(checked)]);
  if (checked.some(unanswered) && !checked.some(answered)) throw notReachable(plan, checked);
  return allConfirmed ? EXIT.ok : EXIT.fail;
}

function chosen({ journeys }: LaunchPlan, name: string | undefined): readonly JourneySpec[] {
  const begun = journeys.filter(({ shareRatio }) => shareRatio > 0);
  if (name === undefined) return begun;
  const named = begun.filter((journey) => journey.name === name);
  if (named.length > 0) return named;
  // No order begins in it: it needs what the journeys have captured that go on in it.
  const goingOn = begun.filter(({ halves }) => halves?.second === name);
  if (goingOn.length > 0) return goingOn;
  const names = journeys.map((journey) => journey.name);
  const meant = nearest(name, names);
  throw new PeakproofError({
    code: 'unknown-journey',
    message: `the plan has no journey ${name}; it has ${names.join(', ')}`,
    hint: meant === null ? 'name one of them' : `did you mean ${meant}?`,
    exitCode: EXIT.usage,
  });
}

/** Only k6 can run a script without the kit; its first canary is its check. */
function walkable(
  journeys: readonly JourneySpec[],
  scripts: readonly JourneyScript[],
  note: (line: string) => void,
): readonly JourneySpec[] {
  const byK6 = new Set(scripts.filter(({ kind }) => kind === 'k6').map(({ journey }) => journey));
  const left = journeys.filter(({ name }) => !byK6.has(name));
  const names = journeys.flatMap(({ name }) => (byK6.has(name) ? [name] : []));
  if (left.length > 0) {
    for (const name of names)
      note(`${name} is a script for k6 and not checked: run sends its first canaries`);
    return left;
  }
  throw new PeakproofError({
    code: 'nothing-to-check',
    message: `${names.join(', ')}: only k6 can run a script that is not made with peakproof/k6`,
    hint: 'peakproof run sends canaries of it first, and no load before one is good',
    exitCode: EXIT.usage,
  });
}

const answered = ({ exchanges }: CheckedJourney): boolean =>
  exchanges.some(({ answer }) => answer.status > 0);

/** A request went out, and nothing came back. */
const unanswered = ({ exchanges }: CheckedJourney): boolean =>
  exchanges.some(({ answer }) => answer.error !== null && answer.error !== 'local');

function notReachable({ target }: LaunchPlan, checked: readonly CheckedJourney[]): PeakproofError {
  const says = checked.map(({ journey, says: why }) => `${journey}: ${why}`);
  return new PeakproofError({
    code: 'target-not-reachable',
    message: `${target.baseUrl} gave no answer to any request`,
    hint: 'start the target, or check target.baseUrl',
    exitCode: EXIT.environment,
    details: says,
  });
}
