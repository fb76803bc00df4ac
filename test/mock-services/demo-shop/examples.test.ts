import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { oneOrderEach, planOf } from '../../support/one-order-each.ts';
import { DemoShop } from '../../support/targets/demo-shop.ts';

const shop = DemoShop.forEachTest();
const example = (name: string) => planOf(readFileSync(`examples/${name}.yaml`, 'utf8'));

describe.each(['naive', 'resilient'])('the %s shop', (mode) => {
  test.each(['checkout', 'demo', 'bot', 'chat'])('understands examples/%s.yaml', async (name) => {
    const orders = await oneOrderEach(example(name), shop, mode);
    expect(orders).toMatchObject([{ outcome: 'good', detail: null }]);
  });
});

test('the bot of examples/bot.yaml leads to an order that has redeemed its code', async () => {
  await oneOrderEach(example('bot'), shop, 'naive');
  const metrics = String(await (await fetch(`${shop.mocks.adminUrl}/metrics`)).text());
  for (const outcome of ['issued', 'redeemed'])
    expect(metrics).toContain(`peakproof_partner_requests_total{partner="promo",outcome="${outcome}"} 1`);
});
