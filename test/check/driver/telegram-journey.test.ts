import { afterEach, describe, expect, test } from 'vitest';
import type { Part, TurnEnd } from '../../../k6/contract.ts';
import type { JourneySpec, TelegramStep } from '../../../k6/journey-spec.ts';
import { compileJourney } from '../../../k6/journeys/compile.ts';
import { orderOfSteps } from '../../../k6/journeys/order.ts';
import { shoppers } from '../../../k6/shopper.ts';
import { driveOverFreshConnection } from '../../../scripts/check/driver/send.ts';
import { canaryStreams } from '../../../scripts/prober/canary.ts';
import { POLLING_BOTS, type RunningBot, WEBHOOK_BOTS } from '../../support/bots/ordering-bots.ts';
import { CLIENT, journey, says, turn } from '../../support/journeys.ts';
import { runMocks } from '../../support/mocks/mock-config.ts';
import { TOKEN, telegram } from '../../support/mocks/telegram.ts';

// A Telegram journey, driven as the prober drives it, with real bots.

let mocks: Awaited<ReturnType<typeof runMocks>>;
let bot: RunningBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
  await mocks.close();
});

const BUY_TEA: readonly TelegramStep[] = [
  turn({ name: 'send /start', act: { do: 'send', text: '/start' }, reply: says({ button: 'Tea' }) }),
  turn({ name: 'tap Tea', act: { do: 'tap', button: 'Tea' }, reply: says({ invoice: true }) }),
  turn({ name: 'pay', act: { do: 'pay' }, reply: says({ matches: '^Thank you for \\d+$' }), confirms: true }),
];

function chat(steps: readonly TelegramStep[], webhook: string | null): JourneySpec {
  const where = {
    partner: 'tg',
    webhook: webhook === null ? null : { path: webhook, secret: 'only-telegram-knows' },
  };
  return { ...journey(steps), kind: 'telegram-bot', name: 'bot', chat: where };
}

async function walk(spec: JourneySpec, baseUrl: string, orderNumber = 1) {
  const sender = { runId: 'run-1', baseUrl, partnerUrls: { tg: mocks.url('tg') } };
  const program = compileJourney(spec, sender);
  const people = { count: 1, at: () => ({ firstName: 'Ann', lastName: 'Lee', street: '', city: '' }) };
  const given = { runId: 'run-1', seed: 7, stepIndex: 0, journeys: [spec], cafes: [], client: CLIENT };
  const ends: TurnEnd[] = [];
  const parts: Part[] = [];
  const flow = orderOfSteps(
    program,
    { client: { ...CLIENT, slowAfterMs: 5_000 }, limitMs: 5_000 },
    {
      intendedAt: Date.now(),
      ...shoppers(given, program, people)(orderNumber),
      now: Date.now,
      onTurnStart: () => undefined,
      onTurnEnd: (end) => ends.push(end),
      onPart: (part) => parts.push(part),
    },
  );
  await driveOverFreshConnection(flow);
  return { end: ends[0], parts };
}

async function canaryOf(spec: JourneySpec, baseUrl: string) {
  const [stream] = canaryStreams({
    ...{ runId: 'run-1', userAgent: 'test', seed: 7, stepIndex: 0, journeys: [spec], cafes: [] },
    ...{ baseUrl, partnerUrls: { tg: mocks.url('tg') }, everyMs: 1_000 },
    client: { ...CLIENT, slowAfterMs: 2_000 },
    people: [{ firstName: 'Ann', lastName: 'Lee', street: '', city: '' }],
  });
  return stream?.run(1, Date.now(), new AbortController().signal);
}

async function webhookOf(root: string): Promise<URL> {
  const { result }: { result: { url: string } } = JSON.parse(
    await (await fetch(`${root}/bot${TOKEN}/getWebhookInfo`)).text(),
  );
  return new URL(result.url);
}

describe.each(WEBHOOK_BOTS)('%s', (_name, start) => {
  test('sells tea when the updates come straight to its webhook', async () => {
    mocks = await runMocks({ partners: [telegram()] });
    bot = await start(mocks.url('tg'));
    const { origin, pathname } = await webhookOf(mocks.url('tg'));
    const walks = [1, 2, 3].map((number) => walk(chat(BUY_TEA, pathname), origin, number));
    for (const { end, parts } of await Promise.all(walks)) {
      expect(end).toMatchObject({ outcome: 'good', kind: null, at: 2, first: 'good' });
      expect(parts.filter((part) => part === 'webhook-ack')).toHaveLength(4);
      expect(parts).toContain('first-reply');
      expect(parts.filter((part) => part === 'confirmation')).toHaveLength(1);
    }
    expect(bot.errors).toEqual([]);
  });
});

describe.each(POLLING_BOTS)('%s that polls', (_name, start) => {
  test('sells tea when the partner gives the updates out', async () => {
    mocks = await runMocks({ partners: [telegram()] });
    bot = await start(mocks.url('tg'));
    const { end, parts } = await walk(chat(BUY_TEA, null), 'http://127.0.0.1:1');
    expect(end).toMatchObject({ outcome: 'good', at: 2 });
    expect(parts).not.toContain('webhook-ack');
    expect(bot.errors).toEqual([]);
  });
});

test('a bot that says something else gave a wrong answer, one that is gone refused', async () => {
  mocks = await runMocks({ partners: [telegram()] });
  bot = await WEBHOOK_BOTS[0]?.[1](mocks.url('tg'));
  const { origin, pathname } = await webhookOf(mocks.url('tg'));
  const [start] = BUY_TEA;
  const other = [
    turn({ name: 'send', act: { do: 'send', text: '/start' }, reply: says({ contains: 'Coffee' }) }),
  ];
  expect((await walk(chat(other, pathname), origin)).end).toMatchObject({
    outcome: 'bad',
    kind: 'wrong-answer',
  });
  expect(await canaryOf(chat(other, pathname), origin)).toMatchObject({
    kind: 'wrong-answer',
    detail: expect.stringMatching(/^the bot said "/),
  });
  await bot?.stop();
  bot = undefined;
  const gone = chat(start ? [start] : [], pathname);
  expect((await walk(gone, origin, 2)).end).toMatchObject({ outcome: 'bad', kind: 'refused' });
});
