import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parseDocument } from 'yaml';
import { loadPlan } from '../../scripts/plan/load.ts';
import { formatProblems } from '../../scripts/plan/source/problems.ts';
import { MINIMAL, planText } from './minimal-plan.ts';

/** `# fragment of partners` on the first line: the block is that top-level key of a plan, or several of them. */
const FRAGMENT = /^# fragment of ([\w, ]+)$/;

/** A block of another format says so on its first line; it must still be YAML. */
const OTHER = /^# not a launch plan\b/;

interface Block {
  where: string;
  text: string;
}

function markdownFiles(): string[] {
  const docs = existsSync('docs') ? readdirSync('docs', { recursive: true, encoding: 'utf8' }) : [];
  const files = [...docs.map((file) => join('docs', file)), 'README.md'];
  return files.filter((file) => file.endsWith('.md') && existsSync(file));
}

function yamlBlocks(file: string): Block[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^( *)```ya?ml\n([\s\S]*?)^\1```/gm)].map((match) => ({
    where: `${file}:${text.slice(0, match.index).split('\n').length}`,
    text: (match[2] ?? '').replaceAll(new RegExp(`^${match[1]}`, 'gm'), ''),
  }));
}

/** A fragment takes the place of its keys in the smallest plan. */
function asPlan(text: string): string {
  const keys = FRAGMENT.exec(text.split('\n')[0] ?? '')?.[1];
  if (keys === undefined) return text;
  const replaced = Object.fromEntries(keys.split(',').map((key) => [key.trim(), null]));
  return `${planText({ ...MINIMAL, ...replaced })}\n${text}`;
}

const all = markdownFiles().flatMap(yamlBlocks);
const others = all.filter(({ text }) => OTHER.test(text));
const blocks = all.filter((block) => !others.includes(block));

function problemsIn(text: string, fileName: string): string | null {
  const loaded = loadPlan(text, { fileName, env: { TARGET_TOKEN: 'only-for-this-test' } });
  return loaded.ok ? null : formatProblems(loaded.problems, fileName);
}

describe('every YAML block of the documents', () => {
  test.each(blocks.map(({ where, text }) => [where, text]))('%s is a plan that loads', (where, text) => {
    expect(problemsIn(asPlan(text), where)).toBeNull();
  });

  test.each(others.map(({ where, text }) => [where, text]))(
    '%s is YAML of another format',
    (_where, text) => {
      expect(parseDocument(text).errors).toEqual([]);
    },
  );

  it('is found where there is one', () => {
    expect(blocks.some(({ where }) => where.startsWith(join('docs', 'launch-plan.md')))).toBe(true);
  });
});

const examples = readdirSync('examples').filter((file) => file.endsWith('.yaml'));

test.each(examples)('the example %s loads', (file) => {
  expect(problemsIn(readFileSync(join('examples', file), 'utf8'), file)).toBeNull();
});

describe('the reference', () => {
  const text = readFileSync(join('docs', 'launch-plan.md'), 'utf8');
  const keys =
    'orders window diurnal peakToMean peakAt pushes at share ramp decay curve rate allowedDowntime downtimeBudget slowAfter downAbove timeSlice replay around length from multiples mustHold scale arrivals warmUp settle seed baseUrl start command ready readyWithin allowHosts maxRate kind data steps headers json capture confirmed soldOut closed moves queued status has where item poll every timeout patience thinkTime retries max retryOn backoff base factor jitter port host latency stock menu price partner for add';

  test.each(keys.split(' '))('names the key %s', (key) => {
    expect(text).toMatch(new RegExp(`\`[^\`]*\\b${key}\\b[^\`]*\``));
  });
});
