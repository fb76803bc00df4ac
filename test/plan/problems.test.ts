import { describe, expect, it, test } from 'vitest';
import { loadPlan } from '../../scripts/plan/load.ts';
import { formatProblems } from '../../scripts/plan/source/problems.ts';
import { planText } from './minimal-plan.ts';
import { PARTNERS, TARGETS, TIMES } from './mistakes/between-keys.ts';
import { target } from './mistakes/fragments.ts';
import { CHATS } from './mistakes/in-chats.ts';
import { JOURNEYS } from './mistakes/in-journeys.ts';
import { FORMS, KEYS, NOT_YET, SCRIPTS, VALUES } from './mistakes/in-values.ts';

function problemsOf(text: string) {
  const loaded = loadPlan(text, { fileName: 'launch.yaml', env: {} });
  return loaded.ok ? [] : loaded.problems;
}

describe('a single mistake', () => {
  test.each([
    ...KEYS,
    ...VALUES,
    ...FORMS,
    ...NOT_YET,
    ...SCRIPTS,
    ...TIMES,
    ...TARGETS,
    ...CHATS,
    ...JOURNEYS,
    ...PARTNERS,
  ])('%s is the only problem, at its place', (_name, changes, code, line, path) => {
    const problems = problemsOf(planText(changes));
    expect(problems.map((problem) => [problem.code, problem.line, problem.path])).toEqual([
      [code, line, path],
    ]);
  });

  test.each([
    ['http://localhost:80/'],
    ['http://127.1.2.3'],
    ['http://[::1]:8080'],
    ['https://shop.example.com/v1', 'Shop.Example.com'],
    ['http://[2001:db8::1]', '"2001:db8::1"'],
  ])('%s may be loaded', (baseUrl, hosts = '') => {
    expect(problemsOf(planText(target(baseUrl, hosts)))).toEqual([]);
  });

  it('puts the column of an unknown key at the key', () => {
    const [problem] = problemsOf(planText({ slo: 'slo: { allowedDowntime: 5m, slowAftr: 3s }' }));
    expect(problem).toMatchObject({
      line: 3,
      column: 29,
      received: '"slowAftr"',
      hint: 'Did you mean slowAfter?',
    });
  });

  it('says what was read and what is allowed', () => {
    const [problem] = problemsOf(planText({ client: 'client: { timeout: 10 }' }));
    expect(problem).toMatchObject({ line: 6, column: 20, received: '10' });
    expect(problem?.allowed).toContain('a duration such as 250ms');
  });

  it('never speaks of unions', () => {
    const all = [...FORMS, ...VALUES].flatMap(([, changes]) => problemsOf(planText(changes)));
    expect(formatProblems(all, 'launch.yaml')).not.toMatch(/union|invalid input|undefined/i);
  });
});

describe('text that is no plan', () => {
  test.each([
    ['an empty file', '', 'plan-empty', 1],
    ['only a comment', '# nothing', 'plan-empty', 1],
    ['a tab', 'version: 1\nslo:\n\tallowedDowntime: 5m', 'yaml-syntax', 3],
    ['a template without quotes', 'version: 1\na: { sku: {{sku}} }', 'yaml-syntax', 2],
    ['two plans', 'version: 1\n---\nversion: 1', 'yaml-syntax', 2],
    ['an alias of nothing', 'version: *one', 'yaml-syntax', 1],
    ['a mapping in itself', 'a: &a [*a, *a]', 'plan-too-deep', 1],
    ['a bomb of aliases', bomb(), 'yaml-aliases', 1],
    ['ten thousand brackets', '['.repeat(10_000), 'yaml-syntax', 1],
    ['a hundred levels', `a: ${'['.repeat(100)}${']'.repeat(100)}`, 'plan-too-deep', 1],
    ['a megabyte', `a: ${'x'.repeat(1e6)}`, 'plan-too-large', 1],
  ])('%s is refused', (_name, text, code, line) => {
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems.find((problem) => problem.code === code)?.line).toBe(line);
  });

  it('reports every syntax error', () => {
    const text = 'a: "x" y\nb: [1, 2\nc: @z';
    expect(problemsOf(text).length).toBeGreaterThan(1);
  });
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  }
  return lines.join('\n');
}

describe('ten mistakes', () => {
  const text = `version: 1
name: spring-voucher
forecast: { orders: 60k, window: 9h, pushes: [ { at: 10h, share: 30% } ] }
slo:
  allowedDowntime: 5
  slowAftr: 3s
rehearsal: { multiples: [3, 4], mustHold: 5x }
target:
  baseUrl: https://shop.example.com
journeys:
  checkout:
    steps:
      - { post: /cart, json: { sku: "{{sku}}" }, capture: { cart: id } }
      - { post: /orders, json: { cart: "{{crat}}" }, confirmed: { status: 201 } }
promo: { voucher: 150 }
client: { timeout: 40s }
partners:
  pay: { kind: payment, port: 9410 }
faults:
  - { kind: latency, partner: pey, at: 60s, for: 30s, add: 2s }
`;

  it('are reported at once', async () => {
    const problems = problemsOf(text);
    expect(problems.map(({ code }) => code).sort()).toEqual([
      'host-not-allowed',
      'invalid-value',
      'must-hold-unlisted',
      'not-available-yet',
      'push-outside-window',
      'timeout-over-patience',
      'unknown-key',
      'unknown-partner',
      'unknown-variable',
      'unknown-variable',
    ]);
    await expect(`${formatProblems(problems, 'launch.yaml')}\n`).toMatchFileSnapshot(
      '../golden/plan-problems.txt',
    );
  });
});
