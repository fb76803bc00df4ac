import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { redacted, redactor } from '../core/secrets.ts';
import { sumBy, sumOf } from '../core/statistics.ts';
import { readScripts } from '../engine/bundle/script-file.ts';
import { readMachine } from '../engine/machine/machine.ts';
import type { Fault } from '../plan/fault.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { planWords } from '../record/saved-plan.ts';
import { type Preparation, prepare } from '../run/prepare.ts';
import { resolvedPlanYaml } from './resolved-plan-yaml.ts';
import { command, type OptionsOf } from './shared/command.ts';
import { describeRun, preparedSlices } from './shared/describe-run.ts';
import { json, PLAN_FILE } from './shared/options.ts';
import { readPlanFile } from './shared/plan-file.ts';

const declareOptions = (parser: Argv) =>
  parser.positional('plan', PLAN_FILE).option('json', json('Print the resolved plan and steps as JSON'));

export const planCommand = command({
  line: 'plan <plan>',
  about: 'Check a launch plan and print what would run, without sending a request',
  options: declareOptions,
  examples: [['$0 plan launch.yaml', 'every default filled in, steps, rates, VUs, fault timeline']],
  run: plan,
});

/** `peakproof plan`: checks a plan and shows what would run; sends nothing. */
async function plan(io: Io, options: OptionsOf<typeof declareOptions>): Promise<ExitCode> {
  const loaded = await readPlanFile(io, options.plan);
  await readScripts(loaded.plan.journeys);
  const preparation = prepare(loaded.plan, await readMachine());
  const shown = redacted(loaded.plan, redactor(loaded.secrets));
  if (options.json) {
    const steps = preparation.steps.map(({ schedule, vus, stock, lengthMs, budgetMs }) => ({
      multiple: schedule.multiple,
      lengthMs,
      budgetMs,
      peakOrdersPerSec: schedule.peakOrdersPerSec,
      expectedOrders: schedule.expectedOrders,
      vus,
      stock,
    }));
    io.stdout.write(
      `${JSON.stringify({ plan: planWords(shown), slices: preparedSlices(preparation), steps }, null, 2)}\n`,
    );
    return EXIT.ok;
  }
  const sections = [
    `# ${shown.name}: the plan with every default filled in`,
    resolvedPlanYaml(shown),
    '',
    '# what would run',
    ...describeRun(preparation, new Date()),
    ...stepTable(preparation),
    '',
    ...faultTimeline(shown),
  ];
  io.stdout.write(`${sections.join('\n')}\n`);
  return EXIT.ok;
}

function stepTable(preparation: Preparation): string[] {
  const rows = preparation.steps.map(({ schedule, vus, lengthMs, budgetMs }) => [
    `${schedule.multiple}x`,
    formatDurationMs(lengthMs),
    `${Number(schedule.peakOrdersPerSec.toPrecision(3))}/s`,
    String(sumBy(schedule.schedules, ({ arrivalsPerSec }) => sumOf(arrivalsPerSec))),
    formatDurationMs(budgetMs),
    String(vus.total),
    vus.hangCoveredMs === null ? 'whole patience' : formatDurationMs(vus.hangCoveredMs),
  ]);
  return table(['step', 'length', 'peak orders', 'orders', 'may be down', 'VUs', 'total hang covered'], rows);
}

function faultTimeline({ faults }: LaunchPlan): string[] {
  if (faults.length === 0) return ['no faults'];
  const rows = [...faults]
    .sort((a, b) => a.atMs - b.atMs)
    .map((fault) => [
      fault.id,
      fault.partner,
      fault.kind,
      formatDurationMs(fault.atMs),
      formatDurationMs(fault.atMs + fault.forMs),
      fault.repeat === null
        ? ''
        : `again every ${formatDurationMs(fault.repeat.everyMs)} for ${formatDurationMs(fault.repeat.forMs)}`,
      promised(fault),
    ]);
  return [
    'faults (from the start of the replayed part)',
    ...table(['id', 'partner', 'kind', 'from', 'until', '', 'promised'], rows),
  ];
}

function promised({ expect, recoverWithinMs, enforce }: Fault): string {
  const parts = [
    ...(expect === null ? [] : [expect]),
    ...(recoverWithinMs === null ? [] : [`recovers within ${formatDurationMs(recoverWithinMs)}`]),
    ...(enforce ? ['enforced'] : []),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows].map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
