import type { Server } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ActiveFault } from './active-fault.ts';
import { adminHandler } from './admin.ts';
import type { FaultSpec, MockEvent, MocksConfig, PartnerSpec } from './contract.ts';
import { createFaultTimeline } from './fault-timeline.ts';
import { closeServer, jsonServer, listen } from './json-server.ts';
import { createLedger } from './ledger.ts';
import { createMetrics } from './metrics.ts';
import { MocksError } from './mocks-config.ts';
import type { Mocks, Stock } from './mocks-control.ts';
import { PartnerHost } from './partner-host.ts';

/** Timer interval of the event-loop monitor; what it measures includes it. */
const LOOP_RESOLUTION_MS = 10;

/** @throws MocksError when a port cannot be listened on; nothing is left running then. */
export async function startMocks(config: MocksConfig, emit: (event: MockEvent) => void): Promise<Mocks> {
  const ledger = createLedger(emit);
  const metrics = createMetrics();
  const hosts = config.partners.map(
    (spec) => new PartnerHost(spec, { seed: config.seed, ledger, metrics: metrics.forPartner(spec.name) }),
  );
  const timeline = createFaultTimeline(config.faults, faultSwitch(hosts, ledger.record, metrics.faultActive));
  for (const fault of config.faults) metrics.faultActive(fault, false);

  let stopClock = (): void => {};
  const servers: Server[] = [];
  const urls: Record<string, string> = {};
  const leftByPartner = () => Object.fromEntries(hosts.map((host) => [host.spec.name, host.left()]));

  const mocks: Mocks = {
    state: () => ({
      partners: Object.fromEntries(
        hosts.map((host) => [host.spec.name, { url: urls[host.spec.name] ?? '', stock: host.left() }]),
      ),
      faults: config.faults.map(({ id }) => ({ id, active: hosts.some((host) => host.isActive(id)) })),
      timelineStartedAt: timeline.startedAt(),
    }),
    ledger: ledger.events,
    reset: (stock) => {
      const unknown = unknownStock(stock, hosts);
      if (unknown !== null) return unknown;
      timeline.stop();
      for (const host of hosts) host.closeStockRecord();
      ledger.clear();
      for (const host of hosts) host.reset(stock[host.spec.name] ?? {});
      return null;
    },
    startTimeline: timeline.start,
    stopTimeline: timeline.stop,
    metricsText: () => metrics.text(leftByPartner()),
    close: async () => {
      stopClock();
      timeline.stop();
      await Promise.all(servers.map(closeServer));
    },
  };

  try {
    for (const host of hosts) {
      const server = jsonServer((request) => host.handle(request));
      urls[host.spec.name] = await listen(server, host.spec.host, host.spec.port).catch((error) => {
        throw listenError(host.spec, error);
      });
      servers.push(server);
    }
    const admin = jsonServer(adminHandler(mocks));
    const adminUrl = await listen(admin, '127.0.0.1', 0);
    servers.push(admin);
    ledger.record({ type: 'mocks-ready', at: Date.now(), adminUrl, partners: urls });
  } catch (error) {
    await mocks.close();
    throw error;
  }
  stopClock = everySecond(hosts, ledger.record, metrics.loopDelay);
  for (const host of hosts) host.recordStock();
  return mocks;
}

function faultSwitch(
  hosts: readonly PartnerHost[],
  record: (event: MockEvent) => void,
  showActive: (fault: FaultSpec, active: boolean) => void,
) {
  const hostOf = (fault: FaultSpec) => hosts.find((host) => host.spec.name === fault.partner);
  return {
    on: (fault: FaultSpec, plannedAt: number): void => {
      record({ type: 'fault-on', at: Date.now(), fault: fault.id, plannedAt });
      hostOf(fault)?.beginFault(new ActiveFault(fault, plannedAt, record));
      showActive(fault, true);
    },
    off: (fault: FaultSpec, plannedAt: number): void => {
      hostOf(fault)?.endFault(fault.id);
      record({ type: 'fault-off', at: Date.now(), fault: fault.id, plannedAt });
      showActive(fault, false);
    },
  };
}

/** Health and tallies, once a second. @returns what stops it. */
function everySecond(
  hosts: readonly PartnerHost[],
  record: (event: MockEvent) => void,
  showLoopDelay: (p99Ms: number) => void,
): () => void {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  let before = 0;
  const timer = setInterval(() => {
    const loopDelayP99Ms = Math.max(0, loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS);
    loop.reset();
    showLoopDelay(loopDelayP99Ms);
    const total = hosts.reduce((sum, host) => sum + host.requests, 0);
    record({ type: 'mock-health', at: Date.now(), loopDelayP99Ms, requests: total - before });
    before = total;
    for (const host of hosts) host.tallyFaults();
  }, 1_000);
  return () => {
    clearInterval(timer);
    loop.disable();
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
