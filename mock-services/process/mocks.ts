import type { Server } from 'node:http';
import type { MockEvent, MocksConfig } from '../contract.ts';
import { closeServer, listen } from '../http/http-limits.ts';
import { jsonServer } from '../http/json-server.ts';
import { createLedger, type Ledger } from '../ledger/ledger.ts';
import type { PartnerSpec } from '../registry.ts';
import { adminHandler } from './admin.ts';
import { FaultControl } from './fault-control.ts';
import { HealthMonitor } from './health.ts';
import { mockMetrics } from './metrics.ts';
import { faultProblems, MocksError } from './mocks-config.ts';
import type { MocksControl, MocksState } from './mocks-control.ts';
import { PartnerHosts } from './partner-hosts.ts';
import { SHORTEST_SLICE_MS, SliceClock } from './slice-clock.ts';

/** @throws MocksError when a port cannot be listened on; nothing is left running then. */
export async function startMocks(
  config: MocksConfig,
  emit: (event: MockEvent) => void,
): Promise<MocksControl> {
  const ledger = createLedger(emit);
  const hosts = new PartnerHosts(config, ledger);
  const faults = new FaultControl(config.faults, hosts, ledger.record);
  const health = healthOf(hosts, ledger);
  const slices = new SliceClock({
    look: () => hosts.lookAtQueues(),
    end: (fromAt) => hosts.tellSlice(fromAt),
  });
  const servers: Server[] = [];
  const urls: Record<string, string> = {};
  const mocks = controlOf({ config, ledger, hosts, faults, health, slices, servers, urls });
  try {
    for (const { spec, server } of hosts.all) {
      urls[spec.name] = await listen(server, spec.host, spec.port).catch((error) => {
        throw listenError(spec, error);
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
  health.start();
  for (const host of hosts.all) host.recordStock();
  return mocks;
}

interface Parts {
  config: MocksConfig;
  ledger: Ledger;
  hosts: PartnerHosts;
  faults: FaultControl;
  health: HealthMonitor;
  slices: SliceClock;
  /** Those that listen, so far. */
  servers: readonly Server[];
  /** By partner, so far. */
  urls: Readonly<Record<string, string>>;
}

function controlOf({ config, ledger, hosts, faults, health, slices, servers, urls }: Parts): MocksControl {
  const stopTimeline = (): void => {
    faults.stop();
    slices.stop();
    hosts.closeBooks();
  };
  return {
    state: () => stateOf(hosts, faults, urls),
    stock: () => hosts.stock(),
    ledger: ledger.events,
    restock: (stock) => hosts.restock(stock),
    reset: (stock) => {
      const unknown = hosts.unknownIn(stock);
      if (unknown !== null) return unknown;
      stopTimeline();
      hosts.reset(stock);
      return null;
    },
    startTimeline: (startAt, sliceMs = SHORTEST_SLICE_MS) => {
      faults.timeline.start(startAt);
      slices.start(startAt, sliceMs);
    },
    stopTimeline,
    inject: (fault) => {
      const [problem = null] = faultProblems(fault, config);
      if (problem === null) faults.inject(fault);
      return problem;
    },
    clear: (id) => faults.clear(id),
    metricsText: mockMetrics(() => ({
      partners: hosts.all.map((host) => host.reading()),
      faults: faults.readings(),
      loopDelayP99Ms: health.loopDelayP99Ms,
    })),
    close: async () => {
      health.stop();
      faults.timeline.stop();
      slices.stop();
      hosts.tallyInvariants();
      hosts.close();
      await Promise.all(servers.map(closeServer));
    },
  };
}

function stateOf(hosts: PartnerHosts, faults: FaultControl, urls: Parts['urls']): MocksState {
  const partners = hosts.all.map((host) => [
    host.spec.name,
    { url: urls[host.spec.name] ?? '', stock: host.left() },
  ]);
  return {
    partners: Object.fromEntries(partners),
    faults: faults.states(),
    timelineStartedAt: faults.timeline.startedAt,
  };
}

/** Health and tallies, once a second. */
function healthOf(hosts: PartnerHosts, { record }: Ledger): HealthMonitor {
  let before = 0;
  return new HealthMonitor((loopDelayP99Ms) => {
    const { requests } = hosts;
    record({ type: 'mock-health', at: Date.now(), loopDelayP99Ms, requests: requests - before });
    before = requests;
    hosts.tally();
  });
}

function listenError(partner: PartnerSpec, error: unknown): MocksError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const where = `partner ${partner.name}: port ${partner.port} on ${partner.host}`;
  return code === 'EADDRINUSE'
    ? new MocksError('port-taken', `${where} is taken; choose another one, or 0 for any free port`)
    : new MocksError('bad-config', `${where} cannot be listened on (${code})`);
}
