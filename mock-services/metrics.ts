import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics of the mocks. Times in seconds. */
export interface MockMetrics {
  forPartner: (partner: string) => PartnerMetrics;
  faultActive: (fault: { id: string; kind: string; partner: string }, active: boolean) => void;
  loopDelay: (p99Ms: number) => void;
  /** @param left stock by partner and item. */
  text: (left: Readonly<Record<string, Readonly<Record<string, number>>>>) => Promise<string>;
}

export interface PartnerMetrics {
  request: (outcome: string) => void;
  latency: (requestedMs: number, achievedMs: number) => void;
}

const BUCKETS_SEC = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 3, 5, 10];

export function createMetrics(): MockMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'peakproof_partner_requests_total',
    help: 'Requests to mocked partners by outcome',
    labelNames: ['partner', 'outcome'],
    registers,
  });
  const requested = new Histogram({
    name: 'peakproof_partner_latency_requested_seconds',
    help: 'Delay that each answer was meant to have, own latency and faults',
    labelNames: ['partner'],
    buckets: BUCKETS_SEC,
    registers,
  });
  const achieved = new Histogram({
    name: 'peakproof_partner_latency_achieved_seconds',
    help: 'Delay that each answer had, from arrival of the request',
    labelNames: ['partner'],
    buckets: BUCKETS_SEC,
    registers,
  });
  const stock = new Gauge({
    name: 'peakproof_partner_stock_left',
    help: 'Stock left of each item in finite supply',
    labelNames: ['partner', 'item'],
    registers,
  });
  const faults = new Gauge({
    name: 'peakproof_fault_active',
    help: '1 while the fault is in force',
    labelNames: ['fault', 'kind', 'partner'],
    registers,
  });
  const loop = new Gauge({
    name: 'peakproof_mocks_event_loop_delay_p99_seconds',
    help: 'p99 of the event-loop delay in the last second',
    registers,
  });
  // prom-client begins at 0; there is no reading before the first second has passed.
  loop.remove();

  return {
    forPartner: (partner) => {
      // Bound once: looking labels up on each request costs twice as much.
      const byOutcome = new Map<string, Counter.Internal>();
      const requestedHere = requested.labels(partner);
      const achievedHere = achieved.labels(partner);
      return {
        request: (outcome) => {
          const bound = byOutcome.get(outcome) ?? requests.labels(partner, outcome);
          byOutcome.set(outcome, bound);
          bound.inc();
        },
        latency: (requestedMs, achievedMs) => {
          requestedHere.observe(requestedMs / 1_000);
          achievedHere.observe(achievedMs / 1_000);
        },
      };
    },
    faultActive: ({ id, kind, partner }, active) => faults.labels(id, kind, partner).set(active ? 1 : 0),
    loopDelay: (p99Ms) => loop.set(p99Ms / 1_000),
    text: (left) => {
      for (const [partner, items] of Object.entries(left)) {
        for (const [item, count] of Object.entries(items)) stock.labels(partner, item).set(count);
      }
      return registry.metrics();
    },
  };
}
