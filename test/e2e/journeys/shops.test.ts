import { expect, test } from 'vitest';
import { broken, type Rehearsed, rehearse, startCommand } from '../../support/rehearsals/rehearsed.ts';
import { longTest } from '../../support/verifying.ts';

// Two shops that only the plan describes: a GraphQL endpoint with bearer tokens, and HTML pages with cookies and forms.

interface ShopPlan {
  shop: string;
  env?: Record<string, string>;
  ratePerSec: number;
  stock?: string;
  steps: string;
}

const planFor =
  ({ shop, env, ratePerSec, stock, steps }: ShopPlan) =>
  (port: number): string =>
    `
version: 1
name: shops
forecast: { curve: [{ at: 0s, rate: ${ratePerSec}/s }, { at: 60s, rate: ${ratePerSec}/s }] }
slo: { allowedDowntime: 20s, downtimeBudget: 2s, timeSlice: 2s, slowAfter: 2s }
rehearsal: { replay: { from: 0s, length: 4s }, multiples: [1], arrivals: even, warmUp: 1s, settle: 0s }
target:
  baseUrl: http://127.0.0.1:${port}
  start: { command: ${startCommand(`shops/${shop}`, env)}, ready: /health }
client: { timeout: 3s, patience: 8s }
journeys:
  order:
    steps:
${steps}
partners:
  cafe: { kind: cafe, menu: [tea, latte]${stock ? `, stock: ${stock}` : ''} }
  pay: { kind: payment }
`;

const GRAPHQL = `
      - post: /graphql
        graphql: 'mutation Login($user: String!) { login(user: $user) { token } }'
        variables: { user: '{{shopper}}' }
        capture: { token: data.login.token }
      - { post: /graphql, graphql: '{ menu { sku price available } }', confirmed: { has: data.menu.0.sku } }
      - post: /graphql
        headers: { Authorization: 'Bearer {{token}}' }
        graphql: 'mutation Add($sku: ID!) { addToCart(sku: $sku) { id } }'
        variables: { sku: '{{sku}}' }
        capture: { cart: data.addToCart.id }
      - post: /graphql
        headers: { Authorization: 'Bearer {{token}}' }
        graphql: 'mutation Place($cart: ID!, $key: ID!) { place(cart: $cart, key: $key) { id } }'
        variables: { cart: '{{cart}}', key: '{{orderKey}}' }
        confirmed: { has: data.place.id }
        soldOut: { where: { errors.0.extensions.code: SOLD_OUT }, item: errors.0.extensions.item }`;

const TOKEN = `csrf: { find: 'name="csrf" value="([^"]+)"' }`;
const PAGES = `
      - { get: /login, capture: { ${TOKEN} } }
      - { post: /login, form: { user: '{{shopper}}', csrf: '{{csrf}}' }, confirmed: { status: 303 } }
      - { get: /menu, capture: { ${TOKEN} } }
      - { post: /cart, form: { sku: '{{sku}}', csrf: '{{csrf}}' }, confirmed: { status: 303 } }
      - { get: /cart, capture: { ${TOKEN} } }
      - post: /orders
        form: { key: '{{orderKey}}', csrf: '{{csrf}}' }
        capture: { order: { header: Location, find: '/orders/([\\w-]+)$' } }
        confirmed: { status: 303 }
        soldOut: { status: 409, where: { code: SOLD_OUT }, item: item }
        queued: { status: 202, has: ticket }
      - { get: '/orders/{{order}}' }`;

/** Every turn went well, and the café has taken exactly the orders that were confirmed. */
function expectSound({ step, codes, said }: Rehearsed): void {
  expect(codes, said).toEqual(['too-short']);
  expect(step.generator.started).toBe(step.generator.planned);
  expect(step.orders, said).toMatchObject({ bad: 0, falseSoldOut: 0, harness: 0 });
  expect(step.incidents).toEqual([]);
  expect(broken(step)).toEqual({});
}

test('a GraphQL shop sells until its tea is gone, which it says in an error with status 200', async () => {
  const run = await rehearse(
    planFor({ shop: 'graphql-shop', ratePerSec: 20, stock: '{ tea: 20, latte: 500 }', steps: GRAPHQL }),
  );
  expectSound(run);
  const { orders, partners, traffic } = run.step;
  expect(orders.soldOut, run.said).toBeGreaterThan(0);
  expect(orders.confirmed + orders.soldOut).toBe(orders.started);
  expect(partners[0]?.soldOut).toMatchObject([{ item: 'tea' }]);
  expect(traffic).toMatchObject({ requestsPerTurn: 4, amplification: 1 });
});

test('a shop of pages with cookies and forms is walked from its login to the order', async () => {
  const run = await rehearse(planFor({ shop: 'cookie-shop', ratePerSec: 12, steps: PAGES }));
  expectSound(run);
  const { orders, traffic } = run.step;
  expect(orders, run.said).toMatchObject({ confirmed: orders.started, byTicket: 0 });
  expect(traffic).toMatchObject({ requestsPerTurn: 7, amplification: 1 });
});

longTest('its queue gives tickets, and whoever asks at their address is served', async () => {
  const run = await rehearse(
    planFor({ shop: 'cookie-shop', env: { QUEUE_MS: '1500' }, ratePerSec: 12, steps: PAGES }),
  );
  expectSound(run);
  const { orders, traffic } = run.step;
  expect(orders, run.said).toMatchObject({ confirmed: orders.started, byTicket: orders.started });
  expect(traffic?.repeats.map(({ why }) => why)).toEqual(['ticket']);
});
