import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cafe, call, lastTally, payment, runMocks } from '../mocks/mock-config.ts';
import { type StartedTarget, startTarget } from '../targets/started-target.ts';

// The tests' own shops are what a shop of their kind is: then what a run says about them can be believed.

let mocks: Awaited<ReturnType<typeof runMocks>>;
let shop: StartedTarget;

const startShop = async (name: string, env: Record<string, string> = {}): Promise<void> => {
  const urls = { PEAKPROOF_CAFE_URL: mocks.url('cafe'), PEAKPROOF_PAY_URL: mocks.url('pay') };
  shop = await startTarget(name, urls, env);
};
const ordered = async (): Promise<number> => {
  const { body } = await call(`${mocks.adminUrl}/__admin/stock`);
  const { cafe: left } = body as { cafe: Record<string, number> };
  return 2 - (left['tea'] ?? Number.NaN);
};

beforeEach(async () => {
  mocks = await runMocks({ partners: [cafe('cafe', { stock: { tea: 2 } }), payment('pay')] });
});
afterEach(async () => {
  await shop.stop();
  await mocks.close();
});

describe('the GraphQL shop', () => {
  beforeEach(() => startShop('shops/graphql-shop'));

  const query = async (text: string, variables: object = {}, token = ''): Promise<unknown> => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const reply = await call(`${shop.url}/graphql`, { query: text, variables }, headers);
    expect(reply.status).toBe(200);
    return reply.body;
  };
  const login = async (user: string): Promise<string> => {
    const body = await query('mutation ($user: String!) { login(user: $user) { token } }', { user });
    return (body as { data: { login: { token: string } } }).data.login.token;
  };
  const cartOf = async (token: string): Promise<string> => {
    const body = await query('mutation { addToCart(sku: "tea") { id } }', {}, token);
    return (body as { data: { addToCart: { id: string } } }).data.addToCart.id;
  };
  const place = (cart: string, key: string, token: string): Promise<unknown> =>
    query('mutation ($cart: ID!, $key: ID!) { place(cart: $cart, key: $key) { id } }', { cart, key }, token);

  test('shows its menu to anybody, and a cart to whoever is logged in', async () => {
    expect(await query('{ menu { sku price available } }')).toEqual({
      data: { menu: [{ sku: 'tea', price: 100, available: true }] },
    });
    expect(await query('mutation { addToCart(sku: "tea") { id } }')).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await cartOf(await login('ann'))).toMatch(/./);
  });

  test('sells once for a key, and says with status 200 what is sold out', async () => {
    const token = await login('ann');
    const cart = await cartOf(token);
    const first = await place(cart, 'k1', token);
    expect(first).toMatchObject({ data: { place: { id: expect.any(String) } } });
    expect(await place(cart, 'k1', token)).toEqual(first);
    expect(await ordered()).toBe(1);
    await place(cart, 'k2', token);
    expect(await place(cart, 'k3', token)).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'SOLD_OUT', item: 'tea' } }],
    });
    expect(lastTally(mocks.events, 'charged-without-order').broken).toBe(0);
  });
});

/** A browser without a screen: keeps the cookie, follows nothing. */
class Browser {
  #cookie = '';

  async send(path: string, fields?: Record<string, string>): Promise<Response> {
    const reply = await fetch(shop.url + path, {
      redirect: 'manual',
      headers: { cookie: this.#cookie },
      ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
    });
    this.#cookie = reply.headers.getSetCookie()[0]?.split(';')[0] ?? this.#cookie;
    return reply;
  }

  async token(path: string): Promise<string> {
    const page = await (await this.send(path)).text();
    return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  }

  async fillCart(): Promise<void> {
    await this.send('/login', { user: 'ann', csrf: await this.token('/login') });
    await this.send('/cart', { sku: 'tea', csrf: await this.token('/menu') });
  }

  async order(key: string): Promise<Response> {
    return this.send('/orders', { key, csrf: await this.token('/cart') });
  }
}

describe('the shop with cookies', () => {
  test('leads by redirects from the login to the order, once for a key', async () => {
    await startShop('shops/cookie-shop');
    const ann = new Browser();
    const login = await ann.send('/login', { user: 'ann', csrf: await ann.token('/login') });
    expect([login.status, login.headers.get('location')]).toEqual([303, '/menu']);
    const cart = await ann.send('/cart', { sku: 'tea', csrf: await ann.token('/menu') });
    expect([cart.status, cart.headers.get('location')]).toEqual([303, '/cart']);
    const placed = await ann.order('k1');
    const order = placed.headers.get('location') ?? '';
    expect([placed.status, order]).toEqual([303, expect.stringMatching(/^\/orders\/\w+/)]);
    expect(await (await ann.send(order)).text()).toMatch(/<h1>Order /);
    expect((await ann.order('k1')).headers.get('location')).toBe(order);
    expect(await ordered()).toBe(1);
  });

  test('refuses strangers, forged forms, and what is sold out', async () => {
    await startShop('shops/cookie-shop');
    expect((await new Browser().send('/menu')).status).toBe(401);
    expect((await new Browser().send('/login', { user: 'ann', csrf: 'guess' })).status).toBe(403);
    const ann = new Browser();
    await ann.fillCart();
    expect((await ann.send('/orders', { key: 'k1', csrf: 'guess' })).status).toBe(403);
    await ann.order('k1');
    await ann.order('k2');
    const late = await ann.order('k3');
    expect([late.status, await late.json()]).toEqual([409, { code: 'SOLD_OUT', item: 'tea' }]);
  });

  test('gives out tickets while orders queue', async () => {
    await startShop('shops/cookie-shop', { QUEUE_MS: '2000' });
    const ann = new Browser();
    await ann.fillCart();
    const queued = await ann.order('k1');
    const ticket = queued.headers.get('location') ?? '';
    expect([queued.status, queued.headers.get('retry-after')]).toEqual([202, '1']);
    expect(await queued.json()).toEqual({ ticket: ticket.replace('/tickets/', '') });
    expect((await ann.order('k1')).headers.get('location')).toBe(ticket);
    expect((await ann.send(ticket)).status).toBe(202);
    await expect.poll(async () => (await ann.send(ticket)).status, { timeout: 10_000 }).toBe(303);
    expect((await ann.send(ticket)).headers.get('location')).toMatch(/^\/orders\//);
    expect(await ordered()).toBe(1);
  });
});
