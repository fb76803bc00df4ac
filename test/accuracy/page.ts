import { cpus, totalmem } from 'node:os';
import type { Row } from './compare.ts';

// docs/accuracy.md, and the line that each case prints.

const sec = (ms: number): string => (ms / 1_000).toFixed(2);
const signed = (ms: number): string => `${ms < 0 ? '−' : '+'}${sec(Math.abs(ms))}`;

/** One line of the progress. */
export function lineOf(row: Row): string {
  const edges = row.edges.map(({ startMs, endMs }) => `${signed(startMs)}/${signed(endMs)}`).join(', ');
  return [
    `${row.name}: truth ${sec(row.truthMs)} s, charged ${sec(row.chargedMs)} s, error ${signed(errorMs(row))} s`,
    `weighted ${sec(row.weightedTruthMs)} → ${sec(row.weightedMs)} s`,
    `edges ${edges || 'none'}`,
    `found ${row.found} of ${row.toFind}`,
    ...(row.unhealthy.length > 0
      ? [`${row.unknownSlices} slices UNKNOWN, unhealthy by ${row.unhealthy.join(', ')}`]
      : []),
    ...(row.tries > 1 ? [`try ${row.tries}`] : []),
    ...row.misses.map((miss) => `WRONG: ${miss}`),
  ].join('; ');
}

function errorMs({ chargedMs, truthMs }: Row): number {
  return chargedMs - truthMs;
}

export interface PageFacts {
  k6Version: string;
  tookSec: number;
  date: string;
}

export function accuracyPage(rows: readonly Row[], facts: PageFacts): string {
  const wrong = rows.filter((row) => row.misses.length > 0);
  const repeated = rows.filter((row) => row.tries > 1);
  const worst = (values: readonly number[]): string =>
    sec(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  const toFind = rows.reduce((sum, row) => sum + row.toFind, 0);
  const found = rows.reduce((sum, row) => sum + row.found, 0);
  return `${INTRODUCTION}
## Last run

${facts.date}, ${machine()}, Node ${process.versions.node}, k6 ${facts.k6Version}: ${rows.length} cases in ${Math.round(facts.tookSec / 60)} min,
${rows.length - wrong.length} right, ${wrong.length} wrong. ${found} of ${toFind} outages of two slices or more were found,
${rows.reduce((sum, row) => sum + row.invented, 0)} were invented. Largest errors: weighted ${worst(rows.map((row) => row.weightedMs - row.weightedTruthMs))} s, edges of incidents ${worst(rows.flatMap((row) => row.edges.flatMap(({ startMs, endMs }) => [startMs, endMs])))} s.
${repeatedText(repeated)}
Times in seconds. "Edges" are start and end of each incident minus the true ones; an outage of less than two slices
need not be found (–).

| trouble and load | requests | slow after | slice | truth | charged | error | weighted truth | weighted | error | edges | found | right |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
${rows.map(tableRow).join('\n')}
`;
}

const INTRODUCTION = `# How accurate the figures are

\`npm run accuracy\` writes this page, by real runs with real k6 against a target of its own. \`npm test\` runs four
of the cases.

The target writes down when each answer left it, and what it was. The test causes the trouble and works out the truth
from that log, without asking peakproof:

- The plan is flat and even, so the n-th order has a start known beforehand. The orders that came before any trouble say
  when the plan began; an order's number stands in its key.
- A turn was **truly bad** unless its order's right answer had left the target within \`slowAfter\` of that start. This holds
  for tries and retries, for the backlog that a thawed process answers, and for orders that never reached the target.
- The log is held against the times of the trouble: every start in it must have been bad (up to \`slowAfter\` before its
  end where a thaw or another try may still have served it), every start outside of it good. If not, there is no truth.
- **Truth** is the time of the rows of 200 ms in which more than 5 % of the turns were truly bad, each row of them from its
  first bad turn to the turn after its last. **Weighted truth** is the number of truly bad turns ÷ the rate.

Right means: for each outage, charged − truth is between −1 and +2 slices, because both edge slices are charged whole;
weighted within 0.5 s; each incident's start and end within 1 s; an incident for each outage whose bad time is two slices
or more; no incident and no DOWN slice where no time was truly bad. "60 % errors" fails three orders of five; "slow" is
300 ms late, over all requests of an order together; "prose" answers 200 with an apology and no order. Retries are off and
the target keeps connections for 75 s; "retries" has the default ones.

A case is run again, at most twice and said so below, when the machine had starved the load: the run was INVALID for
that, the log contradicted the plan, or figures were off while slices were unhealthy. The last try counts in any case.

Where retries heal more and more of the last orders, an outage fades out and its end is blurred: there the edge of an
incident is the least certain figure.
`;

function repeatedText(repeated: readonly Row[]): string {
  if (repeated.length === 0) return '';
  const names = repeated.map(({ name, tries }) => `${name} (try ${tries})`).join('; ');
  return `\nRepeated because the machine had starved the load: ${names}.\n`;
}

function machine(): string {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 1e9);
  return `${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${gigabytes} GB, ${process.platform}`;
}

function tableRow(row: Row): string {
  const { one } = row;
  const edges = row.edges.map(({ startMs, endMs }) => `${signed(startMs)} ${signed(endMs)}`).join(', ');
  const cells = [
    one.name,
    String(one.requests),
    sec(one.slowAfterMs),
    `${one.sliceSec}`,
    sec(row.truthMs),
    sec(row.chargedMs),
    signed(errorMs(row)),
    sec(row.weightedTruthMs),
    sec(row.weightedMs),
    signed(row.weightedMs - row.weightedTruthMs),
    edges || '–',
    row.toFind === 0 ? '–' : `${row.found} of ${row.toFind}`,
    row.misses.length === 0 ? 'yes' : `NO: ${row.misses.join('; ')}`,
  ];
  return `| ${cells.join(' | ')} |`;
}
