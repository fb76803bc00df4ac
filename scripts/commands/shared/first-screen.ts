import { relative, resolve } from 'node:path';
import type { RunReport } from '../../contract/run-report.ts';
import type { Io } from '../../core/io.ts';
import { firstScreen } from '../../report/terminal.ts';

/** `reportPath`: null when the report was not written. */
export function renderFirstScreen(io: Io, report: RunReport, reportPath: string | null): string {
  return firstScreen(report, {
    color: io.stdout.isTTY === true && !io.env['NO_COLOR'],
    width: io.stdout.columns || 80,
    reportPath: reportPath === null ? null : relative(io.cwd, resolve(io.cwd, reportPath)),
  });
}
