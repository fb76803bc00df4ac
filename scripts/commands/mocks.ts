import type { Argv } from 'yargs';
import { type MockEvent, partnerUrlVariable } from '../../mock-services/contract.ts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { plainText } from '../core/text/plain-text.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { startPlanMocks } from '../run/plan-parts.ts';
import { Children } from '../run/processes/child.ts';
import { entryFile } from '../run/processes/entry-file.ts';
import type { Mocks } from '../run/processes/mocks.ts';
import { describeExit } from '../run/processes/target.ts';
import { command, type OptionsOf } from './shared/command.ts';
import { onInterrupt } from './shared/interrupt.ts';
import { PLAN_FILE } from './shared/options.ts';
import { readPlanFile } from './shared/plan-file.ts';

const declareOptions = (parser: Argv) =>
  parser.positional('plan', PLAN_FILE).option('faults', {
    type: 'boolean',
    default: false,
    describe: "Start the plan's fault timeline at once",
  });

export const mocksCommand = command({
  line: 'mocks <plan>',
  about: 'Run the mock partners of a plan alone and print their addresses, until Ctrl-C',
  options: declareOptions,
  examples: [
    ['$0 mocks launch.yaml > partners.env', 'addresses as environment variables'],
    ['$0 mocks launch.yaml --faults', 'with the faults of the plan, their offsets from now'],
  ],
  run: mocks,
});

/** `peakproof mocks`: the plan's partners alone, until Ctrl-C; stdout is a file of environment variables. */
async function mocks(io: Io, options: OptionsOf<typeof declareOptions>): Promise<ExitCode> {
  const { plan } = await readPlanFile(io, options.plan);
  const interrupt = new AbortController();
  const stopListening = onInterrupt(() => interrupt.abort());
  const children = new Children(entryFile('guardian'));
  try {
    const running = await startPlanMocks({ plan, io, children, signal: interrupt.signal }, (event) => {
      const line = told(event);
      if (line !== null) io.stderr.write(`${plainText(line)}\n`);
      return event;
    });
    if (running === null) throw noPartners(options.plan);
    io.stdout.write(`${addresses(plan, running).join('\n')}\n`);
    if (options.faults) await startFaults(io, plan, running);
    io.stderr.write('partners are running; Ctrl-C ends them\n');
    return await untilTheEnd(running, interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) return EXIT.ok;
    throw error;
  } finally {
    stopListening();
    await children.stopAll();
  }
}

function noPartners(planFile: string): PeakproofError {
  return new PeakproofError({
    code: 'no-partners',
    message: `${planFile} has no partners to run`,
    hint: 'describe them under `partners:`, see docs/partners.md',
    exitCode: EXIT.usage,
  });
}

function addresses(plan: LaunchPlan, { urls, adminUrl }: Mocks): string[] {
  return [
    ...plan.partners.flatMap(({ name, kind }) => [
      `# ${name} (${kind})`,
      `${partnerUrlVariable(name)}=${urls[name] ?? ''}`,
    ]),
    '# admin API: /__admin/state, /__admin/stock, /__admin/inject, /__admin/ledger, /metrics',
    `PEAKPROOF_ADMIN_URL=${adminUrl}`,
  ];
}

async function startFaults(io: Io, { faults }: LaunchPlan, running: Mocks): Promise<void> {
  await running.startTimeline(Date.now());
  const first = faults.reduce((earliest, { atMs }) => Math.min(earliest, atMs), Number.POSITIVE_INFINITY);
  io.stderr.write(
    faults.length === 0
      ? 'the plan has no faults\n'
      : `fault timeline started; the first fault comes in ${formatDurationMs(first)}\n`,
  );
}

async function untilTheEnd({ child }: Mocks, signal: AbortSignal): Promise<ExitCode> {
  const stopped = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
  const exit = signal.aborted ? null : await Promise.race([child.exited, stopped]);
  if (exit === null) return EXIT.ok;
  throw new PeakproofError({
    code: 'mocks-failed',
    message: `the mock partners ended: ${describeExit(exit.code, exit.signal)}`,
    hint: 'run it again; if it stays, report this with the lines above',
    exitCode: EXIT.environment,
    details: exit.lastLines,
  });
}

/** What a developer wants to know while the partners run; null = nothing. */
function told(event: { type: string } | MockEvent): string | null {
  if (!('at' in event)) return null;
  const time = new Date(event.at).toTimeString().slice(0, 8);
  switch (event.type) {
    case 'fault-on':
      return `${time} ${event.fault} comes into force`;
    case 'fault-off':
      return `${time} ${event.fault} ends`;
    case 'stock-out':
      return `${time} ${event.partner}: ${event.item} is sold out`;
    case 'stock-back':
      return `${time} ${event.partner}: ${event.item} is back`;
    case 'shop-closed':
      return `${time} ${event.partner}: ${event.shop ?? 'every shop'} is closed`;
    case 'shop-open':
      return `${time} ${event.partner}: ${event.shop ?? 'every shop'} is open again`;
    case 'invariant-tally':
      return event.broken === 0
        ? null
        : `${time} ${event.partner}: ${event.invariant} broken ${event.broken} times, e.g. ${event.examples.join(', ')}`;
    default:
      return null;
  }
}
