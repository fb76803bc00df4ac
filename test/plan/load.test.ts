import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type LoadedPlan, loadPlan } from '../../scripts/plan/load.ts';
import { formatProblems } from '../../scripts/plan/source/problems.ts';
import { planText } from './minimal-plan.ts';

const load = (text: string, env: Record<string, string> = {}): LoadedPlan =>
  loadPlan(text, { fileName: 'launch.yaml', env });

function planOf(text: string, env: Record<string, string> = {}) {
  const loaded = load(text, env);
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems, 'launch.yaml'));
  return loaded.plan;
}

function problemsOf(text: string, env: Record<string, string> = {}) {
  const loaded = load(text, env);
  return loaded.ok ? [] : loaded.problems;
}

describe('a plan that loads', () => {
  it('fills in every default of the smallest plan', () => {
    expect(planOf(planText())).toEqual({
      version: 1,
      name: 'launch',
      forecast: { form: 'orders', orders: 60_000, windowMs: 32_400_000, diurnal: null, pushes: [] },
      slo: {
        allowedDowntimeMs: 300_000,
        downtimeBudgetMs: null,
        slowAfterMs: 3_000,
        downAboveRatio: 0.05,
        timeSliceMs: null,
      },
      rehearsal: {
        replay: { kind: 'around-peak', lengthMs: 600_000 },
        multiples: [3, 4, 5],
        mustHold: 5,
        scale: 1,
        arrivals: 'poisson',
        warmUpMs: 30_000,
        settleMs: 60_000,
        seed: 1,
      },
      target: {
        baseUrl: 'http://127.0.0.1:8080',
        start: null,
        allowHosts: [],
        maxRatePerSec: 2_000,
        limitPerSec: null,
      },
      journeys: [
        {
          kind: 'steps',
          name: 'checkout',
          shareRatio: 1,
          data: {},
          steps: [
            {
              kind: 'http',
              name: 'POST /orders',
              method: 'POST',
              path: '/orders',
              headers: {},
              body: null,
              answer: 'json',
              graphql: false,
              times: null,
              says: [],
              capture: {},
              confirmed: { status: 201, has: 'order.id', where: {} },
              soldOut: null,
              closed: null,
              queued: null,
            },
          ],
          halves: null,
          chat: null,
          redeems: null,
          script: null,
        },
      ],
      client: {
        timeoutMs: 10_000,
        patienceMs: 30_000,
        slowAfterMs: 3_000,
        thinkTime: null,
        retries: {
          max: 0,
          retryOn: ['timeout', 'network', '5xx', '429'],
          backoff: { baseMs: 1_000, factor: 2, jitter: 'full' },
        },
        doubleTapRatio: 0,
      },
      probe: { everyMs: null },
      partners: [],
      faults: [],
    });
  });

  it.each([
    ['{ median: 4s, sigma: 0.6 }', { shape: 'lognormal', medianMs: 4_000, sigma: 0.6 }],
    ['2s', { shape: 'fixed', ms: 2_000 }],
    ['0', null],
  ])('reads the think time %s', (text, expected) => {
    const journeys =
      'journeys: { chat: { steps: [ { get: /menu }, { post: /o, confirmed: { status: 201 } } ] } }';
    const plan = planOf(planText({ journeys, client: `client: { thinkTime: ${text} }` }));
    expect(plan.client.thinkTime).toEqual(expected);
  });

  it('loads the example with its partners and faults', () => {
    const plan = planOf(readFileSync('examples/checkout.yaml', 'utf8'));
    expect(plan.partners.map(({ name, kind }) => [name, kind])).toEqual([
      ['beanhouse', 'cafe'],
      ['pay', 'payment'],
    ]);
    expect(plan.faults.map(({ id }) => id)).toEqual(['pay-latency-1', 'beanhouse-stock-out-1']);
    expect(plan.rehearsal.mustHold).toBe(3);
    expect(plan.journeys[0]?.steps[2]?.queued).toEqual({
      status: 202,
      has: 'ticket',
      where: {},
      poll: '/tickets/{{ticket}}',
      everyMs: 1_000,
    });
  });

  it('reads a curve, whose last point ends the window', () => {
    const forecast = 'forecast: { curve: [ { at: 0s, rate: 10/s }, { at: 5m, rate: 6k/min } ] }';
    expect(planOf(planText({ forecast, slo: 'slo: { allowedDowntime: 10s }' })).forecast).toEqual({
      form: 'curve',
      points: [
        { atMs: 0, ratePerSec: 10 },
        { atMs: 300_000, ratePerSec: 100 },
      ],
      windowMs: 300_000,
    });
  });

  it('replays the whole of a window that is shorter than the usual piece', () => {
    const plan = planOf(
      planText({ forecast: 'forecast: { orders: 600, window: 5m }', slo: 'slo: { allowedDowntime: 1s }' }),
    );
    expect(plan.rehearsal.replay).toEqual({ kind: 'whole' });
  });

  it('takes shares that make 100% but for rounding as exact', () => {
    const steps = 'steps: [ { get: /, confirmed: { status: 200 } } ]';
    const journey = (name: string) => `  ${name}: { share: 33.3%, ${steps} }`;
    const plan = planOf(
      planText({ journeys: ['journeys:', journey('a'), journey('b'), journey('c')].join('\n') }),
    );
    expect(plan.journeys.map(({ shareRatio }) => shareRatio)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it('lets several journeys draw from their own data and from captures', () => {
    const journeys = `journeys:
  one:
    data: { sku: [tea, 7] }
    steps:
      - { post: /cart, json: { sku: "{{ sku }}" }, capture: { cart: id } }
      - { post: "/orders/{{cart}}", confirmed: { has: id } }`;
    const [journey] = planOf(planText({ journeys })).journeys;
    expect(journey?.data).toEqual({ sku: ['tea', '7'] });
    expect(journey?.steps[0]).toMatchObject({ body: { as: 'json', json: { sku: '{{sku}}' } } });
    expect(journey?.steps[1]?.name).toBe('POST /orders/{{cart}}');
  });

  it('takes 429 as YAML reads it', () => {
    const plan = planOf(planText({ client: 'client: { retries: { max: 1, retryOn: [429, 5xx] } }' }));
    expect(plan.client.retries.retryOn).toEqual(['429', '5xx']);
  });

  it('uses anchors', () => {
    const text = planText({ slo: 'slo: { allowedDowntime: &five 5m, downtimeBudget: *five }' });
    expect(planOf(text).slo.downtimeBudgetMs).toBe(300_000);
  });

  test.each([
    ['/a/Spring voucher.yml', 'Spring-voucher'],
    ['..yaml', 'launch'],
    ['', 'launch'],
  ])('names a plan without name after its file: %s', (fileName, name) => {
    const loaded = loadPlan(planText(), { fileName, env: {} });
    expect(loaded.ok && loaded.plan.name).toBe(name);
  });
});

test.each([
  ['http://0x7f.1:80/', 'http://127.0.0.1'],
  ['http://2130706433:8080', 'http://127.0.0.1:8080'],
  ['HTTP://LocalHost/кофе/50%/', 'http://localhost/%D0%BA%D0%BE%D1%84%D0%B5/50%25'],
])('the target %s is %s', (written, baseUrl) => {
  expect(planOf(planText({ target: `target: { baseUrl: "${written}" }` })).target.baseUrl).toBe(baseUrl);
});

describe('the environment', () => {
  const target = (baseUrl: string) => planText({ target: `target: { baseUrl: "${baseUrl}" }` });

  it('is put into texts, with defaults for what is missing or empty', () => {
    const text = target('http://${' + 'HOST:-localhost}:${' + 'PORT}/$${' + 'x}');
    expect(planOf(text, { PORT: '81', HOST: '' }).target.baseUrl).toBe('http://localhost:81/$%7Bx%7D');
  });

  it('gives numbers as well', () => {
    expect(
      planOf(planText({ rehearsal: 'rehearsal: { seed: "${' + 'SEED}" }' }), { SEED: '42' }).rehearsal.seed,
    ).toBe(42);
  });

  it('is not looked for in comments and keys', () => {
    expect(planOf(`# \${NOWHERE}\n${planText()}`).name).toBe('launch');
  });

  it('reports only the missing variable, not what follows from it', () => {
    const problems = problemsOf(planText({ slo: 'slo: { allowedDowntime: "${' + 'DOWN}" }' }));
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ['variable-missing', 'slo.allowedDowntime'],
    ]);
  });

  test.each([
    ['variable-malformed', 'http://${' + '1X}'],
    ['variable-missing', 'http://${' + 'NONE}'],
    ['secret-misplaced', 'http://${' + 'secret:LONG}'],
  ])('reports %s', (code, baseUrl) => {
    expect(problemsOf(target(baseUrl), { LONG: 'hunter22' }).map((problem) => problem.code)).toEqual([code]);
  });

  test.each([
    ['secret-too-short', 'SHORT'],
    ['variable-missing', 'NONE'],
  ])('reports %s', (code, name) => {
    const start = `start: { command: "shop \${secret:${name}}" }`;
    const text = planText({ target: `target: { baseUrl: "http://localhost", ${start} }` });
    expect(problemsOf(text, { SHORT: '12345' }).map((problem) => problem.code)).toEqual([code]);
  });

  it('refuses a secret where its value would be shown', () => {
    const problems = problemsOf(planText({ name: 'name: "${' + 'secret:TOKEN}"' }), { TOKEN: 'hunter22' });
    expect(problems.map(({ code, path }) => [code, path])).toEqual([['secret-misplaced', 'name']]);
    expect(JSON.stringify(problems)).not.toContain('hunter22');
  });

  it('hands secrets to whoever must mask them', () => {
    const journeys =
      'journeys: { a: { steps: [ { post: /o, headers: { Authorization: "Bearer ${' +
      'secret:TOKEN}" }, confirmed: { status: 201 } } ] } }';
    const loaded = load(planText({ journeys }), { TOKEN: 'hunter22' });
    expect(loaded.ok && loaded.secrets).toEqual(['hunter22']);
  });

  it('shows no secret in any problem', () => {
    const journeys =
      'journeys: { a: { steps: [ { post: /o, headers: [ "${' +
      'secret:TOKEN}" ], json: "{{${' +
      'secret:TOKEN}}}", confirmed: { status: 201 } }, { post: /o, json: "{{${' +
      'secret:QUOTED}}}" } ] } }';
    const problems = problemsOf(planText({ journeys }), { TOKEN: 'hunter22', QUOTED: 'pass"phrase"' });
    expect(problems.map(({ code }) => code)).toEqual(['invalid-value']);
    expect(JSON.stringify(problems)).toContain('***');
    expect(JSON.stringify(problems)).not.toMatch(/hunter22|phrase/);
    const other = journeys.replace('[ "${' + 'secret:TOKEN}" ]', '{}');
    const unknown = problemsOf(planText({ journeys: other }), { TOKEN: 'hunter22', QUOTED: 'pass"phrase"' });
    expect(unknown.map(({ code }) => code)).toEqual(['unknown-variable', 'unknown-variable']);
    expect(JSON.stringify(unknown)).not.toMatch(/hunter22|phrase/);
  });
});

describe('whatever the text', () => {
  const judge = (text: string): void => {
    const loaded = load(text, { NAME: 'value' });
    if (loaded.ok) return;
    expect(loaded.problems.length).toBeGreaterThan(0);
    for (const { line, column, allowed } of loaded.problems) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(allowed).not.toBe('');
    }
    const shown = formatProblems(loaded.problems, 'launch.yaml');
    expect(shown).toContain('in launch.yaml; nothing was started');
    expect(shown.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  };

  it('never throws on arbitrary text', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), judge), { numRuns: 500 });
  });

  it('never throws on arbitrary values under the known keys', () => {
    const key = fc.constantFrom(
      ...[
        'version',
        'name',
        'forecast',
        'slo',
        'rehearsal',
        'target',
        'journeys',
        'client',
        'probe',
        'partners',
      ],
      ...['faults', 'promo', 'orders', 'curve', 'steps', 'kind', 'replay', '__proto__', 'a'],
    );
    const { tree } = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom('5m', '5%', 'cafe', '{{a}}', '${' + 'NAME}'),
      ),
      tree: fc.oneof(
        { depthSize: 'small', maxDepth: 5 },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => judge(JSON.stringify(value))),
      { numRuns: 300 },
    );
  });
});

test('an unknown key hides no other problem of its part', () => {
  const text = `
version: 1
forecast: { orders: 60k, window: 9h }
slo: { allowedDowntime: 5m }
rehearsal: { multiples: [3, 4, 3], mustHold: 5, warmup: 3s }
target: { baseUrl: 'http://127.0.0.1:8080' }
journeys:
  c: { kind: steps, x: 1, steps: [{ get: /a }] }
`;
  const loaded = loadPlan(text, { fileName: 'launch.yaml', env: {} });
  const codes = loaded.ok ? [] : loaded.problems.map(({ code }) => code);
  expect(codes).toEqual(
    expect.arrayContaining(['unknown-key', 'multiple-twice', 'must-hold-unlisted', 'nothing-confirmed']),
  );
  expect(codes.filter((code) => code === 'unknown-key')).toHaveLength(2);
});
