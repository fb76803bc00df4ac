import { describe, expect, test } from 'vitest';
import { broken, type Rehearsed, rehearse, startCommand } from '../../support/rehearsals/rehearsed.ts';
import { longTest, verifying } from '../../support/verifying.ts';

// Bots on grammY and telegraf as processes, at 52 updates a second of real k6: 13 orders, each of four updates.

const SECRET = 'only-telegram-knows';
const UPDATES_PER_ORDER = 4;

interface BotPlan {
  bot: string;
  env?: Record<string, string>;
  journeys: string;
  telegram?: string;
  faults?: string;
  lengthSec?: number;
}

const polls = ({ env }: BotPlan): boolean => env?.['UPDATES'] === 'polling';

const planFor =
  (plan: BotPlan) =>
  (port: number): string =>
    `
version: 1
name: bots
forecast: { curve: [{ at: 0s, rate: 13/s }, { at: 60s, rate: 13/s }] }
slo: { allowedDowntime: 20s, downtimeBudget: 2s, timeSlice: 2s, slowAfter: 2s }
rehearsal: { replay: { from: 0s, length: ${plan.lengthSec ?? 4}s }, multiples: [1], arrivals: even, warmUp: 1s, settle: 0s }
target:
  baseUrl: http://127.0.0.1:${port}
  start: { command: ${startCommand(`bots/${plan.bot}`, { BOT_SECRET: SECRET, ...plan.env })}, ready: ${polls(plan) ? 'bot' : '/health'} }
client: { timeout: 3s, patience: 8s }
journeys:
${plan.journeys}
partners:
  telegram: { kind: telegram, ${plan.telegram ?? 'limit: null, chatLimit: null'} }
  cafe: { kind: cafe, menu: [tea, latte] }
  promo: { kind: promo }
${plan.faults ?? ''}
`;

const WEBHOOK = `webhook: /telegram
    secret: ${SECRET}`;

const buying = (way: string): string => `
  bot:
    kind: telegram-bot
    ${way}
    turns:
      - { send: /start, reply: { contains: What would you like } }
      - { tap: '{{sku}}', reply: { invoice: true }, soldOut: { contains: sold out } }
      - { pay: true, confirmed: { matches: '^Order \\S+ is on its way$' }, soldOut: { contains: sold out } }`;

const buys = (bot: string, env: Record<string, string>, rest: Partial<BotPlan> = {}): Promise<Rehearsed> => {
  const journeys = buying(env['UPDATES'] === 'polling' ? '' : WEBHOOK);
  return rehearse(planFor({ bot, env, journeys, ...rest }));
};

/** How many times each part was timed. */
const counts = ({ step }: Rehearsed): Record<string, number> =>
  Object.fromEntries(step.parts.map(({ part, count }) => [part, count]));

function expectAllServed({ step, codes, said }: Rehearsed): void {
  expect(codes, said).toEqual(['too-short']);
  expect(step.generator.started).toBe(step.generator.planned);
  expect(step.orders, said).toMatchObject({ bad: 0, soldOut: 0, confirmed: step.generator.started });
  expect(step.incidents).toEqual([]);
  expect(broken(step)).toEqual({});
}

const BOTS = [
  ['grammy-bot', { UPDATES: 'webhook', REPLIES: 'calls' }, true],
  ['grammy-bot', { UPDATES: 'webhook', REPLIES: 'body' }, false],
  ['grammy-bot', { UPDATES: 'polling' }, false],
  ['telegraf-bot', { UPDATES: 'webhook', REPLIES: 'calls' }, false],
  ['telegraf-bot', { UPDATES: 'webhook', REPLIES: 'body' }, false],
  ['telegraf-bot', { UPDATES: 'polling' }, true],
] as const;

describe.each(BOTS.filter(([, , always]) => always || verifying))('%s with %o', (bot, env) => {
  test('sells to every shopper, and acknowledgement, first reply and confirmation are timed apart', async () => {
    const run = await buys(bot, env);
    expectAllServed(run);
    const orders = run.step.orders.started;
    const acks = { 'webhook-ack': UPDATES_PER_ORDER * orders };
    expect(counts(run), run.said).toEqual({
      ...(env.UPDATES === 'webhook' ? acks : {}),
      // The menu, the invoice and the confirmation.
      'first-reply': 3 * orders,
      confirmation: orders,
    });
    expect(run.step.funnels).toMatchObject([
      { steps: [{ name: 'send /start' }, { name: 'tap {{sku}}' }, { name: 'pay' }] },
    ]);
  });
});

