import type { MockEvent, MocksConfig } from '../../../mock-services/contract.ts';
import { startMocks } from '../../../mock-services/process/mocks.ts';
import {
  FAULT_KINDS,
  type FaultSpec,
  PARTNER_KINDS,
  type PartnerSpec,
} from '../../../mock-services/registry.ts';

/** Partners as a user writes them. */
export const cafe = (name: string, keys: Record<string, unknown>): PartnerSpec => ({
  name,
  ...PARTNER_KINDS.cafe.schema.parse({ kind: 'cafe', ...keys }),
});
export const payment = (name: string, keys: Record<string, unknown> = {}): PartnerSpec => ({
  name,
  ...PARTNER_KINDS.payment.schema.parse({ kind: 'payment', ...keys }),
});
export const courier = (name: string, keys: Record<string, unknown> = {}): PartnerSpec => ({
  name,
  ...PARTNER_KINDS.courier.schema.parse({ kind: 'courier', ...keys }),
});
export const promo = (name: string, keys: Record<string, unknown> = {}): PartnerSpec => ({
  name,
  ...PARTNER_KINDS.promo.schema.parse({ kind: 'promo', ...keys }),
});
export const httpPartner = (name: string, keys: Record<string, unknown>): PartnerSpec => ({
  name,
  ...PARTNER_KINDS.http.schema.parse({ kind: 'http', ...keys }),
});
export const proxy = (name: string, keys: Record<string, unknown>): PartnerSpec => ({
  name,
  ...PARTNER_KINDS.proxy.schema.parse({ kind: 'proxy', ...keys }),
});
export const latencyFault = (id: string, keys: Record<string, unknown>): FaultSpec => ({
  id,
  ...FAULT_KINDS.latency.schema.parse({ kind: 'latency', ...keys }),
});
export const stockOut = (id: string, keys: Record<string, unknown>): FaultSpec => ({
  id,
  ...FAULT_KINDS['stock-out'].schema.parse({ kind: 'stock-out', ...keys }),
});

/** A fault of any kind as a user writes it; in force from the timeline's start unless the keys say otherwise. */
export function faultOf(kind: FaultSpec['kind'], keys: Record<string, unknown>, id = `${kind}-1`): FaultSpec {
  const { schema } = FAULT_KINDS[kind];
  return { id, ...schema.parse({ kind, at: '0', for: '1h', ...keys }) };
}

/** The mocks in this process, with their events at hand. */
export async function runMocks(config: Partial<MocksConfig>) {
  const events: MockEvent[] = [];
  const watchers = new Set<() => void>();
  const mocks = await startMocks({ seed: 7, partners: [], faults: [], ...config }, (event) => {
    events.push(event);
    for (const watch of watchers) watch();
  });
  const ready = events.find((event) => event.type === 'mocks-ready');
  if (ready?.type !== 'mocks-ready') throw new Error('the mocks said nothing');
  return {
    ...mocks,
    events,
    adminUrl: ready.adminUrl,
    url: (partner: string): string => ready.partners[partner] ?? '',
    /** Resolves with the first event, past or future, that fits. */
    event: (fits: (event: MockEvent) => boolean): Promise<MockEvent> =>
      new Promise((resolve) => {
        const watch = (): void => {
          const found = events.find(fits);
          if (!found) return;
          watchers.delete(watch);
          resolve(found);
        };
        watchers.add(watch);
        watch();
      }),
  };
}

type InvariantTally = Extract<MockEvent, { type: 'invariant-tally' }>;

/** The last word on an invariant, as checked and broken counts with examples; all 0 when nobody looked. */
export function lastTally(events: readonly MockEvent[], invariant: InvariantTally['invariant']) {
  const tallies = events.filter(
    (event): event is InvariantTally => event.type === 'invariant-tally' && event.invariant === invariant,
  );
  const { checked, broken, examples } = tallies.at(-1) ?? { checked: 0, broken: 0, examples: [] };
  return { checked, broken, examples };
}

export interface Reply {
  status: number;
  body: unknown;
  headers: Headers;
}

export async function call(
  url: string,
  json?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const reply = await fetch(url, {
    ...(json === undefined
      ? {}
      : { method: 'POST', body: typeof json === 'string' ? json : JSON.stringify(json) }),
    headers: { 'content-type': 'application/json', ...headers },
  });
  const text = await reply.text();
  const isJson = reply.headers.get('content-type')?.includes('json') ?? false;
  return { status: reply.status, body: isJson ? JSON.parse(text) : text, headers: reply.headers };
}
