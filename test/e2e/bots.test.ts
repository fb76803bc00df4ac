import { describe, expect, test } from 'vitest';
import { broken, type Rehearsed, rehearse, startCommand } from '../support/rehearsed.ts';

// Bots on grammY and telegraf as processes, at 52 updates a second of real k6: 13 orders, each of four updates.

const SECRET = 'only-telegram-knows';
const UPDATES_PER_ORDER = 4;
const verify = process.env['PEAKPROOF_VERIFY'] === '1';

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
rehearsal: { replay: { from: 0s, length: ${plan.lengthSec ?? 4}s }, multiples: [1], arrivals: even, warmUp: 1s, settle: 2s }
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

describe.each(BOTS.filter(([, , always]) => always || verify))('%s with %o', (bot, env) => {
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

describe.each(verify ? ['webhook', 'polling'] : ['webhook'])(
  'a grammY bot (%s) that meets a 429',
  (UPDATES) => {
    test('dies of the first one that nobody handles: the target died, it was not slow', async () => {
      const { step, codes, report, said } = await buys(
        'grammy-bot',
        { UPDATES, ERRORS: 'die' },
        { telegram: LIMITED, lengthSec: 10 },
      );
      expect(report.verdict.status, said).toBe('FAIL');
      expect(codes).toContain('target-died');
      expect(said).toContain('429: Too Many Requests');
      expect(step.incidents.flatMap(({ kinds }) => kinds).map(({ kind }) => kind)).not.toContain('slow');
    });
  },
);
