import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { PeakproofError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { findInstalledK6, pinnedModuleFolder } from '../engine/k6/find-k6.ts';
import { findGo, goLine } from '../engine/k6/go.ts';
import { archiveName } from '../engine/k6/release-archive.ts';
import { readClock } from '../engine/machine/clock.ts';
import { readMachine, thisMachine } from '../engine/machine/machine.ts';
import type { Env } from '../engine/run-command.ts';
import { type Check, type DoctorReadings, judgeReadings } from './doctor-checks.ts';
import { command } from './shared/command.ts';
import { json } from './shared/options.ts';

export const doctorCommand = command({
  line: 'doctor',
  about: 'Say whether this machine can run a rehearsal',
  options: (parser: Argv) => parser.option('json', json('Print the readings as JSON')),
  examples: [['$0 doctor', 'Node, k6, Go, cores, memory, open files, ports, clock']],
  run: doctor,
});

/**
 * Prints whether this machine can run a rehearsal, line by line, with what to do. Takes about half a second;
 * downloads and builds nothing. Returns 0 if a run is possible, 4 if not.
 */
export async function doctor(
  io: Io,
  options: { json: boolean },
  read: (env: Env) => Promise<DoctorReadings> = readAll,
): Promise<ExitCode> {
  const readings = await read(io.env);
  const checks = judgeReadings(readings);
  const exitCode = checks.some((check) => check.mark === 'FAIL') ? EXIT.environment : EXIT.ok;
  io.stdout.write(options.json ? asJson(checks, readings, exitCode) : asTable(checks, exitCode));
  return exitCode;
}

/** Everything that `doctor` looks at on this machine. */
export async function readAll(env: Env): Promise<DoctorReadings> {
  const sources = thisMachine(env);
  const [k6, go, goMod, machine, loopbackProblem, clock] = await Promise.all([
    readK6(env),
    findGo(env),
    readFile(join(pinnedModuleFolder(), 'go.mod'), 'utf8'),
    readMachine(sources),
    readLoopback(),
    readClock(sources),
  ]);
  const goNeeded = goLine(goMod);
  if (goNeeded === null) throw new Error('k6-build/go.mod has no go line');
  return {
    nodeVersion: process.version,
    platform: process.platform,
    k6,
    go,
    goNeeded,
    machine,
    loopbackProblem,
    clock,
  };
}

async function readK6(env: Env): Promise<DoctorReadings['k6']> {
  const archive = archiveName(process.platform, process.arch);
  try {
    return { ...(await findInstalledK6({ env })), isRefused: false, archive };
  } catch (error) {
    if (!(error instanceof PeakproofError)) throw error;
    return { found: null, problems: [error.message], isRefused: true, archive };
  }
}

function readLoopback(): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(0, '127.0.0.1', () => server.close(() => resolve(null)));
  });
}

function asTable(checks: readonly Check[], exitCode: ExitCode): string {
  const nameWidth = Math.max(...checks.map((check) => check.id.length));
  const lines = checks.flatMap(({ id, mark, found, next }) => [
    `${mark.padEnd(4)}  ${id.padEnd(nameWidth)}  ${found}`,
    ...(next === null ? [] : [`${' '.repeat(nameWidth + 8)}-> ${next}`]),
  ]);
  const summary = exitCode === EXIT.ok ? 'ready: a run is possible' : 'not ready: mend what is marked FAIL';
  return `${[...lines, '', summary].join('\n')}\n`;
}

function asJson(checks: readonly Check[], readings: DoctorReadings, exitCode: ExitCode): string {
  const report = {
    schemaVersion: 1,
    ready: exitCode === EXIT.ok,
    exitCode,
    checks,
    k6: readings.k6.found,
    machine: readings.machine,
    clock: readings.clock,
  };
  // JSON has no Infinity, and null means "not measured".
  const keepUnlimited = (_key: string, value: unknown): unknown => (value === Infinity ? 'unlimited' : value);
  return `${JSON.stringify(report, keepUnlimited, 2)}\n`;
}