/** Three messages an order are more than this once the first second's worth is used up. */
const LIMITED = 'limit: 20/s, chatLimit: null';

describe.each(verifying ? ['webhook', 'polling'] : ['webhook'])(
  'a grammY bot (%s) that meets a 429',
  (UPDATES) => {
    test('dies of the first one that nobody handles: the target died, it was not slow', async () => {
      const { step, codes, report, targetLog, said } = await buys(
        'grammy-bot',
        { UPDATES, ERRORS: 'die' },
        { telegram: LIMITED, lengthSec: 10 },
      );
      expect(report.verdict.status, said).toBe('FAIL');
      expect(codes).toContain('target-died');
      expect(targetLog).toContain('429: Too Many Requests');
      expect(step.incidents.flatMap(({ kinds }) => kinds).map(({ kind }) => kind)).not.toContain('slow');
      const death = report.steps[0]?.reasons.find(({ code }) => code === 'target-died');
      expect(death?.message).toMatch(/exit code 1\): .*Error.*429: Too Many Requests/);
    });
  },
);

longTest('a grammY bot that only logs a 429 loses messages, and lives', async () => {
  const { step, codes, targetLog, said } = await buys('grammy-bot', {}, { telegram: LIMITED });
  expect(step.orders.bad, said).toBeGreaterThan(0);
  expect(codes).not.toContain('target-died');
  expect(targetLog).toContain('429: Too Many Requests');
});

const RATE_LIMITED = `
faults:
  - { at: 1s, for: 1s, partner: telegram, kind: rate-limit, route: '/bot:token/*', limit: 5/s }`;

longTest('a grammY bot that waits as a 429 says loses no message', async () => {
  const { step, said } = await buys('grammy-bot', { ERRORS: 'retry' }, { faults: RATE_LIMITED });
  expect(step.faults, said).toMatchObject([{ fired: true }]);
  expect(step.faults[0]?.hits).toBeGreaterThan(0);
  // Late, perhaps, but each of them was told.
  expect(step.orders.kinds.map(({ kind }) => kind).filter((kind) => kind !== 'slow')).toEqual([]);
  expect(step.invariants.find(({ invariant }) => invariant === 'order-twice')?.checked).toBe(
    step.orders.started,
  );
});

const fromBotToCheckout = (turns: string): string => `
  bot:
    kind: telegram-bot
    ${WEBHOOK}
    share: 100%
    turns:
${turns}
    then: checkout
    redeems: { code: promo }
  checkout:
    share: 0
    steps:
      - { get: '{{link}}' }
      - post: /orders
        json: { key: '{{orderKey}}', sku: '{{sku}}', code: '{{code}}' }
        confirmed: { status: 201, has: order.id }
        soldOut: { status: 409, where: { code: SOLD_OUT }, item: item }`;

const CODE = `code: { find: 'code is (\\w+)' }`;
const WAYS = [
  [
    'button',
    `      - { send: /promo, reply: { contains: Your code }, capture: { ${CODE}, link: { link: Checkout } } }`,
  ],
  [
    'text',
    `      - { send: /promo, reply: { contains: Your code }, capture: { ${CODE}, link: { link: true } } }`,
  ],
  [
    'start',
    `      - { send: /promo, reply: { contains: 't.me/' }, capture: { promo: { start: true } } }
      - { send: '/start {{promo}}', reply: { button: Checkout }, capture: { ${CODE}, link: { link: Checkout } } }`,
  ],
] as const;

describe.each(WAYS.filter(([link]) => link === 'button' || verifying))('a promo bot (%s)', (LINK, turns) => {
  test('leads to the web checkout, where each code is redeemed once: one order of two halves', async () => {
    const run = await rehearse(
      planFor({ bot: 'promo-bot', env: { LINK }, journeys: fromBotToCheckout(turns) }),
    );
    expectAllServed(run);
    const orders = run.step.orders.started;
    expect(counts(run), run.said).toMatchObject({ 'half:bot': orders, 'half:checkout': orders });
    expect(run.step.funnels).toMatchObject([{ journey: 'bot', confirmed: orders }]);
    const redeemed = run.step.invariants.find(({ invariant }) => invariant === 'voucher-twice');
    expect(redeemed).toMatchObject({ partner: 'promo', checked: orders, broken: 0 });
  });
});
