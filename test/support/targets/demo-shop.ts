import { afterEach, beforeAll } from 'vitest';
import { type MocksConfig, partnerUrlVariable } from '../../../mock-services/contract.ts';
import { cafe, call, payment, type Reply, runMocks } from '../mocks/mock-config.ts';
import { bundleEntry, type Started, startProcess } from '../mocks/mock-processes.ts';

interface ShopReady {
  type: 'shop-ready';
  url: string;
}

/** The demo shop as a process of its own, before mocks of this process; both end with each test. */
export class DemoShop {
  script = '';
  url = '';
  #mocks: Awaited<ReturnType<typeof runMocks>> | null = null;
  #shop: Started<ShopReady> | null = null;

  static forEachTest(): DemoShop {
    const shop = new DemoShop();
    beforeAll(async () => {
      shop.script = await bundleEntry('mock-services/demo-shop/main.ts');
    });
    afterEach(() => shop.close());
    return shop;
  }

  get mocks(): Awaited<ReturnType<typeof runMocks>> {
    if (!this.#mocks) throw new Error('the demo shop is not open');
    return this.#mocks;
  }

  /** Knows the address of every partner. */
  async open(env: Record<string, string>, config: Partial<MocksConfig> = {}): Promise<void> {
    const partners = config.partners ?? [cafe('beanhouse', { stock: { tea: 100 } }), payment('pay')];
    const mocks = await runMocks({ ...config, partners });
    this.#mocks = mocks;
    const urls = partners.map(({ name }) => [partnerUrlVariable(name), mocks.url(name)]);
    this.#shop = startProcess<ShopReady>(this.script, { ...Object.fromEntries(urls), ...env });
    const ready = await this.#shop.line((line): line is ShopReady => line.type === 'shop-ready');
    this.url = ready.url;
  }

  async close(): Promise<void> {
    await this.#shop?.stop();
    await this.#mocks?.close();
    this.#shop = null;
    this.#mocks = null;
  }

  async buy(orderKey: string, cartOf: { sku: string; code?: string } = { sku: 'tea' }): Promise<Reply> {
    const { body } = await call(`${this.url}/cart`, cartOf);
    const cart = body instanceof Object && 'id' in body ? body.id : null;
    return call(`${this.url}/orders`, { cart }, { 'idempotency-key': orderKey });
  }

  stockLeft(item = 'tea'): number | undefined {
    return this.mocks.state().partners['beanhouse']?.stock[item];
  }
}
