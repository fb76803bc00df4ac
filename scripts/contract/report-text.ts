import { type RunReport, reportFile } from './run-report.ts';

const INDENT = '  ';
/** Longest object on one line, characters. */
const ONE_LINE = 80;

/** Text of report.json. Indented for people, but lists of values and runs, and small objects, are one line each. */
export const reportText = (report: RunReport): string => `${written(reportFile(report), '')}\n`;

function written(value: unknown, margin: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = margin + INDENT;
  if (Array.isArray(value)) {
    if (value.every(isOneLine)) return JSON.stringify(value);
    return `[\n${value.map((item) => inner + written(item, inner)).join(',\n')}\n${margin}]`;
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  if (fields.every(([, field]) => isOneLine(field))) {
    const text = JSON.stringify(value);
    if (text.length <= ONE_LINE) return text;
  }
  const lines = fields.map(([name, field]) => `${inner}${JSON.stringify(name)}: ${written(field, inner)}`);
  return `{\n${lines.join(',\n')}\n${margin}}`;
}

/** A value, or a list of values such as a run. */
const isOneLine = (item: unknown): boolean =>
  typeof item !== 'object' || item === null || (Array.isArray(item) && item.every(isOneLine));
