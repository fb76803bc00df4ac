import type { Server } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MockEvent, MocksConfig } from '../contract.ts';
import { OrderBook } from '../core/order-book.ts';
import { PartnerHost } from '../host/partner-host.ts';
import { closeServer, listen } from '../http/http-limits.ts';
import { jsonServer } from '../http/json-server.ts';
import { ActiveFault } from '../injection/active-fault.ts';
import { createFaultTimeline } from '../injection/fault-timeline.ts';
import { Invariants } from '../ledger/invariants.ts';
import { createLedger } from '../ledger/ledger.ts';
import type { FaultSpec, PartnerSpec } from '../registry.ts';
import { adminHandler } from './admin.ts';
import { mockMetrics } from './metrics.ts';
import { faultProblems, MocksError } from './mocks-config.ts';
import type { Mocks, Stock } from './mocks-control.ts';

/** Timer interval of the event-loop monitor; what it measures includes it. */
const LOOP_RESOLUTION_MS = 10;

/** @throws MocksError when a port cannot be listened on; nothing is left running then. */
export async function startMocks(config: MocksConfig, emit: (event: MockEvent) => void): Promise<Mocks> {
  const ledger = createLedger(emit);
  const invariants = new Invariants(ledger.record);
  const book = new OrderBook();
  const ranks = new Map(config.faults.map(({ id }, index) => [id, index]));
  const rank = (fault: string): number => ranks.get(fault) ?? ranks.size;
  const hosts = config.partners.map(
    (spec) => new PartnerHost(spec, { seed: config.seed, ledger, invariants, book, rank }),
  );
  const hostOf = (partner: string) => hosts.find((host) => host.spec.name === partner);
  for (const fault of config.faults) {
    if ('share' in fault && fault.share < 1) hostOf(fault.partner)?.countAttempts();
  }
  const timeline = createFaultTimeline(config.faults, faultSwitch(hostOf, ledger.record));
  const injected = new Map<string, FaultSpec>();
  const health = healthMonitor(hosts, ledger.record, () => invariants.tally());
  const servers: Server[] = [];
  const urls: Record<string, string> = {};
  const isActive = ({ id }: { id: string }): boolean => hosts.some((host) => host.faults.has(id));
  const knownFaults = (): FaultSpec[] => [...config.faults, ...injected.values()];

  const closeBooks = (): void => {
    for (const { partner, checked, unmatched } of sellsAnything(hosts) ? book.audit(Date.now()) : []) {
      invariants.count(partner, 'charged-without-order', checked, unmatched);
    }
    invariants.tally();
  };
  const restock = (stock: Stock): string | null => {
    const unknown = unknownStock(stock, hosts);
    if (unknown === null) for (const host of hosts) host.restock(stock[host.spec.name] ?? {});
    return unknown;
  };
  const stopTimeline = (): void => {
    timeline.stop();
    injected.clear();
    closeBooks();
  };

  const mocks: Mocks = {
    state: () => ({
      partners: Object.fromEntries(
        hosts.map((host) => [host.spec.name, { url: urls[host.spec.name] ?? '', stock: host.left() }]),
      ),
      faults: knownFaults().map((fault) => ({ id: fault.id, active: isActive(fault) })),
      timelineStartedAt: timeline.startedAt(),
    }),
    stock: () => Object.fromEntries(hosts.map((host) => [host.spec.name, host.left()])),
    ledger: ledger.events,
    restock,
    reset: (stock) => {
      const unknown = unknownStock(stock, hosts);
      if (unknown !== null) return unknown;
      stopTimeline();
      for (const host of hosts) host.closeStockRecord();
      ledger.clear();
      invariants.clear();
      book.clear();
      for (const host of hosts) host.reset(stock[host.spec.name] ?? {});
      return null;
    },
    startTimeline: timeline.start,
    stopTimeline,
    inject: (fault) => {
      const [problem] = faultProblems(fault, config);
      if (problem !== undefined) return problem;
      injected.set(fault.id, fault);
      timeline.add(fault, Date.now());
      return null;
    },
    clear: (id) => {
      if (id !== null) return timeline.clear(id);
      for (const fault of knownFaults()) timeline.clear(fault.id);
      return true;
    },
    metricsText: mockMetrics(() => ({
      partners: hosts.map((host) => host.reading()),
      faults: knownFaults().map((fault) => ({ ...fault, active: isActive(fault) })),
      loopDelayP99Ms: health.loopDelayP99Ms(),
    })),
    close: async () => {
      health.stop();
      timeline.stop();
      invariants.tally();
      for (const host of hosts) host.close();
      await Promise.all(servers.map(closeServer));
    },
  };

  try {
    for (const host of hosts) {
      urls[host.spec.name] = await listen(host.server, host.spec.host, host.spec.port).catch((error) => {
        throw listenError(host.spec, error);
      });
      servers.push(host.server);
    }
    const admin = jsonServer(adminHandler(mocks));
    const adminUrl = await listen(admin, '127.0.0.1', 0);
    servers.push(admin);
    ledger.record({ type: 'mocks-ready', at: Date.now(), adminUrl, partners: urls });
  } catch (error) {
    await mocks.close();
    throw error;
  }
  health.start();
  for (const host of hosts) host.recordStock();
  return mocks;
}

/** Without a café no order could be accepted, and a capture proves nothing. */
const sellsAnything = (hosts: readonly PartnerHost[]): boolean =>
  hosts.some(({ spec }) => spec.kind === 'cafe');

function faultSwitch(
  hostOf: (partner: string) => PartnerHost | undefined,
  record: (event: MockEvent) => void,
) {
  return {
    on: (fault: FaultSpec, plannedAt: number): void => {
      record({ type: 'fault-on', at: Date.now(), fault: fault.id, plannedAt });
      const host = hostOf(fault.partner);
      host?.beginFault(new ActiveFault(fault, plannedAt, host.voice, record));
    },
    off: (fault: FaultSpec, plannedAt: number): void => {
      hostOf(fault.partner)?.endFault(fault.id);
      record({ type: 'fault-off', at: Date.now(), fault: fault.id, plannedAt });
    },
  };
}

/** Health and tallies, once a second. */
function healthMonitor(
  hosts: readonly PartnerHost[],
  record: (event: MockEvent) => void,
  tallyInvariants: () => void,
) {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  let before = 0;
  let newestMs: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const loopDelayP99Ms = Math.max(0, loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS);
    loop.reset();
    newestMs = loopDelayP99Ms;
    const total = hosts.reduce((sum, host) => sum + host.requests, 0);
    record({ type: 'mock-health', at: Date.now(), loopDelayP99Ms, requests: total - before });
    before = total;
    for (const host of hosts) host.faults.tally();
    tallyInvariants();
  };
  return {
    loopDelayP99Ms: (): number | null => newestMs,
    start: (): void => {
      loop.enable();
      timer = setInterval(look, 1_000);
    },
    stop: (): void => {
      clearInterval(timer);
      loop.disable();
    },
  };
}

function unknownStock(stock: Stock, hosts: readonly PartnerHost[]): string | null {
  for (const [name, items] of Object.entries(stock)) {
    const host = hosts.find((candidate) => candidate.spec.name === name);
    if (!host) return `no such partner: ${name}`;
    const planned = host.left();
    const unknown = Object.keys(items).find((item) => !Object.hasOwn(planned, item));
    if (unknown !== undefined) return `partner ${name} has no stock of ${unknown}`;
  }
  return null;
}

function listenError(partner: PartnerSpec, error: unknown): MocksError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const where = `partner ${partner.name}: port ${partner.port} on ${partner.host}`;
  return code === 'EADDRINUSE'
    ? new MocksError('port-taken', `${where} is taken; choose another one, or 0 for any free port`)
    : new MocksError('bad-config', `${where} cannot be listened on (${code})`);
}
